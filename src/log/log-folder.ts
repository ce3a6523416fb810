import { closeSync, constants, fstatSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateFile, makePrivateFolder } from '../config/private-files.js';

export interface LogFolderOptions {
  /** The state folder. */
  readonly root: string;
  readonly folder: string;
  readonly maxBytes?: number;
  readonly keep?: number;
}

/** Files of lines that all processes append to. */
export interface LogFolder {
  /** @throws ForeignFileError, or what the system says; the line is lost then */
  readonly append: (line: string) => void;
  readonly close: () => void;
}

const MAX_BYTES = 4_194_304;
const KEEP = 5;
const MAX_TRIES = 50;

const NAME = /^([0-9]{6,12})\.jsonl$/;
/** A file is named by its number. */
export const fileName = (number: number): string => `${String(number).padStart(6, '0')}.jsonl`;

/** The numbers of its files, the oldest first. @throws what the system says */
export function numbersIn(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function ignoringMissing<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const { O_WRONLY, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * The newest file is the one with the highest number. Whoever finds it full begins the next, and the oldest goes. No
 * file is ever renamed and a line is one write, so processes need no lock: they all see the same file as the newest,
 * and two that begin the next one begin the same.
 */
export function createLogFolder(options: LogFolderOptions): LogFolder {
  const { root, folder, maxBytes = MAX_BYTES, keep = KEEP } = options;
  let fd: number | undefined;
  let torn = false;

  const newestNumber = (): number => {
    const newest = numbersIn(folder).at(-1) ?? 1;
    const size = statSync(join(folder, fileName(newest)), { throwIfNoEntry: false })?.size ?? 0;
    return size < maxBytes ? newest : newest + 1;
  };
  /** @returns undefined when others have gone on to a later file meanwhile, or removed this one */
  const tryToOpen = (): number | undefined => {
    const number = newestNumber();
    const path = join(folder, fileName(number));
    const opened = ignoringMissing(() => {
      makePrivateFile(path);
      return openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
    });
    if (opened === undefined) return undefined;
    const numbers = numbersIn(folder);
    const newest = numbers.at(-1) ?? number;
    for (const old of numbers) if (old <= newest - keep) rmSync(join(folder, fileName(old)), { force: true });
    if (newest === number) return opened;
    closeSync(opened);
    return undefined;
  };
  const open = (): number => {
    makePrivateFolder(root, folder);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const opened = tryToOpen();
      if (opened === undefined) continue;
      torn = false;
      return opened;
    }
    throw Object.assign(new Error('others change the files all the time'), { code: 'EBUSY' });
  };
  const close = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  /** Nobody has filled or removed it. */
  const usable = (opened: number): boolean => {
    const { nlink, size } = fstatSync(opened);
    return nlink > 0 && size < maxBytes;
  };

  return {
    append: (line) => {
      if (fd !== undefined && !usable(fd)) close();
      fd ??= open();
      const bytes = Buffer.from(torn ? `\n${line}` : line);
      // A disk that is almost full takes a part and says nothing.
      torn = writeSync(fd, bytes) < bytes.length;
      if (torn) throw Object.assign(new Error('a line was cut'), { code: 'ENOSPC' });
    },
    close,
  };
}
