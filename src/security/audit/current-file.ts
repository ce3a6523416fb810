import { closeSync, fchmodSync, fdatasyncSync, ftruncateSync, lstatSync, rmSync, type Stats, writeSync } from 'node:fs';
import { foreign, ForeignFileError, makePrivateFolder } from '../../config/private-files.js';
import { lineBefore, logFile, openFile, readRange } from './files.js';

/** A file of the log that is open for writing. */
export interface OpenFile {
  readonly first: number;
  /** When it was opened. */
  readonly size: number;
  /** It was not open before, so nobody knows yet what is in it. */
  readonly fresh: boolean;
  readonly read: (from: number, to: number) => Buffer;
  readonly lastLine: (end: number) => Buffer;
  /** All of it or nothing. @throws what the system says */
  readonly write: (bytes: Buffer, at: number) => void;
  readonly cut: (end: number) => void;
}

/** The file that is written to; it stays open between two writes. Only for use while the head is locked. */
export interface CurrentFile {
  /**
   * Opens it, anew when another file has its name by now.
   * @returns undefined when there is none
   * @throws ForeignFileError, or what the system says
   */
  readonly open: (first: number) => OpenFile | undefined;
  /** @throws when there is one already, ForeignFileError, or what the system says */
  readonly create: (first: number) => OpenFile;
  /** Removes a file that has no record of the log in it. */
  readonly discard: (first: number) => void;
  readonly close: () => void;
}

const MODE = 0o600;

function writeAll(fd: number, bytes: Buffer, at: number): void {
  try {
    // A disk that is almost full, or a bound on the size of files, takes a part without an error.
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
  } catch (error) {
    ftruncateSync(fd, at);
    throw error;
  }
}

/** @param root the state folder, which the folder of the log is in */
export function createCurrentFile(root: string, folder: string): CurrentFile {
  let now: { readonly first: number; readonly fd: number; readonly ino: number } | undefined;

  const pathOf = (first: number): string => logFile(folder, first).path;
  const close = (): void => {
    if (now !== undefined) closeSync(now.fd);
    now = undefined;
  };
  const take = (first: number, use: 'write' | 'create'): Stats | undefined => {
    if (now !== undefined && now.first !== first) fdatasyncSync(now.fd);
    close();
    makePrivateFolder(root, folder);
    const file = openFile(pathOf(first), use);
    if (file === undefined) return undefined;
    now = { first, fd: file.fd, ino: file.stats.ino };
    // Making it obeys the umask, and it may be older than we are.
    if ((file.stats.mode & 0o777) !== MODE) fchmodSync(file.fd, MODE);
    return file.stats;
  };
  const give = (fd: number, facts: Pick<OpenFile, 'first' | 'size' | 'fresh'>): OpenFile => ({
    ...facts,
    read: (from, to) => readRange(fd, from, to),
    lastLine: (end) => lineBefore(fd, end),
    write: (bytes, at) => {
      writeAll(fd, bytes, at);
    },
    cut: (end) => {
      ftruncateSync(fd, end);
    },
  });

  return {
    open: (first) => {
      const stats = lstatSync(pathOf(first), { throwIfNoEntry: false });
      if (stats === undefined) return undefined;
      const reason = foreign(stats, 'file');
      if (reason !== undefined) throw new ForeignFileError('file', reason);
      if (now?.first === first && now.ino === stats.ino) return give(now.fd, { first, size: stats.size, fresh: false });
      const taken = take(first, 'write');
      return taken === undefined || now === undefined
        ? undefined
        : give(now.fd, { first, size: taken.size, fresh: true });
    },
    create: (first) => {
      take(first, 'create');
      if (now === undefined) throw new Error('a file of the log was not made');
      return give(now.fd, { first, size: 0, fresh: false });
    },
    discard: (first) => {
      if (now?.first === first) close();
      rmSync(pathOf(first), { force: true });
    },
    close,
  };
}
