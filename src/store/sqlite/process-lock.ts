import { lstatSync } from 'node:fs';
import type Libsql from 'libsql';
import { makePrivateFile, makePrivateFolder } from '../../config/private-files.js';
import type { ProcessLock } from '../../kernel/process-lock.js';
import { pathOf, type Place } from './connection.js';
import { closedError, type Database, loadDriver, storeError } from './driver.js';

/** The read is what takes the lock: `BEGIN` alone takes none (https://www.sqlite.org/lockingv3.html). */
const TAKE = { shared: 'BEGIN; SELECT count(*) FROM sqlite_schema', alone: 'BEGIN EXCLUSIVE' } as const;

/** One empty database, which is nothing but its locks. */
class LockFile {
  readonly #place: Place;
  #open: { readonly database: Database; readonly inode: number } | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  /** @throws StoreError */
  take(driver: typeof Libsql, mode: keyof typeof TAKE): boolean {
    try {
      const database = this.#opened(driver);
      if (!database.inTransaction) database.exec(TAKE[mode]);
      return true;
    } catch (error) {
      this.release();
      const known = storeError(error);
      if (known.code === 'busy') return false;
      throw known;
    }
  }

  release(): void {
    try {
      if (this.#open?.database.inTransaction === true) this.#open.database.exec('ROLLBACK');
    } catch {
      this.close();
    }
  }

  close(): void {
    this.#open?.database.close();
    this.#open = undefined;
  }

  /** Opened again where somebody has removed it: locks of two files are no lock. */
  #opened(driver: typeof Libsql): Database {
    const path = pathOf(this.#place);
    if (this.#open !== undefined && lstatSync(path, { throwIfNoEntry: false })?.ino !== this.#open.inode) this.close();
    if (this.#open !== undefined) return this.#open.database;
    makePrivateFolder(this.#place.root, this.#place.folder);
    makePrivateFile(path);
    const { ino: inode } = lstatSync(path);
    // Waiting inside the driver would block the event loop.
    const database = new driver(path, { timeout: 0 });
    this.#open = { database, inode };
    return database;
  }
}

/** A lock by two empty databases, made where they are missing and opened when it is first taken. */
export function createProcessLock(place: Place): ProcessLock {
  // Who wants to be alone keeps the gate: the database itself lets others in for as long as one of them is there.
  const gate = new LockFile({ ...place, name: `${place.name}.gate` });
  const main = new LockFile(place);
  let closed = false;
  return {
    take: async (mode) => {
      const driver = await loadDriver();
      if (closed) throw closedError();
      if (!gate.take(driver, mode)) return false;
      let isWaiting = false;
      try {
        const isTaken = main.take(driver, mode);
        isWaiting = mode === 'alone';
        return isTaken;
      } finally {
        if (!isWaiting) gate.release();
      }
    },
    release: () => {
      main.release();
      gate.release();
    },
    close: () => {
      closed = true;
      main.close();
      gate.close();
    },
  };
}
