import { OrcError } from '../../kernel/errors.js';
import type { PaneId } from '../../kernel/ids.js';
import type { Ask } from '../ask.js';
import { encode } from '../encode.js';
import { after, findAnchor, type Found, isThere } from './anchor.js';
import { decodeCursor, encodeCursor, hashLine, MAX_HASHES, type PaneCursor } from './cursor.js';
import { closed, lastOf, plain, rowsOf, rowsTogether, trimmed, withoutEnd } from './lines.js';

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
}

interface Facts {
  readonly serverPid: number;
  readonly serverStartedAt: number;
  readonly panePid: number;
  readonly historySize: number;
  readonly height: number;
  readonly width: number;
  readonly alternate: boolean;
  readonly cursorRow: number;
}

const FACTS = [
  'pid',
  'start_time',
  'pane_pid',
  'history_size',
  'pane_height',
  'pane_width',
  'alternate_on',
  'cursor_y',
  'pane_id',
] as const;
const FACTS_FORMAT = FACTS.map((name) => `#{${name}}`).join(',');
/** Any way to ask tmux; what one delta reads comes over one connection. */
export type Reader = Pick<Ask, 'read'>;

/** How far back an anchor is looked for when it is not where it was. */
const SEARCHED_ROWS = 5000;

async function readFacts(ask: Reader, id: PaneId): Promise<Facts> {
  const body = (await ask.read(encode(['display-message', '-p', '-t', id, FACTS_FORMAT]))).toString('utf8').trim();
  const parts = body.split(',');
  if (parts.at(-1) !== id)
    throw new OrcError('NOT_FOUND', 'No such pane: it is gone.', { hint: 'list_sessions shows what there is.' });
  const number = (index: number): number => Number(parts[index]);
  return {
    serverPid: number(0),
    serverStartedAt: number(1),
    panePid: number(2),
    historySize: number(3),
    height: number(4),
    width: number(5),
    alternate: parts[6] === '1',
    cursorRow: number(3) + number(7),
  };
}

/** Logical lines from a row on, as tmux counts rows: 0 is the top of the screen, below 0 the history. */
async function readLines(ask: Reader, id: PaneId, start: number, ansi: boolean, end?: number): Promise<string[]> {
  const flags = [...(ansi ? ['-e'] : []), ...(end === undefined ? [] : ['-E', String(end)])];
  // `-J` joins what the terminal wrapped.
  const body = await ask.read(encode(['capture-pane', '-p', '-J', ...flags, '-S', String(start), '-t', id]));
  return body.toString('utf8').replace(/\n$/, '').split('\n');
}

/** @param row absolute row of the first of `lines`. */
function cursorAfter(facts: Facts, id: PaneId, lines: readonly string[], row: number): string {
  const lastRow = lines.slice(0, -1).reduce((at, line) => at + rowsOf(line, facts.width), row);
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
async function withAbove(ask: Reader, id: PaneId, facts: Facts, options: Since, found: Found): Promise<Found> {
  const { overlap = 0, cursor } = options;
  if (overlap === 0 || cursor.row === 0 || found.lines.length === 0) return found;
  const row = cursor.row - facts.historySize;
  const above = await readLines(ask, id, row - overlap, false, row - 1);
  return { ...found, before: closed(above) + found.before };
}

async function sinceCursor(ask: Reader, id: PaneId, facts: Facts, options: Since): Promise<Found> {
  const { cursor, ansi, overlap = 0 } = options;
  const { width } = facts;
  const end = options.above === undefined ? undefined : options.above - 1 - facts.historySize;
  const read = async (row: number): Promise<string[]> =>
    withoutEnd(await readLines(ask, id, row - facts.historySize, ansi, end));
  if (facts.alternate || cursor.alternate) {
    const screen = await read(facts.historySize);
    const same = facts.alternate && cursor.alternate && cursor.hashes[0] === hashLine(wholeScreen(screen));
    const lines = same ? [] : screen;
    return { lines, whole: lines, row: facts.historySize, missed: same ? 0 : null, below: false, before: '' };
  }
  if (cursor.row < facts.historySize + facts.height) {
    // The usual case: the line is where it was, and only what is new is read.
    const lines = await read(cursor.row);
    if (isThere(lines, cursor))
      return withAbove(ask, id, facts, options, after({ lines, row: cursor.row, width }, 0, cursor.lastLength, 0));
  }
  const row = Math.max(0, facts.historySize - SEARCHED_ROWS);
  const lines = await read(row);
  const anchor = findAnchor(lines, cursor);
  if (anchor !== undefined) return after({ lines, row, width }, anchor.next, anchor.known, overlap);
  return { lines, whole: lines, row, missed: null, below: false, before: '' };
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

async function lastLines(ask: Reader, id: PaneId, options: DeltaOptions): Promise<Delta> {
  const { lines: count, ansi, overlap = 0 } = options;
  // Asked for together, so that little can change in between.
  const [facts, all] = await Promise.all([readFacts(ask, id), readLines(ask, id, -count - overlap, ansi)]);
  const written = withoutEnd(all);
  const kept = written.slice(-count);
  const rows = (lines: readonly string[]): number => rowsTogether(lines, facts.width);
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

/** On the alternate screen nothing scrolls: the whole screen is one thing that changed or did not. */
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
  const facts = await readFacts(ask, id);
  const cursor = decodeCursor(options.since);
  checkCursor(cursor, facts, id);
  const found = await sinceCursor(ask, id, facts, { ...options, cursor });
  const kept = found.lines.slice(0, options.lines);
  const whole = found.whole.slice(0, kept.length);
  const cursorBelow = facts.cursorRow >= found.row + rowsTogether(found.whole, facts.width);
  const cursorText = kept.length === 0 ? options.since : finalCursor(facts, id, whole, found.row);
  return {
    lines: kept.map(trimmed),
    cursor: cursorText,
    truncated: kept.length < found.lines.length,
    cursorBelow,
    lineEnded: found.below && (found.lines.length > 0 || cursorBelow),
    linesMissed: found.missed,
    before: found.before,
  };
}
