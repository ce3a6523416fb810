import { existsSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { makePrivateFile, makePrivateFolder } from '../../config/private-files.js';
import type { BootClock } from '../../kernel/boot-clock.js';
import { isDue, type Snapshot, type Snapshots } from '../snapshots.js';
import { StoreError } from '../store.js';
import { type Connection, pathOf, type Place } from './connection.js';
import { sealCopy } from './copy.js';
import { loadDriver, storeError } from './driver.js';
import * as files from './snapshot-files.js';

/** Does something with the open database, again where others or damage are in the way. @throws StoreError */
export type Attempt = <T>(work: (connection: Connection) => T, signal: AbortSignal | undefined) => Promise<T>;

/** @throws StoreError */
function telling(work: () => void): void {
  try {
    work();
  } catch (error) {
    throw storeError(error);
  }
}

/** Copies of a database that others go on writing to. */
export function createSnapshots(place: Place, clock: BootClock, attempt: Attempt): Snapshots {
  const id = files.storeId(place);
  const list = (now = clock().wall): Snapshot[] => files.listSnapshots(place, now);

  /** The copy has no other name than an unfinished one before it is whole, checked and on the disk. */
  const make = async (path: string, at: number, signal: AbortSignal | undefined): Promise<Snapshot> => {
    const driver = await loadDriver();
    const part = files.unfinishedPath(dirname(path));
    try {
      await attempt((connection) => {
        telling(() => {
          rmSync(part, { force: true });
          makePrivateFile(part);
        });
        connection.run('copy', part);
      }, signal);
      telling(() => {
        sealCopy(driver, part, { id, at });
        files.settle(part, path);
      });
    } finally {
      rmSync(part, { force: true });
    }
    const made = files.snapshotAt(path, basename(path, '.db'), at);
    if (made === undefined) throw new StoreError('failed', 'The copy of the store is gone.');
    return made;
  };

  return {
    id,
    list,
    due: (now = clock().wall) => existsSync(pathOf(place)) && isDue(list(now), now),
    take: async ({ now = clock().wall, signal } = {}) => {
      telling(() => {
        makePrivateFolder(place.root, files.snapshotFolder(place));
      });
      const made = await make(files.snapshotPath(place, now), now, signal);
      files.pruneSnapshots(place, now);
      return made;
    },
    copyTo: (path, { signal } = {}) => make(path, clock().wall, signal),
  };
}
