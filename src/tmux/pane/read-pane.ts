import { OrcError } from '../../kernel/errors.js';
import type { PaneId } from '../../kernel/ids.js';
import { encode } from '../encode.js';
import { heightsOf } from './heights.js';
import { type Grid, isDoubtful, rowsOf } from './lines.js';

/** A pane at one moment, as far as reading it is concerned. */
export interface Facts extends Grid {
  readonly serverPid: number;
  readonly serverStartedAt: number;
  readonly panePid: number;
  readonly historySize: number;
  readonly height: number;
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
const NO_HEIGHTS: ReadonlyMap<string, number> = new Map();

/** Any way to ask tmux; what one delta reads comes over one connection. */
export interface Reader {
  /** @param onReply called at the reply's place among the pane's output, where the way has that. */
  readonly read: (line: string, onReply?: () => void) => Promise<Buffer>;
}

export async function readFacts(ask: Reader, id: PaneId): Promise<Facts> {
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
    heights: NO_HEIGHTS,
    alternate: parts[6] === '1',
    cursorRow: number(3) + number(7),
  };
}

/** Rows as tmux counts them: 0 is the top of the screen, below 0 the history. */
export interface Range {
  readonly start: number;
  /** The last one; without it the end of the screen. */
  readonly end?: number | undefined;
  readonly ansi: boolean;
  /** See Reader. */
  readonly onReply?: (() => void) | undefined;
}

/** Logical lines. */
export async function readLines(ask: Reader, id: PaneId, range: Range): Promise<string[]> {
  return capture(ask, id, range, '-J');
}

/** @param form `-J` joins what the terminal wrapped; `-N` gives rows, with the spaces at their ends as `-J` does */
async function capture(ask: Reader, id: PaneId, range: Range, form: '-J' | '-N'): Promise<string[]> {
  const { start, end, ansi, onReply } = range;
  const flags = [...(ansi ? ['-e'] : []), ...(end === undefined ? [] : ['-E', String(end)])];
  const line = encode(['capture-pane', '-p', form, ...flags, '-S', String(start), '-t', id]);
  return (await ask.read(line, onReply)).toString('utf8').replace(/\n$/, '').split('\n');
}

/** Lines of a pane, and the pane when they were read. */
export interface Section {
  readonly facts: Facts;
  readonly lines: readonly string[];
  /** Absolute row of the first line. */
  readonly row: number;
}

/**
 * Reads lines together with the facts of the same moment: over control mode both go out in one write, and tmux runs all
 * that it has been given before it reads from panes again.
 */
export async function readSection(ask: Reader, id: PaneId, range: Range): Promise<Section> {
  const row = (facts: Facts): number => Math.max(0, facts.historySize + range.start);
  const [facts, lines] = await Promise.all([readFacts(ask, id), readLines(ask, id, range)]);
  if (!lines.some((line) => isDoubtful(line, facts.width))) return { facts, lines, row: row(facts) };
  const again = await Promise.all([readFacts(ask, id), capture(ask, id, range, '-N'), readLines(ask, id, range)]);
  const heights = heightsOf(again[2], again[1]) ?? NO_HEIGHTS;
  return { facts: { ...again[0], heights }, lines: again[2], row: row(again[0]) };
}

/** The lines from an absolute row on; undefined when none of those that were read begins there. */
export function linesFrom({ facts, lines, row: first }: Section, row: number): readonly string[] | undefined {
  let at = first;
  for (const [index, line] of lines.entries()) {
    if (at >= row) return at === row ? lines.slice(index) : undefined;
    at += rowsOf(line, facts);
  }
  return undefined;
}
