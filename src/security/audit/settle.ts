import type { Because } from './because.js';
import type { CurrentFile, OpenFile } from './current-file.js';
import { createSplitter, listLogFiles, type LogFile } from './files.js';
import { type Head, NO_HEAD } from './head.js';
import type { AuditKey } from './key.js';
import { type AuditRecord, isSealed, NO_MAC, readRecord } from './record.js';

/** Where to go on writing. */
export interface Settled {
  readonly head: Head;
  /** The open file to go on in; undefined when a new one has to begin. */
  readonly file: OpenFile | undefined;
  readonly because: Because | undefined;
  /** Records that a process had written but not reported when it ended. */
  readonly adopted: number;
  /** Bytes of what was no record, cut off the end. */
  readonly cut: number;
}

/** The records that follow on a link, one after the other. */
function chained(
  bytes: Buffer,
  from: Pick<Head, 'seq' | 'mac'>,
  key: AuditKey,
): { records: AuditRecord[]; end: number } {
  const records: AuditRecord[] = [];
  let { seq, mac } = from;
  let end = 0;
  for (const line of createSplitter().push(bytes)) {
    const record = isSealed(line, key) ? readRecord(line) : undefined;
    if (record?.seq !== seq + 1 || record.prev !== mac) break;
    ({ seq, mac } = record);
    records.push(record);
    end += line.length + 1;
  }
  return { records, end };
}

function moved(head: Head, records: readonly AuditRecord[], file: number, bytes: number): Head {
  const last = records.at(-1);
  if (last === undefined) return head;
  const { seq, mac, mono, boot } = last;
  const begun = file === head.file ? head.begun : Date.parse(records[0]?.timestamp ?? '');
  return { ...head, seq, mac, mono, boot, file, bytes, begun, wall: Date.parse(last.timestamp) };
}

/** Takes over what was written behind the head, in the file and in one that was just begun; cuts off what is torn. */
function adopt(files: CurrentFile, from: Head, at: OpenFile, key: AuditKey): Settled {
  let [head, file, adopted, cut] = [from, at, 0, 0];
  const take = (): boolean => {
    const start = file.first === head.file ? head.bytes : 0;
    if (file.size <= start) return false;
    const { records, end } = chained(file.read(start, file.size), head, key);
    if (start + end < file.size) {
      file.cut(start + end);
      cut += file.size - start - end;
    }
    head = moved(head, records, file.first, start + end);
    adopted += records.length;
    return records.length > 0;
  };
  take();
  if (from.beginning === true)
    for (let next = files.open(head.seq + 1); next !== undefined; next = files.open(head.seq + 1)) {
      file = next;
      if (take()) continue;
      files.discard(next.first);
      break;
    }
  const current = file === at ? at : files.open(head.file);
  return { head, file: current, because: current === undefined ? 'missing' : undefined, adopted, cut };
}

/**
 * A new file has to begin. One that was begun for it already, by who did not come to report it, is gone on with.
 */
function beginAnew(files: CurrentFile, head: Head, because: Because, key: AuditKey): Settled {
  const none: Settled = { head, file: undefined, because, adopted: 0, cut: 0 };
  const next = files.open(head.seq + 1);
  if (next === undefined) return none;
  const { records, end } = chained(next.read(0, next.size), head, key);
  if (records.length > 0) {
    const { adopted, ...settled } = adopt(files, { ...moved(head, records, next.first, end), key: key.id }, next, key);
    return { ...settled, adopted: adopted + records.length };
  }
  files.discard(next.first);
  return { ...none, cut: next.size };
}

/** The store forgot where the log ends: the last file tells. A new one begins in any case, to say so. */
function findAgain(files: CurrentFile, last: LogFile, key: AuditKey): Settled | undefined {
  const file = files.open(last.first);
  if (file === undefined) return undefined;
  const bytes = file.read(0, file.size);
  const lines = createSplitter();
  const all = lines.push(bytes).map(readRecord);
  const before = { seq: file.first - 1, mac: all[0]?.prev ?? NO_MAC };
  const { records, end } = chained(bytes, before, key);
  const torn = lines.rest().length;
  // Whole lines stay, also wrong ones: they are for `audit verify` to find.
  if (torn > 0 && end + torn === bytes.length) file.cut(end);
  const empty: Head = { ...NO_HEAD, ...before, file: file.first, key: key.id };
  const unproven = { ...empty, seq: Math.max(file.first, all.at(-1)?.seq ?? 0), mac: all.at(-1)?.mac ?? before.mac };
  const head = records.length > 0 ? moved(empty, records, file.first, end) : unproven;
  return { head, file: undefined, because: 'head_lost', adopted: 0, cut: records.length > 0 ? torn : 0 };
}

/**
 * Finds the place to write at. Called with the head locked; done again it finds the same.
 * @returns undefined when there is no log yet
 * @throws ForeignFileError, or what the system says
 */
export function settle(files: CurrentFile, folder: string, head: Head | undefined, key: AuditKey): Settled | undefined {
  if (head === undefined) {
    const last = listLogFiles(folder).at(-1);
    return last === undefined ? undefined : findAgain(files, last, key);
  }
  const anew = (because: Because): Settled => beginAnew(files, head, because, key);
  if (head.seq === 0) return anew('first');
  if (head.key !== key.id) return anew('key');
  const file = files.open(head.file);
  if (file === undefined) return anew('missing');
  if (file.size < head.bytes) return anew('shorter');
  const changed = file.fresh && !file.lastLine(head.bytes).toString('latin1').endsWith(`"mac":"${head.mac}"}`);
  return changed ? anew('changed') : adopt(files, head, file, key);
}
