import { displayWidth, hasCertainRows } from '../../kernel/width.js';

export const trimmed = (line: string): string => line.replace(/ +$/, '');
const SGR = /\u001b\[[0-9;:]*m/g;
const withoutColours = (line: string): string => line.replaceAll(SGR, '');
/** Without colours and trailing spaces. */
export const plain = (line: string): string => trimmed(withoutColours(line));

/** What tells how many rows a line takes. */
export interface Grid {
  readonly width: number;
  /** Rows of lines as tmux drew them. */
  readonly heights: ReadonlyMap<string, number>;
}

/**
 * True when only tmux knows how many rows a line takes: it counts the columns of some characters in its own way, and a wide
 * one that does not fit into the rest of a row leaves a cell empty.
 */
export const isDoubtful = (line: string, width: number): boolean =>
  // No UTF-16 unit takes more than two columns.
  line.length > width / 2 && !hasCertainRows(withoutColours(line), width);

export function rowsOf(line: string, { width, heights }: Grid): number {
  return heights.get(line) ?? Math.max(1, Math.ceil(displayWidth(withoutColours(line)) / width));
}

export function rowsTogether(lines: readonly string[], grid: Grid): number {
  return lines.reduce((sum, line) => sum + rowsOf(line, grid), 0);
}

/** Without the empty lines at the end: the part of the screen that nothing was written to. */
export function withoutEnd(lines: readonly string[]): string[] {
  const last = lines.findLastIndex((line) => plain(line) !== '');
  return lines.slice(0, last + 1);
}

export const lastOf = (lines: readonly string[], count: number): readonly string[] =>
  lines.slice(Math.max(0, lines.length - count));

/** Lines with their ends. */
export const closed = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
