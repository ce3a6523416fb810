import type { BootClock } from '../../kernel/boot-clock.js';
import { BEHIND_ALL, checkKey, decodeRow, encodeRow } from '../rows.js';
import { type ClockRow, storeTime } from '../store-clock.js';
import { type Entry, type ListOptions, StoreError, type StoreTime, type Table, type Transaction } from '../store.js';
import type { Connection } from './connection.js';

const DEFAULT_LIMIT = 1000;
/** Expired rows that go with a commit, beside twice as many as it has written. */
const CLEANED = 32;

/** One transaction of the database, which one body or several use. */
export interface Work {
  /** What a body gets. */
  readonly open: () => Transaction;
  /** What the database said when it failed inside a body; then nothing of the transaction can stay. */
  readonly failure: () => StoreError | undefined;
  /** Writes what belongs to every commit. @throws StoreError */
  readonly finish: () => void;
}

function readClock(connection: Connection): ClockRow | undefined {
  return connection.first('readClock') as ClockRow | undefined;
}

function list<Row>(connection: Connection, mono: number, table: Table<Row>, options: ListOptions): Entry<Row>[] {
  const { prefix = '', limit = DEFAULT_LIMIT, after = '' } = options;
  return connection
    .all('list', table.name, after, prefix, prefix + BEHIND_ALL, mono, limit)
    .flatMap(({ key, version, value }) => {
      const row = decodeRow(table, version as number, value as string);
      return row === undefined ? [] : [{ key: key as string, row }];
    });
}

/** The transaction has begun, so nobody else writes, or the view is consistent. */
export function createWork(connection: Connection, clock: BootClock): Work {
  const row = readClock(connection);
  const { now: started, remember } = storeTime(clock(), row);
  let last = started;
  let failure: StoreError | undefined;
  let written = 0;

  const now = (): StoreTime => {
    const next = storeTime(clock(), remember ?? row).now;
    return (last = next.mono < last.mono ? last : next);
  };
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof StoreError) failure ??= error;
      throw error;
    }
  };
  const open = (): Transaction => {
    const at = now();
    return {
      now: at,
      get: (table, key) =>
        guard(() => {
          const found = connection.first('get', table.name, key, at.mono);
          return found === undefined ? undefined : decodeRow(table, found.version as number, found.value as string);
        }),
      list: (table, options = {}) => guard(() => list(connection, at.mono, table, options)),
      put: (table, key, value, { expiresAt = null } = {}) => {
        checkKey(key);
        const text = encodeRow(value);
        guard(() => {
          connection.run('put', table.name, key, table.version, text, expiresAt);
        });
        written++;
      },
      delete: (table, key) => {
        guard(() => {
          connection.run('delete', table.name, key);
        });
        written++;
      },
    };
  };

  const finish = (): void => {
    if (remember !== undefined) {
      const { boot, suspended, shift, wall } = remember;
      connection.run('writeClock', boot, suspended, shift, last.mono, wall);
    }
    if (written > 0) connection.run('clean', last.mono, CLEANED + 2 * written);
  };
  return { open, failure: () => failure, finish };
}
