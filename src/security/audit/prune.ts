import { closeSync, rmSync } from 'node:fs';
import { OrcError } from '../../kernel/errors.js';
import { firstLine, lineBefore, listLogFiles, type LogFile, openFile } from './files.js';
import type { AuditKey } from './key.js';
import type { AuditLog } from './log.js';
import { type AuditRecord, ownEvent, readRecord } from './record.js';
import { walk } from './walk.js';

/** A file that is old enough to go. */
export interface Prunable {
  readonly file: LogFile;
  readonly bytes: number;
  /** Number and MAC of its last record, as the file behind it says. */
  readonly last: number;
  readonly mac: string;
  /** Time of its last record. */
  readonly until: string;
}

/** The first and the last record of a file, unproven. */
function ends(file: LogFile): { first: AuditRecord | undefined; last: AuditRecord | undefined; bytes: number } {
  const opened = openFile(file.path, 'read');
  if (opened === undefined) return { first: undefined, last: undefined, bytes: 0 };
  try {
    const { size } = opened.stats;
    return { first: readRecord(firstLine(opened.fd)), last: readRecord(lineBefore(opened.fd, size)), bytes: size };
  } finally {
    closeSync(opened.fd);
  }
}

/**
 * The oldest files whose last record is older than a time. The file that is written to never is among them.
 * @throws ForeignFileError, or what the system says
 */
export function findPrunable(folder: string, before: number): Prunable[] {
  const files = listLogFiles(folder);
  const found: Prunable[] = [];
  for (const [index, file] of files.entries()) {
    const next = files[index + 1];
    if (next === undefined) break;
    const { last, bytes } = ends(file);
    const until = Date.parse(last?.timestamp ?? '');
    // A file that cannot be read goes with those around it, by the time of the one behind.
    const time = Number.isNaN(until) ? Date.parse(ends(next).first?.timestamp ?? '') : until;
    if (Number.isNaN(time) || time >= before) break;
    const mac = ends(next).first?.prev ?? '';
    found.push({ file, bytes, last: next.first - 1, mac, until: new Date(time).toISOString() });
  }
  return found;
}

export interface PruneOptions {
  readonly log: AuditLog;
  readonly keys: readonly AuditKey[];
  readonly reason: 'operator' | 'retention';
  /** Removes what does not verify, too. */
  readonly damaged: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The record of it names each file. */
const FILES_OF_A_RECORD = 50;

/**
 * Removes files. A signed record that says so is in the log before.
 * @returns how many records there were
 * @throws OrcError CONFLICT when a file does not verify, AUDIT_UNAVAILABLE
 */
export async function prune(files: readonly Prunable[], options: PruneOptions): Promise<number> {
  const { log, keys, reason, damaged, signal } = options;
  const { bad, records } = await walk({ files: files.map(({ file }) => file), keys, signal });
  if (signal?.aborted === true) return 0;
  if (bad !== undefined && !damaged)
    throw new OrcError(
      'CONFLICT',
      `Record ${String(bad.seq)} in ${bad.file} does not verify, so nothing was removed.`,
      {
        hint: 'Keep a copy and look into it: tmux-orc audit verify. With --damaged the files go all the same.',
      },
    );
  for (let from = 0; from < files.length; from += FILES_OF_A_RECORD) {
    const part = files.slice(from, from + FILES_OF_A_RECORD);
    const removed = part.map(({ file, last, mac }) => ({ file: file.name, first: file.first, last, mac }));
    await log.commit(
      ownEvent(log.self, 'audit_pruned', { reason, verified: bad === undefined, files: removed }, Date.now()),
    );
    for (const { file } of part) rmSync(file.path, { force: true });
  }
  return records;
}
