import { defineTable, type Reading, type StateStore } from '../../store/store.js';
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
  /** Those of the sessions that a call has made, whoever made it. */
  readonly sessionsOf: (server: Server, ids: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly forget: (ids: readonly string[]) => Promise<void>;
}

interface Row {
  readonly caller: string;
  readonly server: string;
  readonly pid?: number | undefined;
}

const rows = defineTable<Row>('creations', { version: 1, read: (value) => value as Row });
/**
 * Who made a thing; undefined where no call of ours did.
 * @param pid of a pane: its process now
 */
export function madeBy(view: Reading, server: Server, id: string, pid?: number): string | undefined {
  const row = view.get(rows, id);
  return row?.server === serverKey(server) && row.pid === pid ? row.caller : undefined;
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
        for (const { key, row } of all) if (row.server !== own) tx.delete(rows, key);
        for (const { id, pid } of things) tx.put(rows, id, { caller, server: own, pid });
        const rest = all.filter(({ row }) => row.server === own);
        const steps = (count: number): number => Math.floor(count / SWEEP_EVERY);
        return steps(rest.length + things.length) > steps(rest.length) ? rest.map(({ key }) => key) : [];
      }),
    sessionsOf: (server, ids) =>
      store.read((view) => new Set(ids.filter((id) => madeBy(view, server, id) !== undefined))),
    forget: (ids) =>
      store.transact((tx) => {
        for (const id of ids) tx.delete(rows, id);
      }),
  };
}
