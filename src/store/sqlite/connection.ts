import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type Libsql from 'libsql';
import { foreign, ForeignFileError, makePrivateFile, makePrivateFolder } from '../../config/private-files.js';
import { busyError, type Database, type Statement, storeError } from './driver.js';
import { repairGoesOn } from './quarantine.js';
import { prepareDatabase } from './schema.js';

const STATEMENTS = {
  begin: 'BEGIN',
  beginImmediate: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  savepoint: 'SAVEPOINT body',
  release: 'RELEASE body',
  undo: 'ROLLBACK TO body',
  get: 'SELECT version, value FROM entries WHERE tbl = ? AND key = ? AND (expires IS NULL OR expires > ?)',
  put: `INSERT INTO entries (tbl, key, version, value, expires) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET version = excluded.version, value = excluded.value, expires = excluded.expires`,
  delete: 'DELETE FROM entries WHERE tbl = ? AND key = ?',
  list: `SELECT key, version, value FROM entries
         WHERE tbl = ? AND key > ? AND key >= ? AND key < ? AND (expires IS NULL OR expires > ?)
         ORDER BY key LIMIT ?`,
  clean: `DELETE FROM entries WHERE (tbl, key) IN
          (SELECT tbl, key FROM entries WHERE expires <= ? ORDER BY expires LIMIT ?)`,
  readClock: 'SELECT boot, suspended, shift, mono, wall FROM clock',
  copy: 'VACUUM INTO ?',
  writeClock: 'INSERT OR REPLACE INTO clock (one, boot, suspended, shift, mono, wall) VALUES (1, ?, ?, ?, ?, ?)',
} as const;

type Name = keyof typeof STATEMENTS;

/** An open database with its statements. */
export interface Connection {
  readonly inode: number;
  /** @throws StoreError */
  readonly run: (name: Name, ...values: (string | number | null)[]) => void;
  /** @throws StoreError */
  readonly first: (name: Name, ...values: (string | number | null)[]) => Record<string, unknown> | undefined;
  /** @throws StoreError */
  readonly all: (name: Name, ...values: (string | number | null)[]) => readonly Record<string, unknown>[];
  /** Whether commits wait for the disk. Not inside a transaction. @throws StoreError */
  readonly setDurable: (durable: boolean) => void;
  readonly inTransaction: () => boolean;
  /** Whether the file of this name is still the one that was opened: it may have been set aside or removed. @throws StoreError */
  readonly isCurrent: () => boolean;
  readonly close: () => void;
}

export interface Place {
  /** The state folder; it and the folders below it are ours alone. */
  readonly root: string;
  readonly folder: string;
  readonly name: string;
}

export const pathOf = (place: Place): string => join(place.folder, place.name);

/** Makes the folder and the file ours alone, before anything of them is read. */
function secure(place: Place): { readonly inode: number; readonly size: number } {
  makePrivateFolder(place.root, place.folder);
  const path = pathOf(place);
  makePrivateFile(path);
  for (const part of ['-wal', '-shm']) {
    const stats = lstatSync(`${path}${part}`, { throwIfNoEntry: false });
    const reason = stats === undefined ? undefined : foreign(stats, 'file');
    if (reason !== undefined) throw new ForeignFileError('file', reason);
  }
  const { ino: inode, size } = lstatSync(path);
  return { inode, size };
}

function wrap<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(error);
  }
}

function connect(database: Database, inode: number, path: string): Connection {
  const prepared = new Map<Name, Statement>();
  let durableNow = false;
  const statement = (name: Name): Statement => {
    const known = prepared.get(name);
    if (known !== undefined) return known;
    const made = database.prepare(STATEMENTS[name]);
    prepared.set(name, made);
    return made;
  };
  return {
    inode,
    run: (name, ...values) => void wrap(() => statement(name).run(values)),
    first: (name, ...values) => wrap(() => statement(name).get(values)) as Record<string, unknown> | undefined,
    all: (name, ...values) => wrap(() => statement(name).all(values)) as Record<string, unknown>[],
    setDurable: (durable) => {
      if (durable === durableNow) return;
      wrap(() => database.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`));
      durableNow = durable;
    },
    inTransaction: () => database.inTransaction,
    isCurrent: () => wrap(() => lstatSync(path, { throwIfNoEntry: false })?.ino === inode),
    close: () => {
      prepared.clear();
      database.close();
    },
  };
}

/**
 * Opens the database, made where it is missing.
 * @throws StoreError; on `corrupt` with the inode of the damaged file in `damaged`
 */
export function openConnection(driver: typeof Libsql, place: Place, damaged: (inode: number) => void): Connection {
  const path = pathOf(place);
  let database: Database | undefined;
  let inode = 0;
  try {
    // Another file is about to have its name.
    if (repairGoesOn(path)) throw busyError();
    const facts = secure(place);
    inode = facts.inode;
    // Waiting inside the driver would block the event loop.
    database = new driver(path, { timeout: 0 });
    prepareDatabase(database, facts.size);
    return connect(database, inode, path);
  } catch (error) {
    database?.close();
    const known = storeError(error);
    if (known.code === 'corrupt') damaged(inode);
    throw known;
  }
}
