import { lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ConfigSources, resolveConfig } from '../config/load.js';
import { OrcError } from '../kernel/errors.js';
import { createJsonLogger } from '../kernel/logger.js';
import { createScope } from '../kernel/scope.js';
import { previewRestore, restore } from '../store/restore.js';
import type { Change, RestoreRules } from '../store/restoring.js';
import type { Saved } from '../store/saved.js';
import type { Snapshot, Snapshots } from '../store/snapshots.js';
import { type StateStore, StoreError } from '../store/store.js';
import { openNoted } from './alerts/noted.js';
import { operatorRecord } from './operator-record.js';
import { createOutgoing } from './outgoing.js';
import { rulesFor } from './restore-rules.js';
import { listSetAside, type SetAside } from './set-aside.js';
import { createStores } from './stores.js';

/** A copy with the store that it is of, and the name that the operator calls it by. */
export interface NamedSnapshot extends Snapshot {
  readonly store: string;
}

/** How many rows of a table change. */
export interface TableChanges {
  readonly table: string;
  readonly added: number;
  readonly replaced: number;
  readonly removed: number;
}

/** A copy that can be restored, and what that would do. */
export interface Candidate {
  readonly saved: Saved;
  readonly changes: readonly TableChanges[];
}

export interface Restored extends Candidate {
  /** Why it is not on record. */
  readonly unrecorded: string | undefined;
}

/** What the operator does with the state as a whole. All of it throws OrcError. It works while the config is refused. */
export interface StateTools {
  /** Newest first, store by store. */
  readonly list: () => readonly NamedSnapshot[];
  readonly setAside: () => readonly SetAside[];
  /** A snapshot of every store. */
  readonly snapshot: () => Promise<readonly NamedSnapshot[]>;
  /** Files that a backup into a folder would replace. */
  readonly inTheWay: (folder: string) => readonly string[];
  /** A copy of every store into a folder, which is made. What is in the way is replaced. */
  readonly backup: (folder: string) => Promise<readonly NamedSnapshot[]>;
  /** @param given a name that `list` tells, a file, or the folder of a backup; a full path */
  readonly find: (given: string, path: string) => Promise<readonly Candidate[]>;
  readonly restore: (candidate: Candidate) => Promise<Restored>;
  readonly close: () => Promise<void>;
}

/** What the state says, as an error about the state. */
async function telling<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const code = error.code === 'refused' ? 'DENIED' : 'INTERNAL';
    throw new OrcError(code, `${what}: ${error.message}`, {
      hint: 'tmux-orc doctor looks at the state.',
      cause: error,
    });
  }
}

function kindOf(path: string): 'file' | 'folder' | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isDirectory() === true ? 'folder' : stats?.isFile() === true ? 'file' : undefined;
  } catch {
    return undefined;
  }
}

/** Anything: also a link that leads nowhere would be replaced. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function count(changes: readonly Change[]): TableChanges[] {
  const tables = [...new Set(changes.map(({ row }) => row.table))].sort();
  return tables.map((table) => {
    const of = (kind: Change['kind']): number =>
      changes.filter((change) => change.row.table === table && change.kind === kind).length;
    return { table, added: of('added'), replaced: of('replaced'), removed: of('removed') };
  });
}

/** Of a copy in a folder of the operator's, where all stores lie side by side. */
const backupName = ({ id }: Snapshots): string => (id === 'user.db' ? id : `state-${dirname(id)}.db`);
/** Of a copy beside its store: those of servers have the same names. */
const named = ({ id }: Snapshots, made: Snapshot): NamedSnapshot => ({
  ...made,
  store: id,
  name: join(dirname(id), made.name),
});

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new OrcError('INVALID_INPUT', 'The folder for the backup cannot be made.', {
      hint: 'Give a folder, or the path of one that can be made.',
      cause: error,
    });
  }
}

function copiesAt(path: string): string[] {
  const kind = kindOf(path);
  if (kind === 'file') return [path];
  if (kind !== 'folder') return [];
  const names = readdirSync(path).filter((name) => /^(?:user|state-[0-9a-f]{12})\.db$/.test(name));
  return names.map((name) => join(path, name)).filter((file) => kindOf(file) === 'file');
}

function rulesOf({ id }: Saved): RestoreRules {
  return rulesFor(id.split('/').at(-1) ?? id);
}

export async function openStateTools(sources: ConfigSources, writeLog: (line: string) => void): Promise<StateTools> {
  // Without what is wrong in it: coming back must not depend on a config that somebody broke.
  const { config } = await resolveConfig(sources);
  const { env } = sources;
  const scope = createScope();
  const logger = createJsonLogger(writeLog, 'warn');
  const timeoutMs = (): number => config.security.timeouts.store_ms;
  const stores = createStores({ env, backend: config.state.backend, timeoutMs, logger, scope });
  const outgoing = createOutgoing({ ...sources, settings: () => config.security.redaction });
  const noted = openNoted({ env, config: () => config, store: stores.user, logger, outgoing, scope });
  const record = operatorRecord(noted, config, { caller: 'operator', role: 'operator' });

  const kept = (): Snapshots[] => stores.kept().flatMap(({ snapshots }) => snapshots ?? []);
  const list = (): NamedSnapshot[] => kept().flatMap((one) => one.list().map((made) => named(one, made)));
  const each = async (work: (one: Snapshots) => Promise<NamedSnapshot>): Promise<NamedSnapshot[]> => {
    const made: NamedSnapshot[] = [];
    for (const one of kept()) made.push(await telling(`The store ${one.id} cannot be copied`, () => work(one)));
    return made;
  };
  const storeOf = ({ id }: Saved): StateStore => {
    const store = stores.named(id);
    if (store !== undefined) return store;
    throw new OrcError('INVALID_INPUT', 'The file is a copy of a store that there is not.', {
      hint: 'tmux-orc state list names snapshots.',
    });
  };
  const examine = async (path: string): Promise<Candidate> => {
    const saved = await telling('The copy cannot be used', () => stores.readCopy(path));
    const store = storeOf(saved);
    const changes = await telling('The store cannot be read', () => previewRestore(store, saved, rulesOf(saved)));
    return { saved, changes: count(changes) };
  };
  return {
    list,
    setAside: () => listSetAside(env),
    snapshot: () => each(async (one) => named(one, await one.take())),
    inTheWay: (folder) => kept().map(backupName).filter((name) => isThere(join(folder, name))), // prettier-ignore
    backup: async (folder) => {
      makeFolder(folder);
      return each(async (one) => ({ ...(await one.copyTo(join(folder, backupName(one)))), store: one.id }));
    },
    find: async (given, path) => {
      const known = list().find(({ name }) => name === given);
      const paths = known === undefined ? copiesAt(path) : [known.path];
      if (paths.length > 0) return Promise.all(paths.map(examine));
      throw new OrcError('NOT_FOUND', 'There is no such snapshot, file or backup.', {
        hint: 'tmux-orc state list names snapshots.',
      });
    },
    restore: async ({ saved }) => {
      const facts = { store: saved.id, snapshot_at: new Date(saved.at).toISOString() };
      const unrecorded = await record('state_restored', facts, 'security');
      const what = 'The state stays as it was';
      const changes = await telling(what, () => restore(storeOf(saved), saved, rulesOf(saved)));
      return { saved, changes: count(changes), unrecorded };
    },
    close: scope.close,
  };
}
