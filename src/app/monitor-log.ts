import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../kernel/clock.js';
import { fileName, numbersIn } from '../log/log-folder.js';
import { createSplitter, openFile, readRange } from '../security/audit/files.js';
import { serverStateFolder } from './state-folder.js';

/** Where the background process of a tmux server writes its log; the files of all others are in one place of their own. */
export const monitorLogFolder = (socketPath: string, env: NodeJS.ProcessEnv): string =>
  join(serverStateFolder(socketPath, env), 'monitor');

/** Behind the last line that was read. */
export interface LogPlace {
  readonly file: number;
  readonly bytes: number;
}

/** None where there is no folder yet. */
function filesIn(folder: string): number[] {
  try {
    return numbersIn(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Whole lines from a place on, and how many bytes they are. */
function linesFrom(folder: string, { file, bytes }: LogPlace): { readonly lines: string[]; readonly read: number } {
  const opened = openFile(join(folder, fileName(file)), 'read');
  if (opened === undefined) return { lines: [], read: 0 };
  try {
    const lines = createSplitter().push(readRange(opened.fd, bytes, opened.stats.size));
    const read = lines.reduce((sum, line) => sum + line.length + 1, 0);
    return { lines: lines.map((line) => line.toString('utf8')), read };
  } finally {
    closeSync(opened.fd);
  }
}

/** The file that is written now; undefined where nothing was ever written. */
export function currentLogFile(folder: string): string | undefined {
  const newest = filesIn(folder).at(-1);
  return newest === undefined ? undefined : join(folder, fileName(newest));
}

/**
 * The last lines, oldest first.
 * @throws ForeignFileError, or what the system says
 */
export function lastLogLines(folder: string, count: number): { readonly lines: string[]; readonly place: LogPlace } {
  let place: LogPlace | undefined;
  let lines: string[] = [];
  for (const file of filesIn(folder).reverse()) {
    const found = linesFrom(folder, { file, bytes: 0 });
    place ??= { file, bytes: found.read };
    lines = [...found.lines, ...lines];
    if (lines.length >= count) break;
  }
  return { lines: count === 0 ? [] : lines.slice(-count), place: place ?? { file: 0, bytes: 0 } };
}

const POLL_MS = 200;

/** Gives lines as they are written, also after another file was begun, until the signal aborts. */
export async function followLog(
  folder: string,
  from: LogPlace,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<void> {
  let place = from;
  while (!signal.aborted) {
    // Listed first: what is then read of a file that is not the last any more is all of it.
    const next = filesIn(folder).find((file) => file > place.file);
    const { lines, read } = linesFrom(folder, place);
    for (const line of lines) onLine(line);
    place = next === undefined ? { ...place, bytes: place.bytes + read } : { file: next, bytes: 0 };
    if (next === undefined) await sleep(POLL_MS, signal).catch(() => undefined);
  }
}
