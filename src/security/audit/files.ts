import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { foreign, ForeignFileError } from '../../config/private-files.js';

/** One file of the log. Its name is the number of its first record, so names sort and tell what is missing. */
export interface LogFile {
  readonly first: number;
  readonly name: string;
  readonly path: string;
}

/** Longer than any record: names in it are cut, and the number of arguments is bounded. */
export const MAX_LINE_BYTES = 65_536;

const DIGITS = 12;

export const fileName = (first: number): string => `${String(first).padStart(DIGITS, '0')}.jsonl`;

export function logFile(folder: string, first: number): LogFile {
  const name = fileName(first);
  return { first, name, path: join(folder, name) };
}

/** The files of the log in their order; other files are passed over. Empty when there is no folder. */
export function listLogFiles(folder: string): LogFile[] {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  const reason = foreign(stats, 'folder');
  if (reason !== undefined) throw new ForeignFileError('folder', reason);
  return readdirSync(folder)
    .filter((name) => /^[0-9]{12}\.jsonl$/.test(name))
    .sort()
    .map((name) => logFile(folder, Number(name.slice(0, DIGITS))));
}

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
const FLAGS = { read: O_RDONLY, write: O_RDWR, create: O_RDWR | O_CREAT | O_EXCL } as const;

/**
 * Opens a file that is ours: not through a link, and not waiting for whoever writes to a FIFO.
 * @returns undefined when there is none
 * @throws ForeignFileError, or what the system says
 */
export function openFile(
  path: string,
  use: keyof typeof FLAGS,
): { readonly fd: number; readonly stats: Stats } | undefined {
  let fd: number;
  try {
    fd = openSync(path, FLAGS[use] | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && use !== 'create') return undefined;
    // O_NOFOLLOW says ELOOP, and something without a reader or that is a folder says these.
    if (code === 'ELOOP') throw new ForeignFileError('file', 'link');
    if (code === 'ENXIO' || code === 'EISDIR') throw new ForeignFileError('file', 'other kind');
    throw error;
  }
  const stats = fstatSync(fd);
  const reason = foreign(stats, 'file');
  if (reason === undefined) return { fd, stats };
  closeSync(fd);
  throw new ForeignFileError('file', reason);
}

/** Cuts bytes into lines. */
export interface Splitter {
  /** The lines that end in these bytes, without their ends. */
  readonly push: (chunk: Buffer) => Buffer[];
  /** What came after the last end of a line. */
  readonly rest: () => Buffer;
}

const NEWLINE = 0x0a;

/** Bytes that are pushed are kept, so each chunk has to be a buffer of its own. */
export function createSplitter(): Splitter {
  let rest: Buffer = Buffer.alloc(0);
  return {
    push: (chunk) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const lines: Buffer[] = [];
      let from = 0;
      for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, from)) {
        lines.push(bytes.subarray(from, at));
        from = at + 1;
      }
      rest = bytes.subarray(from);
      return lines;
    },
    rest: () => rest,
  };
}

const CHUNK_BYTES = 262_144;

/** A part of a file: whole lines, and at its end what is no whole line. */
export interface Part {
  readonly lines: readonly Buffer[];
  readonly torn: Buffer | undefined;
}

/**
 * A file piece by piece, in constant memory: a line that is too long for a record ends it as a torn one.
 * @throws ForeignFileError, or what the system says; ENOENT when it is not there
 */
export async function* readParts(path: string, from = 0): AsyncGenerator<Part> {
  // Checked first: opening a FIFO would wait for ever.
  const checked = openFile(path, 'read');
  if (checked === undefined) throw Object.assign(new Error('a file of the log is not there'), { code: 'ENOENT' });
  closeSync(checked.fd);
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const splitter = createSplitter();
    for (let at = from; ;) {
      const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      const lines = splitter.push(chunk.subarray(0, bytesRead));
      if (lines.length > 0) yield { lines, torn: undefined };
      if (splitter.rest().length > MAX_LINE_BYTES) break;
    }
    const torn = splitter.rest();
    if (torn.length > 0) yield { lines: [], torn };
  } finally {
    await file.close();
  }
}

/** A piece of an open file; shorter when the file ends before. */
export function readRange(fd: number, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, to - from));
  let done = 0;
  while (done < bytes.length) {
    const read = readSync(fd, bytes, done, bytes.length - done, from + done);
    if (read === 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}

/** The last whole line that ends at a place, without its end. */
export function lineBefore(fd: number, end: number): Buffer {
  const bytes = readRange(fd, Math.max(0, end - MAX_LINE_BYTES), end);
  if (bytes.at(-1) !== NEWLINE) return Buffer.alloc(0);
  return bytes.subarray(bytes.lastIndexOf(NEWLINE, -2) + 1, -1);
}

/** The first line, without its end. */
export function firstLine(fd: number): Buffer {
  const bytes = readRange(fd, 0, MAX_LINE_BYTES);
  return bytes.subarray(0, Math.max(0, bytes.indexOf(NEWLINE)));
}
