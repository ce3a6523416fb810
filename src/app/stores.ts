import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from '../config/folders.js';
import type { Config } from '../config/schema.js';
import type { Logger } from '../kernel/logger.js';
import type { Scope } from '../kernel/scope.js';
import type { Saved } from '../store/saved.js';
import { readCopyFile } from '../store/sqlite/copy.js';
import { createSqliteStore } from '../store/sqlite/sqlite-store.js';
import type { StateStore } from '../store/store.js';
import { rulesFor } from './restore-rules.js';
import { isServerName, serverStateFolder, serverStateFolders } from './state-folder.js';

/** The state that outlives panes or is shared by processes. Nothing is opened before it is used. */
export interface Stores {
  /** What holds for the user, on all tmux servers. */
  readonly user: StateStore;
  /** What belongs to one tmux server. */
  readonly server: (socketPath: string) => StateStore;
  /** The same, unless nothing was ever kept for it: then looking would make it. */
  readonly found: (socketPath: string) => StateStore | undefined;
  /** Of all servers for which something was kept. */
  readonly all: () => readonly StateStore[];
}

/** The same for whoever looks after all that is kept. */
export interface KeptStores extends Stores {
  /** All that is kept: that of the user, where something was, and those of servers. */
  readonly kept: () => readonly StateStore[];
  /** By what copies name it (`Snapshots.id`); undefined for what is no name of a store. */
  readonly named: (id: string) => StateStore | undefined;
  /** What is in a copy that a store has made. @throws StoreError */
  readonly readCopy: (path: string) => Promise<Saved>;
}

const USER_STATE = 'user.db';
const SERVER_STATE = 'state.db';

type Backend = Config['state']['backend'];
/** Every value that the config may have is here, so none of them is quietly taken for another. */
const BACKENDS: Readonly<Record<Backend, { create: typeof createSqliteStore; readCopy: typeof readCopyFile }>> = {
  sqlite: { create: createSqliteStore, readCopy: readCopyFile },
};

export interface StoresOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly backend: Backend;
  /** Longest wait for other processes; read at each call. */
  readonly timeoutMs: () => number;
  readonly logger: Logger;
  /** Closes what was opened. */
  readonly scope: Scope;
}

export function createStores({ env, backend, timeoutMs, logger, scope }: StoresOptions): KeptStores {
  const root = stateFolder(env);
  const onNotice = (message: string): void => {
    logger.error(message);
  };
  const open = (folder: string, name: string): StateStore => {
    const store = BACKENDS[backend].create({ root, folder, name, timeoutMs, onNotice, rules: rulesFor(name) });
    scope.defer(store.close);
    return store;
  };
  const servers = new Map<string, StateStore>();
  /** Asked for with each call inside of tmux, where finding the folder would cost more than the row. */
  const bySocket = new Map<string, StateStore>();
  const inFolder = (folder: string): StateStore => {
    const store = servers.get(folder) ?? open(folder, SERVER_STATE);
    servers.set(folder, store);
    return store;
  };
  const isThere = (folder: string): boolean => existsSync(join(folder, SERVER_STATE));
  const user = open(root, USER_STATE);
  const all = (): StateStore[] => serverStateFolders(env).filter(isThere).map(inFolder);
  return {
    user,
    server: (socketPath) => inFolder(serverStateFolder(socketPath, env)),
    found: (socketPath) => {
      const known = bySocket.get(socketPath);
      if (known !== undefined) return known;
      const folder = serverStateFolder(socketPath, env);
      if (!isThere(folder)) return undefined;
      const store = inFolder(folder);
      bySocket.set(socketPath, store);
      return store;
    },
    all,
    kept: () => [...(existsSync(join(root, USER_STATE)) ? [user] : []), ...all()],
    named: (id) => {
      if (id === USER_STATE) return user;
      const [server = '', name] = id.split('/');
      return isServerName(server) && name === SERVER_STATE ? inFolder(join(root, server)) : undefined;
    },
    readCopy: BACKENDS[backend].readCopy,
  };
}
