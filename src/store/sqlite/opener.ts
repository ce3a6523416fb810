import { type Connection, openConnection, pathOf, type Place } from './connection.js';
import { closedError, loadDriver, storeError } from './driver.js';
import { quarantine } from './quarantine.js';
import type { StoreError } from '../store.js';

/** Opens the file when it is needed, again when it was replaced, anew when it was damaged. */
export interface Opener {
  /** @throws StoreError */
  readonly connected: () => Promise<Connection>;
  /** Sets a damaged file aside; one that could not even be opened has been already. @throws StoreError */
  readonly repair: () => void;
  readonly close: () => void;
}

/** @param onNotice told when a damaged store was set aside */
export function createOpener(place: Place, onNotice: (message: string) => void): Opener {
  let connection: Connection | undefined;
  let closed = false;

  const drop = (): void => {
    const dropped = connection;
    connection = undefined;
    dropped?.close();
  };
  const setAside = (inode: number): void => {
    const name = quarantine(pathOf(place), inode);
    if (name !== undefined)
      onNotice(`The store ${place.name} was damaged. It is kept as ${name}; a new one begins empty.`);
  };
  return {
    connected: async () => {
      const driver = await loadDriver();
      if (closed) throw closedError();
      if (connection?.isCurrent() === false) drop();
      return (connection ??= openConnection(driver, place, setAside));
    },
    repair: () => {
      const inode = connection?.inode;
      drop();
      if (inode !== undefined) setAside(inode);
    },
    close: () => {
      closed = true;
      drop();
    },
  };
}

/** A new store that is damaged at once says that the fault is elsewhere. */
const MAX_REPAIRS = 2;

/**
 * Decides what follows from a failure. One of these for each attempt of a caller.
 * @returns undefined to try again, or what to tell the caller
 */
export function createRecovery(opener: Opener): (thrown: unknown) => StoreError | undefined {
  let repairs = 0;
  return (thrown) => {
    const error = storeError(thrown);
    if (error.code === 'busy') return undefined;
    if (error.code !== 'corrupt' || repairs++ >= MAX_REPAIRS) return error;
    try {
      opener.repair();
      return undefined;
    } catch (failed) {
      const why = storeError(failed);
      return why.code === 'busy' ? undefined : why;
    }
  };
}
