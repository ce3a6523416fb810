import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { AnswerSource } from '../kernel/agent-words.js';
import type { ApiMessage, Provider, TranscriptSpec } from '../providers/provider.js';
import { messagesFrom, type Talk } from './api-talk.js';
import { createOnce } from './last-said.js';
import { fillPage, type Item, type Position } from './page.js';
import type { AgentRecord } from './records.js';
import { isStale } from './transcript-answer.js';
import { linesOf, withTranscript } from './transcript-file.js';

/** A part of what was said, oldest first. */
export interface TranscriptPage {
  readonly text: string;
  /** What stands directly before it, where it begins within an entry. */
  readonly before: string;
  readonly source: AnswerSource;
  /** For the next page. */
  readonly cursor: string;
  /** More follows. */
  readonly more: boolean;
  /** What was seen of the newest turn is not there as yet: it is written a moment later. */
  readonly isLate: boolean;
  /** It goes on where the cursor stood; else it is the beginning of the conversation. */
  readonly continues: boolean;
}

/** Most that is read for one page: lines that tell nothing can be long. */
const MAX_READ_BYTES = 33_554_432;
/** What is told again is told soon. */
const AGAIN_BYTES = 262_144;
const NEWLINE = 0x0a;
/** More pieces than a message has. */
const ALL = 9_999_999;

interface Cursor extends Position {
  /** Of the conversation that it is a place in. */
  readonly name: string;
}

const nameOf = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 12);

const writeCursor = (id: string, { at, piece }: Position): string =>
  Buffer.from(`t:${nameOf(id)}:${at}:${String(piece)}`).toString('base64url');

/** @returns undefined for what is no cursor of a conversation */
export function readTranscriptCursor(cursor: string): Cursor | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, name, at, piece] = /^t:([0-9a-f]{12}):([A-Za-z0-9_-]{1,128}):([0-9]{1,7})$/.exec(text) ?? [];
  return name === undefined || at === undefined ? undefined : { name, at, piece: Number(piece) };
}

/** Where a line begins still: a file that was written anew has other places. */
async function isThere(file: FileHandle, size: number, offset: number): Promise<boolean> {
  if (offset === 0) return true;
  if (!Number.isSafeInteger(offset) || offset > size) return false;
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, offset - 1);
  return byte[0] === NEWLINE;
}

async function* itemsOf(file: FileHandle, spec: TranscriptSpec, from: number, to: number): AsyncGenerator<Item> {
  const once = createOnce();
  const early = spec.repeats === true ? Math.max(0, from - AGAIN_BYTES) : from;
  for await (const { at, end, json } of linesOf(file, early, to)) {
    const entries = once(spec.read(json));
    if (at >= from) yield { at: String(at), next: { at: String(end), piece: 0 }, entries };
    if (end - from >= MAX_READ_BYTES) return;
  }
}

interface Read {
  /** Of the conversation. */
  readonly id: string;
  readonly since: Cursor | undefined;
  readonly maxBytes: number;
}

const BEGINNING: Position = { at: '0', piece: 0 };

async function filePage(file: FileHandle, spec: TranscriptSpec, record: AgentRecord, { id, since, maxBytes }: Read): Promise<TranscriptPage> {
  const { size, mtimeMs } = await file.stat();
  const continues = since?.name === nameOf(id) && (await isThere(file, size, Number(since.at)));
  const from = continues ? since : BEGINNING;
  const { next = from, isFull, isWaiting, ...page } = await fillPage(itemsOf(file, spec, Number(from.at), size), from, maxBytes);
  const isCut = Number(next.at) - Number(from.at) >= MAX_READ_BYTES && Number(next.at) < size;
  const isLate = isWaiting || isStale(record, mtimeMs);
  return { ...page, source: 'transcript', cursor: writeCursor(id, next), more: isFull || isCut, continues, isLate };
} // prettier-ignore

async function* itemsOfTalk(messages: readonly ApiMessage[], isOpen: boolean | undefined): AsyncGenerator<Item> {
  for (const { id, isOver, entries } of messages) {
    // What still changes is left for later.
    if (!isOver && isOpen !== false) return;
    yield await Promise.resolve({ at: id, next: { at: id, piece: ALL }, entries });
  }
}

async function talkPage(talk: Talk, isOpen: boolean | undefined, read: Omit<Read, 'id'>): Promise<TranscriptPage> {
  const { since, maxBytes } = read;
  const known = since?.name === nameOf(talk.id) ? since : undefined;
  const messages = await messagesFrom(talk, known?.at);
  const continues = known !== undefined && messages[0]?.id === known.at;
  const from = continues ? known : undefined;
  const {
    next = BEGINNING,
    isFull,
    isWaiting: isLate,
    ...page
  } = await fillPage(itemsOfTalk(messages, isOpen), from, maxBytes);
  return { ...page, source: 'api', cursor: writeCursor(talk.id, next), more: isFull, continues, isLate };
}

/**
 * The next part of a conversation, from the CLI's own server or its own file.
 * @param since cursor of an earlier page; undefined: from the beginning
 * @returns undefined where there is neither
 */
export async function readTranscript(
  { transcript }: Provider,
  record: AgentRecord,
  talk: Talk | undefined,
  { isOpen, ...read }: Omit<Read, 'id'> & { readonly isOpen: boolean | undefined },
): Promise<TranscriptPage | undefined> {
  if (talk !== undefined) return talkPage(talk, isOpen, read).catch(() => undefined);
  const { transcripts: folder, sessionId: id } = record;
  if (transcript === undefined || folder === undefined || id === undefined) return undefined;
  return withTranscript(folder, transcript, id, (file) => filePage(file, transcript, record, { id, ...read }));
} // prettier-ignore
