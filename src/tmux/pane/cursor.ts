import { createHash } from 'node:crypto';
import { OrcError } from '../../kernel/errors.js';

/**
 * Where a reader of a pane stopped. tmux counts no lines, so it is the row where the last line read began, and hashes
 * of that line and those before it: they find the place again after scrolling, trimming or a new width. It holds all
 * that is needed, so any of our processes can go on from it.
 */
export interface PaneCursor {
  readonly serverPid: number;
  readonly serverStartedAt: number;
  readonly pane: number;
  readonly panePid: number;
  readonly alternate: boolean;
  /** Row of the last line, counted from the oldest one in the history. */
  readonly row: number;
  /** Length of the last line; it may since have grown. */
  readonly lastLength: number;
  /** Of the last lines, newest first. */
  readonly hashes: readonly number[];
}

export const MAX_HASHES = 8;
const VERSION = 1;
const HEAD_BYTES = 24;
const HASH_BYTES = 3;

/** 24 bits are enough to tell eight lines in a row from any others. */
export function hashLine(line: string): number {
  return createHash('sha256').update(line).digest().readUIntBE(0, HASH_BYTES);
}

export function encodeCursor(cursor: PaneCursor): string {
  const bytes = Buffer.alloc(HEAD_BYTES + HASH_BYTES * cursor.hashes.length);
  bytes.writeUInt8(VERSION, 0);
  bytes.writeUInt8(cursor.alternate ? 1 : 0, 1);
  bytes.writeUInt16BE(Math.min(0xffff, cursor.lastLength), 2);
  const words = [cursor.serverPid, cursor.serverStartedAt, cursor.pane, cursor.panePid, cursor.row];
  words.forEach((word, index) => bytes.writeUInt32BE(word >>> 0, 4 + 4 * index));
  cursor.hashes.forEach((hash, index) => bytes.writeUIntBE(hash, HEAD_BYTES + HASH_BYTES * index, HASH_BYTES));
  return bytes.toString('base64url');
}

/** A cursor at the beginning of a row: everything from there on is after it. */
export function cursorAtRow(
  server: { readonly pid: number; readonly startedAt: number },
  pane: string,
  panePid: number,
  row: number,
): string {
  return encodeCursor({
    serverPid: server.pid,
    serverStartedAt: server.startedAt,
    pane: Number(pane.slice(1)),
    panePid,
    alternate: false,
    row,
    lastLength: 0,
    hashes: [],
  });
}

/** @throws OrcError INVALID_INPUT for anything that no answer of ours contained. */
export function decodeCursor(text: string): PaneCursor {
  const bytes = Buffer.from(text, 'base64url');
  const count = (bytes.length - HEAD_BYTES) / HASH_BYTES;
  if (
    bytes.toString('base64url') !== text ||
    !Number.isInteger(count) ||
    count < 0 ||
    count > MAX_HASHES ||
    bytes[0] !== VERSION
  ) {
    throw new OrcError('INVALID_INPUT', 'since: not a cursor that this tool gave.', {
      hint: 'Pass the cursor of an earlier answer for this pane as it is, or none.',
    });
  }
  const word = (index: number): number => bytes.readUInt32BE(4 + 4 * index);
  return {
    alternate: bytes[1] === 1,
    lastLength: bytes.readUInt16BE(2),
    serverPid: word(0),
    serverStartedAt: word(1),
    pane: word(2),
    panePid: word(3),
    row: word(4),
    hashes: Array.from({ length: count }, (_, index) => bytes.readUIntBE(HEAD_BYTES + HASH_BYTES * index, HASH_BYTES)),
  };
}
