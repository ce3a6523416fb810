import { stateFolder } from '../config/folders.js';
import type { Config } from '../config/schema.js';
import type { Logger } from '../kernel/logger.js';
import type { Scope } from '../kernel/scope.js';
import { createSqliteStore } from '../store/sqlite/sqlite-store.js';
import type { StateStore } from '../store/store.js';
import { serverStateFolder } from './state-folder.js';

/** The state that outlives panes or is shared by processes. Nothing is opened before it is used. */
export interface Stores {
  /** What holds for the user, on all tmux servers. */
  readonly user: StateStore;
  /** What belongs to one tmux server. */
  readonly server: (socketPath: string) => StateStore;
}

type Backend = Config['state']['backend'];
/** Every value that the config may have is here, so none of them is quietly taken for another. */
const BACKENDS: Readonly<Record<Backend, typeof createSqliteStore>> = { sqlite: createSqliteStore };

export interface StoresOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly backend: Backend;
  /** Longest wait for other processes; read at each call. */
  readonly timeoutMs: () => number;
  readonly logger: Logger;
  /** Closes what was opened. */
  readonly scope: Scope;
}

export function createStores({ env, backend, timeoutMs, logger, scope }: StoresOptions): Stores {
  const root = stateFolder(env);
  const onNotice = (message: string): void => {
    logger.error(message);
  };
  const open = (folder: string, name: string): StateStore => {
    const store = BACKENDS[backend]({ root, folder, name, timeoutMs, onNotice });
    scope.defer(store.close);
    return store;
  };
  const servers = new Map<string, StateStore>();
  return {
    user: open(root, 'user.db'),
    server: (socketPath) => {
      const folder = serverStateFolder(socketPath, env);
      const store = servers.get(folder) ?? open(folder, 'state.db');
      servers.set(folder, store);
      return store;
    },
  };
}
