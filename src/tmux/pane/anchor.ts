import { hashLine, type PaneCursor } from './cursor.js';
import type { Facts, Section } from './read-pane.js';
import { closed, lastOf, plain, rowsOf, rowsTogether } from './lines.js';

/** Index of the anchor's last line when the lines before `at` are the anchor's, newest `skip` of which are gone. */
function anchorAt(lines: readonly string[], at: number, cursor: PaneCursor, skip: number): boolean {
  const wanted = cursor.hashes.slice(skip);
  return wanted.every((hash, back) => {
    const line = plain(lines[at - back] ?? '');
    const known = skip === 0 && back === 0 ? line.slice(0, cursor.lastLength) : line;
    return at - back >= 0 && hashLine(known) === hash;
  });
}

export interface Anchor {
  /** Index of the first line after it. */
  readonly next: number;
  /** How much of that line is known. */
  readonly known: number;
  /** It stands in one place only. */
  readonly certain: boolean;
}

/**
 * Where the lines that the cursor remembers stand now. Where they stand several times, as in a flood of one line, it is
 * the first place: what is given twice is better than what is never given.
 */
export function findAnchor(lines: readonly string[], cursor: PaneCursor): Anchor | undefined {
  // Redrawn lines at the end are given up one by one; what is left must still be found.
  for (let skip = 0; skip < cursor.hashes.length; skip++) {
    const first = lines.findIndex((_line, at) => anchorAt(lines, at, cursor, skip));
    if (first === -1) continue;
    const certain = lines.findLastIndex((_line, at) => anchorAt(lines, at, cursor, skip)) === first;
    return skip === 0 ? { next: first, known: cursor.lastLength, certain } : { next: first + 1, known: 0, certain };
  }
  return undefined;
}

/** What came after a cursor. */
export interface Found {
  /** The pane when it was read. */
  readonly facts: Facts;
  readonly lines: readonly string[];
  /** The same lines, the first one from its beginning: what the next cursor is reckoned from. */
  readonly whole: readonly string[];
  /** Absolute row of the first line. */
  readonly row: number;
  readonly missed: number | null;
  /** They are lines below the one that the cursor stood in. */
  readonly below: boolean;
  /** What stands before them, as far as it was read. */
  readonly before: string;
  /** More stands below. */
  readonly more: boolean;
}

/**
 * What came after a cursor: the rest of its last line, and the lines below.
 * @param next index of the cursor's line. @param known how much of it was known.
 * @param overlap how many of the lines above are wanted.
 */
export function after({ facts, lines, row }: Section, next: number, known: number, overlap: number): Found {
  const first = lines[next] ?? '';
  const rest = plain(first).slice(known);
  const above = lines.slice(0, next);
  const startRow = row + rowsTogether(above, facts);
  const wanted = lastOf(above, overlap);
  if (known > 0 && rest === '') {
    const below = lines.slice(next + 1);
    const before = closed([...wanted, first]);
    return {
      facts,
      lines: below,
      whole: below,
      row: startRow + rowsOf(first, facts),
      missed: 0,
      below: true,
      before,
      more: false,
    };
  }
  const whole = lines.slice(next);
  const before = closed(wanted) + plain(first).slice(0, known);
  return {
    facts,
    lines: known > 0 ? [rest, ...lines.slice(next + 1)] : whole,
    whole,
    row: startRow,
    missed: 0,
    below: false,
    before,
    more: false,
  };
}

export function isThere(lines: readonly string[], cursor: PaneCursor): boolean {
  if (cursor.hashes.length === 0) return true;
  return lines.length > 0 && hashLine(plain(lines[0] ?? '').slice(0, cursor.lastLength)) === cursor.hashes[0];
}
