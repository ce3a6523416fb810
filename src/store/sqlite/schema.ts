import { StoreError } from '../store.js';
import type { Database } from './driver.js';

/** "ORCS"; tells our databases from others (https://www.sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x4f524353;

/** Step n brings the layout from version n to n + 1. Steps that were released stay as they are. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE entries (
     tbl TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL, expires REAL,
     PRIMARY KEY (tbl, key)
   ) WITHOUT ROWID;
   CREATE INDEX entries_by_expiry ON entries (expires) WHERE expires IS NOT NULL;
   CREATE TABLE clock (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     boot TEXT NOT NULL, suspended REAL NOT NULL, shift REAL NOT NULL, mono REAL NOT NULL, wall REAL NOT NULL
   );`,
];

/** A small store is looked through when it is opened; of a large one a bad page is noticed when it is read. */
const LOOKED_THROUGH_BYTES = 1_048_576;

function pragma(database: Database, name: string): unknown {
  return (database.prepare(`PRAGMA ${name}`).get() as Record<string, unknown> | undefined)?.[name];
}

function layout(database: Database): number {
  const version = Number(pragma(database, 'user_version'));
  if (version > MIGRATIONS.length) throw new StoreError('refused', 'The store was written by a later version.');
  return version;
}

/** Gives a database the tables of the current version. @throws as `prepareDatabase` */
export function migrate(database: Database): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have been faster.
    const version = layout(database);
    const empty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
    if (!empty && pragma(database, 'application_id') !== APPLICATION_ID)
      throw new StoreError('refused', 'A database of another program stands where the store belongs.');
    for (const step of MIGRATIONS.slice(version)) database.exec(step);
    database.exec(`PRAGMA application_id = ${String(APPLICATION_ID)}`);
    database.exec(`PRAGMA user_version = ${String(MIGRATIONS.length)}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/**
 * Makes an opened file ours: write-ahead log, tables of the current version.
 * @throws StoreError refused, corrupt; or what the driver says
 */
export function prepareDatabase(database: Database, size: number): void {
  database.exec('PRAGMA synchronous = NORMAL');
  if (pragma(database, 'journal_mode') !== 'wal') database.exec('PRAGMA journal_mode = WAL');
  // A value that was written by hand could otherwise run code of the schema.
  database.exec('PRAGMA trusted_schema = OFF');
  if (size > 0 && size <= LOOKED_THROUGH_BYTES && pragma(database, 'quick_check') !== 'ok')
    throw new StoreError('corrupt', 'The store is damaged.');
  if (layout(database) < MIGRATIONS.length || pragma(database, 'application_id') !== APPLICATION_ID) migrate(database);
}

/** @throws StoreError corrupt for a copy that is not sound, refused for a database that is none of ours */
export function checkCopy(database: Database): void {
  if (pragma(database, 'quick_check') !== 'ok') throw new StoreError('corrupt', 'The copy of the store is damaged.');
  if (pragma(database, 'application_id') !== APPLICATION_ID)
    throw new StoreError('refused', 'The file is no copy of a store that tmux-orc has made.');
  layout(database);
}
