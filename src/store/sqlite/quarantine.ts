import { randomBytes } from 'node:crypto';
import { closeSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { busyError } from './driver.js';

/** A repair takes milliseconds; a lock that is older was left behind. */
const STALE_LOCK_MS = 10_000;

function lock(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > STALE_LOCK_MS) rmSync(path, { force: true });
    throw busyError();
  }
}

/**
 * Sets a damaged database and its log aside under another name, unless another process has done so: then another file
 * has its name by now.
 * @param inode of the file that is damaged
 * @returns the new name, without its folder; undefined when nothing was done
 * @throws StoreError busy while another process does it
 */
export function quarantine(path: string, inode: number, now: Date = new Date()): string | undefined {
  const lockPath = `${path}.repair`;
  lock(lockPath);
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.ino !== inode) return undefined;
    const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const aside = `${path}.corrupt-${stamp}-${randomBytes(2).toString('hex')}`;
    // The log first: beside a new database it would be taken for its own.
    for (const part of ['-wal', '-shm', ''])
      if (lstatSync(`${path}${part}`, { throwIfNoEntry: false }) !== undefined)
        renameSync(`${path}${part}`, `${aside}${part}`);
    return basename(aside);
  } finally {
    rmSync(lockPath, { force: true });
  }
}
