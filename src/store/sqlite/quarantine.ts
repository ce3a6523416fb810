import { randomBytes } from 'node:crypto';
import { closeSync, constants, copyFileSync, linkSync, lstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { busyError } from './driver.js';

/** A repair takes milliseconds; a lock that is older was left behind. */
const STALE_LOCK_MS = 10_000;

const lockOf = (path: string): string => `${path}.repair`;

/** Whether another process is setting the database aside. A lock that was left behind is removed. */
export function repairGoesOn(path: string): boolean {
  const stats = lstatSync(lockOf(path), { throwIfNoEntry: false });
  if (stats === undefined) return false;
  if (Math.abs(Date.now() - stats.mtimeMs) <= STALE_LOCK_MS) return true;
  rmSync(lockOf(path), { force: true });
  return false;
}

function lock(path: string): void {
  try {
    closeSync(openSync(lockOf(path), 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    repairGoesOn(path);
    throw busyError();
  }
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** Keeps the file under another name too. */
function keep(path: string, aside: string): void {
  try {
    linkSync(path, aside);
  } catch {
    // Not every file system has hard links.
    copyFileSync(path, aside, constants.COPYFILE_EXCL);
  }
}

/**
 * Sets a damaged database and its log aside under another name, unless another process has done so: then another file
 * has its name by now.
 * @param inode of the file that is damaged
 * @param successor makes the file that takes its place, if there is one: its path, in the same folder
 * @returns the new name, without its folder; undefined when nothing was done
 * @throws StoreError busy while another process does it
 */
export function quarantine(
  path: string,
  inode: number,
  successor: () => string | undefined = () => undefined,
  now: Date = new Date(),
): string | undefined {
  lock(path);
  let next: string | undefined;
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.ino !== inode) return undefined;
    next = successor();
    const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const aside = `${path}.corrupt-${stamp}-${randomBytes(2).toString('hex')}`;
    // The log first: beside a new database it would be taken for its own.
    for (const part of ['-wal', '-shm']) if (isThere(`${path}${part}`)) renameSync(`${path}${part}`, `${aside}${part}`);
    if (next === undefined) {
      renameSync(path, aside);
    } else {
      // The name is never free: who opened it then would begin a new database, with a log that stays.
      keep(path, aside);
      renameSync(next, path);
    }
    return basename(aside);
  } finally {
    if (next !== undefined) rmSync(next, { force: true });
    rmSync(lockOf(path), { force: true });
  }
}
