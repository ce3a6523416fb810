import { closeSync } from 'node:fs';
import type { StoreTime, Transaction } from '../../store/store.js';
import { type Because, isNotAsLeft } from './because.js';
import { createCurrentFile } from './current-file.js';
import { createSplitter, fileName, listLogFiles, openFile, readRange } from './files.js';
import { type Head, NO_HEAD, readHead, writeHead } from './head.js';
import type { AuditKey } from './key.js';
import { type Actor, type Draft, draft, ownEvent, readRecord, seal } from './record.js';
import { settle, type Settled } from './settle.js';

/** A record that waits to be written. */
export interface Entry {
  readonly draft: Draft;
  /** On the clock of the process. */
  readonly at: number;
}

export interface Appended {
  readonly head: Head;
  readonly settled: Settled;
  /** Enough records were written since the last anchor. */
  readonly anchor: boolean;
  /** Why a file was begun, if one was. */
  readonly begun: Because | undefined;
}

/** Nothing was written: the store was only prepared for it, or the log was signed with another key up to now. */
export type NotYet = 'prepared' | 'other key';

export interface Appender {
  /**
   * Writes records behind the last one: the body of a transaction, which may run several times.
   * @param sure a new key is meant, and a new file begins with it
   * @throws ForeignFileError, StoreError, or what the system says; then nothing of it is in the log
   */
  readonly append: (tx: Transaction, entries: readonly Entry[], key: AuditKey, sure: boolean) => Appended | NotYet;
  readonly close: () => void;
}

export interface AppenderOptions {
  /** The state folder. */
  readonly root: string;
  /** The folder of the log, in it. */
  readonly folder: string;
  /** Size and age from which a file is followed by another. */
  readonly maxBytes: () => number;
  readonly maxAgeMs: () => number;
  /** This process. */
  readonly self: Actor;
}

const ANCHOR_EVERY = 100;
/** Less is the clock being set right, or a busy machine. */
const JUMP_MS = 1000;

const idOf = (id: string, pending: boolean): string => `${id}${pending ? ' pending' : ''}`;

/** Ids of the records between two places. */
function idsBetween(folder: string, from: Head, to: Head): Set<string> {
  const ids = new Set<string>();
  for (const { first, path } of listLogFiles(folder)) {
    if (first < from.file || first > to.file) continue;
    const opened = openFile(path, 'read');
    if (opened === undefined) continue;
    try {
      const bytes = readRange(opened.fd, first === from.file ? from.bytes : 0, opened.stats.size);
      for (const record of createSplitter().push(bytes).map(readRecord))
        if (record !== undefined) ids.add(idOf(record.event_id, record.outcome?.status === 'pending'));
    } finally {
      closeSync(opened.fd);
    }
  }
  return ids;
}

/** Finds out which records stand in the log although their commit failed. */
function createMissing(folder: string): (entries: readonly Entry[], head: Head) => readonly Entry[] {
  /** Where the log ended when an entry was first tried; it can only stand behind that. */
  const tried = new WeakMap<Entry, Head>();
  return (entries, head) => {
    let earlier: Head | undefined;
    for (const entry of entries) {
      const at = tried.get(entry);
      if (at === undefined) tried.set(entry, head);
      else if (earlier === undefined || at.seq < earlier.seq) earlier = at;
    }
    if (earlier === undefined || earlier.seq === head.seq) return entries;
    const ids = idsBetween(folder, earlier, head);
    return entries.filter(({ draft: { id, pending } }) => !ids.has(idOf(id, pending)));
  };
}

/** Lines that follow on a link. */
function link(
  entries: readonly Entry[],
  from: Head,
  now: StoreTime,
  key: AuditKey,
): { bytes: Buffer; seq: number; mac: string } {
  let { seq, mac } = from;
  let text = '';
  const time = performance.now();
  for (const { draft: given, at } of entries) {
    const sealed = seal(given, { seq: ++seq, prev: mac, mono: now.mono - (time - at), boot: now.boot }, key);
    text += sealed.line;
    ({ mac } = sealed);
  }
  return { bytes: Buffer.from(text), seq, mac };
}

function own(self: Actor, operation: string, facts: Readonly<Record<string, unknown>>, { wall }: StoreTime): Entry {
  return { draft: draft(ownEvent(self, operation, facts, wall), wall), at: performance.now() };
}

/** What the log has to say of itself before anything else. */
function notes({ head, adopted, cut }: Settled, now: StoreTime, self: Actor): Entry[] {
  const found: Entry[] = [];
  if (cut > 0) found.push(own(self, 'audit_recovered', { adopted, cut_bytes: cut }, now));
  if (head.seq === 0 || head.boot !== now.boot) return found;
  const jumped = Math.round(now.wall - head.wall - (now.mono - head.mono));
  if (Math.abs(jumped) >= JUMP_MS) found.push(own(self, 'clock_jump', { jumped_ms: jumped }, now));
  return found;
}

/** The first record of a file: it ties the file to the one before, and names the key. */
function header(head: Head, because: Because, key: AuditKey, now: StoreTime, self: Actor): Entry {
  const previous = head.file === 0 ? {} : { previous: fileName(head.file) };
  const expected = isNotAsLeft(because) ? { expected_bytes: head.bytes } : {};
  const file = fileName(head.seq + 1);
  return own(self, 'audit_file', { file, key: key.id, because, ...previous, ...expected }, now);
}

export function createAppender({ root, folder, maxBytes, maxAgeMs, self }: AppenderOptions): Appender {
  const files = createCurrentFile(root, folder);
  const missing = createMissing(folder);

  /** Why these bytes belong into a new file, if they do. */
  const reason = ({ head, because }: Settled, more: number, now: StoreTime): Because | undefined => {
    if (because !== undefined) return because;
    if (head.bytes + more > maxBytes()) return 'size';
    return now.wall - head.begun > maxAgeMs() ? 'age' : undefined;
  };
  const writeNew = (bytes: Buffer, first: number): void => {
    const file = files.create(first);
    try {
      file.write(bytes, 0);
    } catch (error) {
      files.discard(first);
      throw error;
    }
  };

  const append: Appender['append'] = (tx, entries, key, sure) => {
    const { now } = tx;
    const before = readHead(tx);
    if (before !== undefined && before.seq > 0 && before.key !== key.id && !sure) return 'other key';
    const settled = settle(files, folder, before, key);
    if (settled === undefined) {
      writeHead(tx, NO_HEAD);
      return 'prepared';
    }
    const { head: from } = settled;
    const all = [...notes(settled, now, self), ...missing(entries, from)];
    const time = { wall: now.wall, mono: now.mono, boot: now.boot };
    const finish = ({ beginning: _, ...head }: Head, begun: Because | undefined): Appended => {
      const anchor = head.seq - head.anchored >= ANCHOR_EVERY;
      const next = anchor ? { ...head, anchored: head.seq } : head;
      writeHead(tx, next);
      return { head: next, settled, anchor, begun };
    };
    if (all.length === 0) return finish(from, undefined);
    const { bytes, ...end } = link(all, from, now, key);
    const because = reason(settled, bytes.length, now);
    if (because === undefined) {
      settled.file?.write(bytes, from.bytes);
      return finish({ ...from, ...end, ...time, bytes: from.bytes + bytes.length }, undefined);
    }
    // Announced, so that only then others look whether it is there already.
    if (settled.because === undefined && from.beginning !== true) {
      writeHead(tx, { ...from, beginning: true });
      return 'prepared';
    }
    const begun = link([header(from, because, key, now, self), ...all], from, now, key);
    const first = from.seq + 1;
    writeNew(begun.bytes, first);
    const place = { file: first, bytes: begun.bytes.length, begun: now.wall, key: key.id };
    return finish({ ...from, ...time, ...place, seq: begun.seq, mac: begun.mac }, because);
  };
  return { append, close: files.close };
}
