import { closeSync } from 'node:fs';
import { abortError, sleep } from '../../kernel/clock.js';
import { createSplitter, listLogFiles, type LogFile, openFile, readParts, readRange } from './files.js';
import { type AuditRecord, readRecord } from './record.js';

/** Which records are wanted. */
export interface RecordFilter {
  readonly caller?: string | undefined;
  readonly operation?: string | undefined;
  /** A status or an error code. */
  readonly outcome?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly since?: number | undefined;
}

export function matches({ actor, action, outcome, timestamp }: AuditRecord, filter: RecordFilter): boolean {
  const { caller, operation, since } = filter;
  const wanted = filter.outcome?.toLowerCase();
  const ends = [outcome?.status, outcome?.error_code?.toLowerCase()];
  return (
    (caller === undefined || actor.caller === caller) &&
    (operation === undefined || action.operation === operation) &&
    (wanted === undefined || ends.includes(wanted)) &&
    (since === undefined || Date.parse(timestamp) >= since)
  );
}

/** A place in the log: behind the last record that was read. */
export interface Place {
  readonly file: number;
  readonly bytes: number;
}

/** Records as they stand there; they are not proven. */
export interface Tail {
  readonly records: readonly AuditRecord[];
  readonly place: Place;
}

/** The last records of one file that are wanted, and how much of it holds whole lines. */
async function lastOf(
  { path }: LogFile,
  count: number,
  wanted: (record: AuditRecord) => boolean,
): Promise<{ readonly found: readonly AuditRecord[]; readonly bytes: number }> {
  const found: AuditRecord[] = [];
  let bytes = 0;
  for await (const { lines } of readParts(path))
    for (const line of lines) {
      bytes += line.length + 1;
      const record = readRecord(line);
      if (record !== undefined && wanted(record)) found.push(record);
      if (found.length > count) found.shift();
    }
  return { found, bytes };
}

/**
 * The last records that are wanted, oldest first.
 * @param mostBytes no further file is begun once so much was read
 * @throws ForeignFileError, or what the system says
 */
export async function lastRecords(
  folder: string,
  count: number,
  wanted: (record: AuditRecord) => boolean,
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<Tail> {
  let place: Place | undefined;
  let records: AuditRecord[] = [];
  let read = 0;
  for (const file of listLogFiles(folder).reverse()) {
    const { found, bytes } = await lastOf(file, count, wanted);
    place ??= { file: file.first, bytes };
    records = [...found, ...records].slice(-count);
    read += bytes;
    if (records.length >= count || read >= mostBytes) break;
  }
  return { records: count === 0 ? [] : records, place: place ?? { file: 0, bytes: 0 } };
}

function readOn(path: string, from: number): Buffer {
  const opened = openFile(path, 'read');
  if (opened === undefined) return Buffer.alloc(0);
  try {
    return readRange(opened.fd, from, opened.stats.size);
  } finally {
    closeSync(opened.fd);
  }
}

const POLL_MS = 200;

/**
 * Gives records as they are written, also after another file was begun, until the signal aborts.
 * @throws OrcError CANCELLED then; ForeignFileError, or what the system says
 */
export async function followRecords(
  folder: string,
  from: Place,
  signal: AbortSignal,
  onRecord: (record: AuditRecord) => void,
): Promise<never> {
  let { file, bytes } = from;
  for (;;) {
    // Listed first: what is then read of a file that is not the last any more is all of it.
    const files = listLogFiles(folder);
    const current = files.find(({ first }) => first === file);
    if (current !== undefined)
      for (const line of createSplitter().push(readOn(current.path, bytes))) {
        bytes += line.length + 1;
        const record = readRecord(line);
        if (record !== undefined) onRecord(record);
      }
    const next = files.find(({ first }) => first > file);
    if (next === undefined) await sleep(POLL_MS, signal);
    else [file, bytes] = [next.first, 0];
    if (signal.aborted) throw abortError(signal);
  }
}
