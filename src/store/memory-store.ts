import { type BootClock, createBootClock } from '../kernel/boot-clock.js';
import { abortError } from '../kernel/clock.js';
import { runBody } from './body.js';
import { checkKey, decodeRow, encodeRow } from './rows.js';
import { storeTime } from './store-clock.js';
import {
  type Entry,
  type ListOptions,
  type StateStore,
  StoreError,
  type StoreTime,
  type Table,
  type Transaction,
} from './store.js';

interface Stored {
  readonly version: number;
  readonly text: string;
  readonly expiresAt: number | undefined;
}

type Rows = Map<string, Stored>;

const CLEAN_EVERY = 256;
const DEFAULT_LIMIT = 1000;

type Tables = Map<string, Rows>;

function rowsOf(tables: Tables, table: Table<unknown>): Rows {
  const rows = tables.get(table.name) ?? new Map<string, Stored>();
  tables.set(table.name, rows);
  return rows;
}

const bytes = (key: string): Buffer => Buffer.from(key);

/** @param undo gets what takes the changes back, in order */
function openTransaction(tables: Tables, now: StoreTime, undo: (() => void)[]): Transaction {
  const seen = (stored: Stored | undefined): stored is Stored =>
    stored !== undefined && (stored.expiresAt === undefined || stored.expiresAt > now.mono);
  const change = (table: Table<unknown>, key: string, next: Stored | undefined): void => {
    const rows = rowsOf(tables, table);
    const before = rows.get(key);
    undo.push(() => {
      if (before === undefined) rows.delete(key);
      else rows.set(key, before);
    });
    if (next === undefined) rows.delete(key);
    else rows.set(key, next);
  };
  const list = <Row>(table: Table<Row>, options: ListOptions = {}): Entry<Row>[] => {
    const { prefix = '', limit = DEFAULT_LIMIT, after = '' } = options;
    return [...rowsOf(tables, table)]
      .filter(([key, stored]) => key.startsWith(prefix) && seen(stored))
      .filter(([key]) => Buffer.compare(bytes(key), bytes(after)) > 0)
      .sort(([a], [b]) => Buffer.compare(bytes(a), bytes(b)))
      .slice(0, limit)
      .flatMap(([key, { version, text }]) => {
        const row = decodeRow(table, version, text);
        return row === undefined ? [] : [{ key, row }];
      });
  };
  return {
    now,
    list,
    get: (table, key) => {
      const stored = rowsOf(tables, table).get(key);
      return seen(stored) ? decodeRow(table, stored.version, stored.text) : undefined;
    },
    put: (table, key, row, { expiresAt } = {}) => {
      checkKey(key);
      change(table, key, { version: table.version, text: encodeRow(row), expiresAt });
    },
    delete: (table, key) => {
      change(table, key, undefined);
    },
  };
}

function clean(tables: Tables, mono: number): void {
  for (const rows of tables.values())
    for (const [key, { expiresAt }] of rows) if (expiresAt !== undefined && expiresAt <= mono) rows.delete(key);
}

/** A store of this process alone, with the same rules; it forgets all at the end. */
export function createMemoryStore(clock: BootClock = createBootClock()): StateStore {
  const tables: Tables = new Map();
  const { remember: origin } = storeTime(clock(), undefined);
  let closed = false;
  let commits = 0;

  const run = async <T>(body: (tx: Transaction) => T, signal: AbortSignal | undefined): Promise<T> => {
    if (signal?.aborted === true) throw abortError(signal);
    if (closed) throw new StoreError('closed', 'The store is closed.');
    // As with the other stores, nothing has happened when the call returns.
    await Promise.resolve();
    const { now } = storeTime(clock(), origin);
    const undo: (() => void)[] = [];
    try {
      const value = runBody(openTransaction(tables, now, undo), body);
      if (++commits % CLEAN_EVERY === 0) clean(tables, now.mono);
      return value;
    } catch (error) {
      for (const back of undo.reverse()) back();
      throw error;
    }
  };
  return {
    transact: (body, { signal } = {}) => run(body, signal),
    read: (body, { signal } = {}) => run(body, signal),
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
}
