import { defineTable, type Reading, type StateStore, type StoreTime } from '../../store/store.js';

/** How a caller stands with the operator. */
export interface Standing {
  /** `default`: what the config says of callers without a grant. `unknown`: the state does not tell. */
  readonly trust: 'default' | 'granted' | 'revoked' | 'unknown';
  /** What a grant is for; undefined: all that its role may. */
  readonly operations?: readonly string[] | undefined;
  /** Only reads, at a tenth of the rate. */
  readonly contained: boolean;
}

/** The same, for the operator to read. */
export interface StandingFacts extends Standing {
  readonly caller: string;
  /** When the grant was given, by the wall clock: milliseconds since the epoch. */
  readonly grantedAt?: number | undefined;
  /** Seconds until the grant ends. */
  readonly trustSeconds?: number | undefined;
  /** Seconds until the containment ends. */
  readonly containedSeconds?: number | undefined;
}

interface Grant {
  readonly until: number;
  /** By the wall clock. Undefined in rows of earlier programs. */
  readonly grantedAt?: number | undefined;
  readonly operations?: readonly string[] | undefined;
}

/** One row for each caller, so that a call looks once. Times are on the clock of the store. */
interface Row {
  readonly grant?: Grant | undefined;
  readonly revoked?: boolean | undefined;
  readonly containedUntil?: number | undefined;
}

const rows = defineTable<Row>('standings', { version: 1, read: (value) => value as Row });
const MAX_ROWS = 10_000;

export const NO_STANDING: Standing = { trust: 'default', contained: false };
/** Nobody can tell whether trust was revoked: then nothing is changed. */
export const UNKNOWN_STANDING: Standing = { trust: 'unknown', contained: false };

/** @param since when the caller began, by the wall clock: what its namesakes were given before is not its own */
function standingOf(row: Row | undefined, { mono }: StoreTime, since = 0): Standing {
  if (row === undefined) return NO_STANDING;
  const granted = row.grant !== undefined && row.grant.until > mono && (row.grant.grantedAt ?? 0) >= since;
  return {
    trust: granted ? 'granted' : row.revoked === true ? 'revoked' : 'default',
    operations: granted ? row.grant.operations : undefined,
    contained: row.containedUntil !== undefined && row.containedUntil > mono,
  };
}

export const readStanding = (view: Reading, caller: string, since?: number): Standing =>
  standingOf(view.get(rows, caller), view.now, since);

/** Who is trusted and who is contained, for all processes of the user. */
export interface Standings {
  /** @param since when the caller began, for an agent: milliseconds since the epoch */
  readonly of: (caller: string, since?: number) => Promise<Standing>;
  readonly list: () => Promise<readonly StandingFacts[]>;
  /** @param operations what it is for; undefined: all that its role may */
  readonly grant: (caller: string, forMs: number, operations?: readonly string[]) => Promise<void>;
  /** It is not trusted until it gets a grant or is forgotten. A grant ends where it stood before. */
  readonly revoke: (caller: string) => Promise<void>;
  /** What the config says of callers without a grant holds again. @returns false when it did already */
  readonly reset: (caller: string) => Promise<boolean>;
  readonly contain: (caller: string, forMs: number) => Promise<void>;
  /** @returns false when it was not contained */
  readonly release: (caller: string) => Promise<boolean>;
}

const secondsUntil = (until: number | undefined, { mono }: StoreTime): number | undefined =>
  until === undefined || until <= mono ? undefined : Math.ceil((until - mono) / 1000);

export function createStandings(store: StateStore): Standings {
  /** @param change what becomes of the row, and undefined where nothing changes */
  const update = (caller: string, change: (row: Row, now: StoreTime) => Row | undefined): Promise<boolean> =>
    store.transact(
      (tx) => {
        const row = change(tx.get(rows, caller) ?? {}, tx.now);
        if (row === undefined) return false;
        if (Object.values(row).some((value) => value !== undefined)) tx.put(rows, caller, row);
        else tx.delete(rows, caller);
        return true;
      },
      { durable: true },
    );
  return {
    of: (caller, since) => store.read((view) => readStanding(view, caller, since)),
    list: () =>
      store.read((view) =>
        view
          .list(rows, { limit: MAX_ROWS })
          .map(({ key, row }) => ({
            ...standingOf(row, view.now),
            caller: key,
            grantedAt: row.grant?.grantedAt,
            trustSeconds: secondsUntil(row.grant?.until, view.now),
            containedSeconds: secondsUntil(row.containedUntil, view.now),
          }))
          .filter(({ trust, contained }) => trust !== 'default' || contained),
      ),
    grant: async (caller, forMs, operations) => {
      await update(caller, (row, { mono, wall }) => ({
        ...row,
        grant: { until: mono + forMs, grantedAt: wall, operations },
      }));
    },
    revoke: async (caller) => {
      await update(caller, (row) => ({ ...row, grant: undefined, revoked: true }));
    },
    reset: (caller) =>
      update(caller, (row) =>
        row.grant === undefined && row.revoked === undefined
          ? undefined
          : { ...row, grant: undefined, revoked: undefined },
      ),
    contain: async (caller, forMs) => {
      await update(caller, (row, { mono }) => ({
        ...row,
        // A shorter time would be an end, which takes a person at a terminal.
        containedUntil: Math.max(row.containedUntil ?? 0, mono + forMs),
      }));
    },
    release: (caller) =>
      update(caller, (row, { mono }) =>
        row.containedUntil === undefined || row.containedUntil <= mono
          ? undefined
          : { ...row, containedUntil: undefined },
      ),
  };
}
