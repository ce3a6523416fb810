import { chmodSync, closeSync, lstatSync, mkdirSync, openSync, type Stats } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { OrcError } from '../kernel/errors.js';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** Why a file or folder is not ours to use. */
export type Foreign = 'link' | 'other kind' | 'other owner';

/** @returns what is wrong with it; a mode that is too wide is not, because it can be set right. */
export function foreign(stats: Stats, kind: 'folder' | 'file'): Foreign | undefined {
  if (stats.isSymbolicLink()) return 'link';
  if (!(kind === 'folder' ? stats.isDirectory() : stats.isFile())) return 'other kind';
  return stats.uid === process.getuid?.() ? undefined : 'other owner';
}

/** Somebody else's file or folder stands where one of ours belongs. The message names no path. */
export class ForeignFileError extends OrcError {
  constructor(kind: 'folder' | 'file', reason: Foreign) {
    const what = { link: 'a symbolic link', 'other kind': `no ${kind}`, 'other owner': "another user's" }[reason];
    super('INTERNAL', `A ${kind} of the state is ${what}.`, {
      hint: 'tmux-orc doctor says which; XDG_STATE_HOME can name another place.',
    });
  }
}

function check(path: string, kind: 'folder' | 'file', mode: number): void {
  const stats = lstatSync(path);
  const reason = foreign(stats, kind);
  if (reason !== undefined) throw new ForeignFileError(kind, reason);
  // Making it obeys the umask, and it may be older than we are.
  if ((stats.mode & 0o777) !== mode) chmodSync(path, mode);
}

/**
 * Makes the folders from `root` down to `path`, all ours alone (0700) whatever the umask is. What lies above `root` is
 * the user's, who may have links there.
 * @throws ForeignFileError, or what the system says
 */
export function makePrivateFolder(root: string, path: string = root): void {
  mkdirSync(dirname(root), { recursive: true, mode: FOLDER_MODE });
  const names = relative(root, path)
    .split(sep)
    .filter((name) => name !== '');
  let folder = root;
  for (const name of ['', ...names]) {
    folder = join(folder, name);
    try {
      mkdirSync(folder, { mode: FOLDER_MODE });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    check(folder, 'folder', FOLDER_MODE);
  }
}

/**
 * Makes an empty file that only we can read and write (0600), or checks the one that is there.
 *
 * One that is there is not opened: closing it would drop the locks that a database of this process holds on it
 * (fcntl(2), "Advisory record locking").
 * @throws ForeignFileError, or what the system says
 */
export function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', FILE_MODE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  check(path, 'file', FILE_MODE);
}
