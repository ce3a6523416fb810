import { pathToFileURL } from 'node:url';
import type Libsql from 'libsql';
import type { Saved, SavedRow } from '../saved.js';
import type { ClockRow } from '../store-clock.js';
import { StoreError } from '../store.js';
import { type Database, loadDriver, storeError } from './driver.js';
import { checkCopy } from './schema.js';

/** A row that only copies have: what they are of. */
const FACTS = 'snapshot';

interface Facts {
  readonly id: string;
  readonly at: number;
}

function using<T>(database: Database, work: (database: Database) => T): T {
  try {
    return work(database);
  } catch (error) {
    throw storeError(error);
  } finally {
    database.close();
  }
}

/** Writes into a fresh copy what it is, and looks whether it is sound. @throws StoreError */
export function sealCopy(driver: typeof Libsql, path: string, facts: Facts): void {
  using(new driver(path, { timeout: 0 }), (database) => {
    database
      .prepare("INSERT OR REPLACE INTO entries (tbl, key, version, value, expires) VALUES (?, 'facts', 1, ?, NULL)")
      .run([FACTS, JSON.stringify(facts)]);
    checkCopy(database);
  });
}

function parse(value: unknown): unknown {
  try {
    return JSON.parse(String(value)) as unknown;
  } catch (error) {
    throw new StoreError('corrupt', 'A row of the copy is damaged.', { cause: error });
  }
}

function factsOf(rows: readonly SavedRow[]): Facts {
  const { id, at } = (rows.find(({ table }) => table === FACTS)?.value ?? {}) as Partial<Facts>;
  if (typeof id === 'string' && typeof at === 'number') return { id, at };
  throw new StoreError('refused', 'The file is no copy of a store that tmux-orc has made.');
}

/**
 * Reads a copy of a store. It is opened as a file that nobody changes, so no locks are taken and nothing is left beside it.
 * @throws StoreError corrupt, refused; or what the driver says
 */
export function readCopy(driver: typeof Libsql, path: string): Saved {
  // https://www.sqlite.org/uri.html
  let database: Database;
  try {
    database = new driver(`${pathToFileURL(path).href}?mode=ro&immutable=1`, { timeout: 0 });
  } catch (error) {
    throw storeError(error);
  }
  return using(database, () => {
    // Somebody may have given us the file: what its schema says is not to be run.
    database.exec('PRAGMA trusted_schema = OFF');
    checkCopy(database);
    const found = database.prepare('SELECT tbl, key, version, value, expires FROM entries').all() as Record<string, unknown>[]; // prettier-ignore
    const rows = found.map(({ tbl, key, version, value, expires }) => ({
      ...{ table: String(tbl), key: String(key), version: Number(version), value: parse(value) },
      expiresAt: typeof expires === 'number' ? expires : null,
    }));
    const clock = database.prepare('SELECT boot, suspended, shift, mono, wall FROM clock').get() as
      ClockRow | undefined;
    return { ...factsOf(rows), rows: rows.filter(({ table }) => table !== FACTS), clock };
  });
}

/** The same for a file that somebody names. @throws as `readCopy` */
export const readCopyFile = async (path: string): Promise<Saved> => readCopy(await loadDriver(), path);
