import type Libsql from 'libsql';
import type { BootClock } from '../../kernel/boot-clock.js';
import type { RestoreRules } from '../restoring.js';
import type { StoreError } from '../store.js';
import { type Connection, openConnection, pathOf, type Place } from './connection.js';
import { closedError, loadDriver, storeError } from './driver.js';
import { type FallBack, makeFallBack } from './fall-back.js';
import { quarantine } from './quarantine.js';

/** Opens the file when it is needed, again when it was replaced, anew when it was damaged. */
export interface Opener {
  /** @throws StoreError */
  readonly connected: () => Promise<Connection>;
  /** Sets a damaged file aside; one that could not even be opened has been already. @throws StoreError */
  readonly repair: () => void;
  readonly close: () => void;
}

export interface OpenerOptions {
  readonly place: Place;
  /** What comes back from a snapshot when the store is damaged. */
  readonly rules: RestoreRules;
  readonly clock: BootClock;
  /** Told when a damaged store was set aside. */
  readonly onNotice: (message: string) => void;
}

function notice(store: string, kept: string, from: FallBack | undefined): string {
  const damaged = `The store ${store} was damaged. It is kept as ${kept};`;
  if (from === undefined) return `${damaged} a new one begins empty.`;
  const skipped = from.unsound === 0 ? '' : ` Newer snapshots that cannot be used either: ${String(from.unsound)}.`;
  const at = new Date(from.at).toISOString();
  return `${damaged} it goes on from the snapshot of ${at}, and what came after that is lost.${skipped}`;
}

export function createOpener({ place, rules, clock, onNotice }: OpenerOptions): Opener {
  let driver: typeof Libsql | undefined;
  let connection: Connection | undefined;
  let closed = false;

  const drop = (): void => {
    const dropped = connection;
    connection = undefined;
    dropped?.close();
  };
  const setAside = (inode: number): void => {
    let from: FallBack | undefined;
    const successor = (): string | undefined => {
      from = driver === undefined ? undefined : makeFallBack({ driver, place, rules, clock });
      return from?.path;
    };
    const name = quarantine(pathOf(place), inode, successor);
    if (name !== undefined) onNotice(notice(place.name, name, from));
  };
  return {
    connected: async () => {
      driver = await loadDriver();
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
