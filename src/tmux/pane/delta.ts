import { OrcError } from '../../kernel/errors.js';
import type { PaneId } from '../../kernel/ids.js';
import { after, findAnchor, type Found, isThere } from './anchor.js';
import { decodeCursor, encodeCursor, hashLine, MAX_HASHES, type PaneCursor } from './cursor.js';
import { closed, lastOf, plain, rowsOf, rowsTogether, trimmed, withoutEnd } from './lines.js';
import { type Facts, linesFrom, type Reader, readFacts, readLines, readSection } from './read-pane.js';

/** Lines of a pane, and the cursor after the last of them. */
export interface Delta {
  readonly lines: readonly string[];
  readonly cursor: string;
  /** More stands above (without a cursor) or follows (with one). */
  readonly truncated: boolean;
  /** The cursor stands below the last line that holds anything. */
  readonly cursorBelow: boolean;
  /** The line that `since` stood in has ended; the lines are those below it. */
  readonly lineEnded: boolean;
  /** Lines that were gone before they could be read; null when nobody can tell how many. */
  readonly linesMissed: number | null;
  /** What stands directly before the lines, where an overlap was asked for. */
  readonly before?: string;
  /** How old it is, in milliseconds, where it was kept; undefined: it was read now. */
  readonly ageMs?: number | undefined;
}

export interface DeltaOptions {
  readonly lines: number;
  readonly ansi: boolean;
  /** A cursor of an earlier delta; without it the last lines are read. */
  readonly since?: string | undefined;
  /** With a cursor: only what stands above this absolute row. */
  readonly above?: number;
  /** How many lines to read besides, of those that stand before. */
  readonly overlap?: number;
  /** Called at the place among the pane's output where the lines were read. */
  readonly onRead?: (() => void) | undefined;
}

/** How far back an anchor is looked for when it is not where it was. */
const SEARCHED_ROWS = 5000;

/** @param row absolute row of the first of `lines`. */
function cursorAfter(facts: Facts, id: PaneId, lines: readonly string[], row: number): string {
  const lastRow = lines.slice(0, -1).reduce((at, line) => at + rowsOf(line, facts), row);
  const recent = lines.slice(-MAX_HASHES).map(plain).reverse();
  const cursor: PaneCursor = {
    ...{
      serverPid: facts.serverPid,
      serverStartedAt: facts.serverStartedAt,
      pane: Number(id.slice(1)),
      panePid: facts.panePid,
    },
    ...{ alternate: facts.alternate, row: lines.length === 0 ? row : lastRow, lastLength: recent[0]?.length ?? 0 },
    hashes: recent.map(hashLine),
  };
  return encodeCursor(cursor);
}

interface Since extends DeltaOptions {
  readonly cursor: PaneCursor;
}

/** With what stands above the cursor's line, where an overlap was asked for. */
async function withAbove(ask: Reader, id: PaneId, options: Since, found: Found): Promise<Found> {
  const { overlap = 0, cursor } = options;
  if (overlap === 0 || cursor.row === 0 || found.lines.length === 0) return found;
  const row = cursor.row - found.facts.historySize;
  const above = await readLines(ask, id, { start: row - overlap, end: row - 1, ansi: false });
  return { ...found, before: closed(above) + found.before };
}

/** Lines that begin in the cursor's row. */
interface FromCursor {
  readonly facts: Facts;
  readonly lines: readonly string[];
  /** More stands below. */
  readonly more: boolean;
}

/** Rows above the cursor's that are read with it, more at each try: the pane may scroll while it is asked for. */
const SLACK_ROWS = [0, 100, 1000];

/**
 * The lines from the cursor's row on, about as many as are wanted: a large history is not asked for as a whole. A line
 * that the end of what was read cuts is left out.
 * @returns undefined when the row is gone
 */
async function fromCursor(ask: Reader, id: PaneId, first: Facts, options: Since): Promise<FromCursor | undefined> {
  const { cursor, ansi, lines: wanted, above, onRead: onReply } = options;
  let facts = first;
  for (const slack of SLACK_ROWS) {
    for (let rows = wanted + 2; cursor.row < facts.historySize + facts.height; rows *= 2) {
      // The cursor's own line, and one more that may be cut.
      const start = cursor.row - facts.historySize;
      const last = above === undefined ? facts.height - 1 : above - 1 - facts.historySize;
      const more = start + rows - 1 < last;
      const end = more ? start + rows - 1 : above === undefined ? undefined : last;
      const section = await readSection(ask, id, { start: start - slack, end, ansi, onReply });
      ({ facts } = section);
      const lines = linesFrom(section, cursor.row);
      if (lines === undefined) break;
      if (!more) return { facts, lines: withoutEnd(lines), more };
      if (lines.length > 2) return { facts, lines: lines.slice(0, -1), more };
    }
  }
  return undefined;
}

/** On the alternate screen nothing scrolls: the whole screen is one thing that changed or did not. */
async function alternateScreen(ask: Reader, id: PaneId, { cursor, ansi, onRead: onReply }: Since): Promise<Found> {
  const { facts, lines: read, row } = await readSection(ask, id, { start: 0, ansi, onReply });
  const screen = withoutEnd(read);
  const same = facts.alternate && cursor.alternate && cursor.hashes[0] === hashLine(wholeScreen(screen));
  const lines = same ? [] : screen;
  return { facts, lines, whole: lines, row, missed: same ? 0 : null, below: false, before: '', more: false };
}

async function sinceCursor(ask: Reader, id: PaneId, facts: Facts, options: Since): Promise<Found> {
  const { cursor, ansi, overlap = 0, onRead: onReply } = options;
  if (facts.alternate || cursor.alternate) return alternateScreen(ask, id, options);
  // The usual case: the line is where it was, and only what is new is read.
  const there = await fromCursor(ask, id, facts, options);
  if (there !== undefined && isThere(there.lines, cursor)) {
    const found = after({ ...there, row: cursor.row }, 0, cursor.lastLength, 0);
    return { ...(await withAbove(ask, id, options, found)), more: there.more };
  }
  const section = await readSection(ask, id, { start: -Math.min(SEARCHED_ROWS, facts.historySize), ansi, onReply });
  const lines = withoutEnd(section.lines);
  const anchor = findAnchor(lines, cursor);
  if (anchor !== undefined) {
    const found = after({ ...section, lines }, anchor.next, anchor.known, overlap);
    return anchor.certain ? found : { ...found, missed: null };
  }
  return { ...section, lines, whole: lines, missed: null, below: false, before: '', more: false };
}

function checkCursor(cursor: PaneCursor, facts: Facts, id: PaneId): void {
  const same =
    cursor.serverPid === facts.serverPid &&
    cursor.serverStartedAt === facts.serverStartedAt &&
    cursor.pane === Number(id.slice(1));
  if (!same)
    throw new OrcError('INVALID_INPUT', 'since: this cursor belongs to another pane or tmux server.', {
      hint: 'Read the pane without since first.',
    });
}

/** The last lines, without a cursor. @throws OrcError NOT_FOUND */
export async function readLastLines(ask: Reader, id: PaneId, count: number): Promise<readonly string[]> {
  const all = await readLines(ask, id, { start: -count, ansi: false });
  return withoutEnd(all).slice(-count).map(trimmed);
}

async function lastLines(ask: Reader, id: PaneId, options: DeltaOptions): Promise<Delta> {
  const { lines: count, ansi, overlap = 0, onRead: onReply } = options;
  const { facts, lines: all } = await readSection(ask, id, { start: -count - overlap, ansi, onReply });
  const written = withoutEnd(all);
  const kept = written.slice(-count);
  const rows = (lines: readonly string[]): number => rowsTogether(lines, facts);
  const empty = all.length - written.length;
  const row = Math.max(0, facts.historySize + facts.height - empty - rows(kept));
  const truncated = written.length > kept.length || facts.historySize > count;
  return {
    lines: kept.map(trimmed),
    cursor: finalCursor(facts, id, kept, row),
    truncated,
    cursorBelow: facts.cursorRow >= row + rows(kept),
    lineEnded: false,
    linesMissed: 0,
    before: closed(lastOf(written.slice(0, written.length - kept.length), overlap)),
  };
}

function wholeScreen(lines: readonly string[]): string {
  return lines.map(plain).join('\n');
}

function finalCursor(facts: Facts, id: PaneId, lines: readonly string[], row: number): string {
  return cursorAfter(facts, id, facts.alternate ? [wholeScreen(lines)] : lines, row);
}

/**
 * The last lines of a pane, or what came after a cursor.
 * @throws OrcError NOT_FOUND, INVALID_INPUT
 */
export async function readDelta(ask: Reader, id: PaneId, options: DeltaOptions): Promise<Delta> {
  if (options.since === undefined) return lastLines(ask, id, options);
  const before = await readFacts(ask, id);
  const cursor = decodeCursor(options.since);
  checkCursor(cursor, before, id);
  const found = await sinceCursor(ask, id, before, { ...options, cursor });
  const { facts } = found;
  const kept = found.lines.slice(0, options.lines);
  const whole = found.whole.slice(0, kept.length);
  const cursorBelow = facts.cursorRow >= found.row + rowsTogether(found.whole, facts);
  const cursorText = kept.length === 0 ? options.since : finalCursor(facts, id, whole, found.row);
  return {
    lines: kept.map(trimmed),
    cursor: cursorText,
    truncated: found.more || kept.length < found.lines.length,
    cursorBelow,
    lineEnded: found.below && (found.lines.length > 0 || cursorBelow),
    linesMissed: found.missed,
    before: found.before,
  };
}
