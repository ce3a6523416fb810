import { defineTable, type Reading, type StateStore, type Transaction } from '../../store/store.js';
import { type Server, serverKey } from './target.js';

/** A session, window or pane that a call has made. */
export interface Created {
  readonly id: string;
  /** Of a pane: its process. A pane that runs another one is not the one that was made. */
  readonly pid?: number | undefined;
}

/** Who created what on one tmux server. Rows decide, because any program in a pane can rewrite options of tmux. */
export interface Creations {
  /** @returns ids that can be looked through for what is gone, now and then */
  readonly add: (caller: string, server: Server, things: readonly Created[]) => Promise<readonly string[]>;
  /** What was in a pane has another one now, which is of whoever made that. */
  readonly renew: (server: Server, before: Pane, now: Pane) => Promise<void>;
  /** Those of the sessions that a call has made, whoever made it. */
  readonly sessionsOf: (server: Server, ids: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly forget: (ids: readonly string[]) => Promise<void>;
}

interface Pane {
  readonly id: string;
  readonly pid: number;
}

interface Row {
  readonly caller: string;
  readonly server: string;
  readonly pid?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Who made a thing, and when (milliseconds since the epoch). */
export interface Made {
  readonly maker: string;
  readonly at: number;
}

const rows = defineTable<Row>('creations', {
  version: 2,
  read: (value) => ({ ...(value as Row), at: (value as Partial<Row>).at ?? 0 }),
});
/** Ids of panes by their processes, so that a program can be told by whom its pane was made. */
const panes = defineTable<string>('creation_panes', { version: 1, read: (value) => value as string });

const processKey = (serverPid: number, panePid: number): string => `${String(serverPid)}.${String(panePid)}`;

/**
 * Who made a thing; undefined where no call of ours did.
 * @param pid of a pane: its process now
 */
export function madeBy(view: Reading, server: Server, id: string, pid?: number): Made | undefined {
  const row = view.get(rows, id);
  if (row?.server !== serverKey(server) || row.pid !== pid) return undefined;
  return { maker: row.caller, at: row.at };
}

/** The caller that made the pane with this first process; undefined where no call of ours did. */
export function makerOfProcess(view: Reading, serverPid: number, panePid: number): string | undefined {
  const id = view.get(panes, processKey(serverPid, panePid));
  const row = id === undefined ? undefined : view.get(rows, id);
  return row?.pid === panePid && row.server.startsWith(`${String(serverPid)}.`) ? row.caller : undefined;
}

function remove(tx: Transaction, id: string): void {
  const row = tx.get(rows, id);
  if (row?.pid !== undefined) tx.delete(panes, processKey(Number.parseInt(row.server, 10), row.pid));
  tx.delete(rows, id);
}

/** More panes than any tmux server has. */
const MAX_ROWS = 10_000;
/** Every so many rows what is gone is looked for. */
const SWEEP_EVERY = 48;

export function createCreations(store: StateStore): Creations {
  return {
    add: (caller, server, things) =>
      store.transact((tx) => {
        const own = serverKey(server);
        const all = tx.list(rows, { limit: MAX_ROWS });
        // Ids of a server that is gone come again.
        for (const { key, row } of all) if (row.server !== own) remove(tx, key);
        for (const { id, pid } of things) {
          tx.put(rows, id, { caller, server: own, pid, at: tx.now.wall });
          if (pid !== undefined) tx.put(panes, processKey(server.pid, pid), id);
        }
        const rest = all.filter(({ row }) => row.server === own);
        const steps = (count: number): number => Math.floor(count / SWEEP_EVERY);
        return steps(rest.length + things.length) > steps(rest.length) ? rest.map(({ key }) => key) : [];
      }),
    renew: (server, before, now) =>
      store.transact((tx) => {
        const made = madeBy(tx, server, before.id, before.pid);
        const row = tx.get(rows, before.id);
        if (made === undefined || row === undefined) return;
        remove(tx, before.id);
        tx.put(rows, now.id, { ...row, pid: now.pid });
        tx.put(panes, processKey(server.pid, now.pid), now.id);
      }),
    sessionsOf: (server, ids) =>
      store.read((view) => new Set(ids.filter((id) => madeBy(view, server, id) !== undefined))),
    forget: (ids) =>
      store.transact((tx) => {
        for (const id of ids) remove(tx, id);
      }),
  };
}
