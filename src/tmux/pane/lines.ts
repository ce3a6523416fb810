import { displayWidth } from '../../kernel/width.js';

export const trimmed = (line: string): string => line.replace(/ +$/, '');
const SGR = /\u001b\[[0-9;:]*m/g;
/** Without colours and trailing spaces. */
export const plain = (line: string): string => trimmed(line.replaceAll(SGR, ''));

export function rowsOf(line: string, width: number): number {
  return Math.max(1, Math.ceil(displayWidth(line.replaceAll(SGR, '')) / width));
}

export function rowsTogether(lines: readonly string[], width: number): number {
  return lines.reduce((sum, line) => sum + rowsOf(line, width), 0);
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
