import { defineTable, type StateStore } from '../../store/store.js';
import { type RiskTarget, type Server, serverKey } from './target.js';

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
  /** A thing counts as created by who created what holds it, in every session that it is linked to. */
  readonly isOwn: (caller: string, target: RiskTarget) => Promise<boolean>;
  readonly forget: (ids: readonly string[]) => Promise<void>;
}

interface Row {
  readonly caller: string;
  readonly server: string;
  readonly pid?: number | undefined;
}

const rows = defineTable<Row>('creations', { version: 1, read: (value) => value as Row });
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
    isOwn: (caller, { server, sessions, window, panes, kind }) =>
      store.read((view) => {
        const made = (id: string): Row | undefined => {
          const row = view.get(rows, id);
          return row?.server === serverKey(server) && row.caller === caller ? row : undefined;
        };
        const [pane] = panes;
        if (kind === 'pane' && pane !== undefined && made(pane.id)?.pid === pane.pid) return true;
        if (kind !== 'session' && window !== undefined && made(window.id) !== undefined) return true;
        return sessions.length > 0 && sessions.every(({ id }) => made(id) !== undefined);
      }),
    forget: (ids) =>
      store.transact((tx) => {
        for (const id of ids) tx.delete(rows, id);
      }),
  };
}
