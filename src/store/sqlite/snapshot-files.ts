import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, lstatSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { foreign } from '../../config/private-files.js';
import { inOrder, KEPT_SNAPSHOTS, type Snapshot } from '../snapshots.js';
import type { Place } from './connection.js';

export const snapshotFolder = ({ folder }: Place): string => join(folder, 'snapshots');

/** See `Snapshots.id`. */
export const storeId = ({ root, folder, name }: Place): string => join(relative(root, folder), name);

const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/;
const baseOf = ({ name }: Place): string => name.replace(/\.db$/, '');

export function snapshotPath(place: Place, at: number): string {
  const stamp = new Date(at).toISOString().replaceAll(/[-:.]/g, '');
  return join(snapshotFolder(place), `${baseOf(place)}-${stamp}.db`);
}

/** Where a copy is made before it has its name. */
export const unfinishedPath = (folder: string): string => join(folder, `.${randomBytes(6).toString('hex')}.part`);
const UNFINISHED = /^\.[0-9a-f]{12}\.part(?:-journal)?$/;
const ABANDONED_MS = 3_600_000;

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** @returns undefined for what is none of ours */
export function snapshotAt(path: string, name: string, at: number): Snapshot | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined || foreign(stats, 'file') !== undefined
    ? undefined
    : { name, path, at, bytes: stats.size };
}

/** In their order; others' files are passed over. */
export function listSnapshots(place: Place, now: number): Snapshot[] {
  const folder = snapshotFolder(place);
  const [begin, end] = [`${baseOf(place)}-`, '.db'];
  const found = namesIn(folder).flatMap((file) => {
    const stamp = file.startsWith(begin) && file.endsWith(end) ? file.slice(begin.length, -end.length) : '';
    const at = Date.parse(stamp.replace(STAMP, '$1-$2-$3T$4:$5:$6.$7Z'));
    if (!STAMP.test(stamp) || Number.isNaN(at)) return [];
    return snapshotAt(join(folder, file), file.slice(0, -end.length), at) ?? [];
  });
  return inOrder(found, now);
}

/** Removes what is too many, and what was left unfinished long ago. */
export function pruneSnapshots(place: Place, now: number): void {
  const folder = snapshotFolder(place);
  for (const { path } of listSnapshots(place, now).slice(KEPT_SNAPSHOTS)) rmSync(path, { force: true });
  for (const path of namesIn(folder)
    .filter((name) => UNFINISHED.test(name))
    .map((name) => join(folder, name))) {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && Math.abs(Date.now() - stats.mtimeMs) > ABANDONED_MS) rmSync(path, { force: true });
  }
}

/** Brings a file, or the names in a folder, to the disk. @throws what the system says */
export function sync(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Gives a file that was made whole its name, for good. @throws what the system says */
export function settle(from: string, to: string): void {
  sync(from);
  renameSync(from, to);
  sync(dirname(to));
}
