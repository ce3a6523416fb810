import { lstatSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateFolder } from '../config/private-files.js';
import { defineTable, type StateStore } from '../store/store.js';

export interface LockdownFacts {
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** The caller who entered it. */
  readonly by: string;
  readonly reason: string;
}

/**
 * A state in which only reads go on, for all processes of the user. It is kept twice, as a file and as a row of the
 * store, and either one is enough: what can remove the one, or breaks it, does not lift it.
 */
export interface Lockdown {
  /** In effect once it resolves. @throws when neither the file nor the row could be written */
  readonly enter: (facts: LockdownFacts) => Promise<void>;
  /** @throws StoreError or what the system says; then it is still on */
  readonly leave: () => Promise<void>;
  /**
   * Cheap enough for every write to tmux: the file as it was at most 20 ms ago, the row as `check` saw it last.
   */
  readonly isActive: () => boolean;
  /** The same, with the row as it is now. */
  readonly check: () => Promise<boolean>;
  /** What is known of it; undefined when it is off, or only the file is there. */
  readonly facts: () => Promise<LockdownFacts | undefined>;
}

export interface LockdownOptions {
  /** The state folder. */
  readonly root: string;
  readonly store: StateStore;
  readonly now?: () => number;
}

const FILE = 'LOCKDOWN';
const ROW = 'lockdown';
const rows = defineTable<LockdownFacts>('lockdown', { version: 1, read: (value) => value as LockdownFacts });
const LOOK_EVERY_MS = 20;

/** A file that cannot be looked for counts as being there. */
function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOTDIR';
  }
}

export function createLockdown({ root, store, now = () => performance.now() }: LockdownOptions): Lockdown {
  const path = join(root, FILE);
  let lookedAt = Number.NEGATIVE_INFINITY;
  let file = false;
  let row = false;

  const look = (): boolean => {
    const time = now();
    if (time - lookedAt >= LOOK_EVERY_MS) [file, lookedAt] = [exists(path), time];
    return file;
  };
  const forget = (): void => {
    lookedAt = Number.NEGATIVE_INFINITY;
  };
  const readRow = (): Promise<LockdownFacts | undefined> => store.read((view) => view.get(rows, ROW));

  const writeFile = (facts: LockdownFacts): void => {
    makePrivateFolder(root);
    try {
      writeFileSync(path, `${JSON.stringify(facts)}\n`, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      forget();
    }
  };
  const enter = async (facts: LockdownFacts): Promise<void> => {
    // The file first: every process sees it at once.
    const written = await Promise.allSettled([
      new Promise<void>((resolve) => {
        writeFile(facts);
        resolve();
      }),
      store.transact(
        (tx) => {
          if (tx.get(rows, ROW) === undefined) tx.put(rows, ROW, facts);
        },
        { durable: true },
      ),
    ]);
    row ||= written[1].status === 'fulfilled';
    if (written.every(({ status }) => status === 'rejected')) throw (written[0] as PromiseRejectedResult).reason;
  };

  return {
    enter,
    leave: async () => {
      // The row first: when that fails the file still stands.
      await store.transact((tx) => { tx.delete(rows, ROW); }, { durable: true }); // prettier-ignore
      row = false;
      rmSync(path, { force: true });
      forget();
    },
    isActive: () => look() || row,
    check: async () => {
      if (look()) return true;
      // Without the store the file decides.
      row = await readRow().then((facts) => facts !== undefined, () => row); // prettier-ignore
      return row;
    },
    facts: readRow,
  };
}
