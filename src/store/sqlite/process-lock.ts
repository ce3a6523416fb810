import { makePrivateFile, makePrivateFolder } from '../../config/private-files.js';
import type { ProcessLock } from '../../kernel/process-lock.js';
import { pathOf, type Place } from './connection.js';
import { closedError, type Database, loadDriver, storeError } from './driver.js';

/** The read is what takes the lock: `BEGIN` alone takes none (https://www.sqlite.org/lockingv3.html). */
const TAKE = { shared: 'BEGIN; SELECT count(*) FROM sqlite_schema', alone: 'BEGIN EXCLUSIVE' } as const;

/** A lock by an empty database, made where it is missing and opened when it is first taken. */
export function createProcessLock(place: Place): ProcessLock {
  let database: Database | undefined;
  let closed = false;

  const release = (): void => {
    if (database?.inTransaction === true) database.exec('ROLLBACK');
  };
  const opened = async (): Promise<Database> => {
    const driver = await loadDriver();
    if (closed) throw closedError();
    if (database !== undefined) return database;
    makePrivateFolder(place.root, place.folder);
    makePrivateFile(pathOf(place));
    // Waiting inside the driver would block the event loop.
    return (database = new driver(pathOf(place), { timeout: 0 }));
  };
  return {
    take: async (mode) => {
      try {
        (await opened()).exec(TAKE[mode]);
        return true;
      } catch (error) {
        release();
        const known = storeError(error);
        if (known.code === 'busy') return false;
        throw known;
      }
    },
    release,
    close: () => {
      closed = true;
      database?.close();
      database = undefined;
    },
  };
}
