import type { LinePattern } from '../security/text/pattern.js';

/** A question that a program has put on the screen. */
export interface Dialog {
  readonly title: string;
  readonly options: readonly DialogOption[];
  /** What it is about, without what only moves: many questions have the same title and options. */
  readonly about: string;
  /** It says that Escape cancels it. */
  readonly cancels: boolean;
}

export interface DialogOption {
  readonly label: string;
  readonly selected: boolean;
  /** It wants a text that is typed there. */
  readonly isField?: true;
  /** What its own server is sent for it, where that has told of the question. */
  readonly reply?: DialogReply;
}

/** One request to a CLI's own server. */
export interface DialogReply {
  /** It names the question, so that it can answer no other one. */
  readonly path: string;
  readonly body: unknown;
}

/** Whether two looks show the same question, whichever option is marked. */
export function isSameDialog(one: Dialog, other: Dialog | undefined): other is Dialog {
  const told = ({ title, about, options }: Dialog): string =>
    JSON.stringify([title, about, options.map(({ label, reply }) => [label, reply?.path])]);
  return other !== undefined && told(one) === told(other);
}

/** How the options of a provider's dialogs look. */
export type OptionSpec =
  /** One below the other; groups `selected` (not empty for the marked one) and `label`. */
  | { readonly kind: 'lines'; readonly option: LinePattern }
  /** In one line, separated by two blanks or more; which one is marked is told by colours only. */
  | { readonly kind: 'row'; readonly option: LinePattern };

const FRAME = /^[\s│┃╭╰─╮╯▏]+|[\s│┃╭╰─╮╯]+$/g;
const NUMBER = /^(\d{1,2})\. /;
const MAX_TITLE = 200;
/** A line that begins a box, or stands between what belongs to the question and what does not. */
const BORDER = /^\s*(?:[╭┌]|[─━]{3})/;
const MAX_ABOUT = 15;
const CANCELS = /\besc(?:ape)? to cancel\b|\(esc\)/i;
/** Options that are a text field. */
const FIELD = /^(?:type (?:something|here|your)\b|chat about this$|other\b.*\btype\b)/i;

export const unframed = (line: string): string => line.replaceAll(FRAME, '');

/** The column of the first character that is not a blank or a frame. */
const columnOf = (line: string): number => /^[\s│┃]*/.exec(line)?.[0].length ?? 0;

/** One line as far as it has options. */
interface Row {
  readonly options: readonly DialogOption[];
  /** Before its label. */
  readonly number: number | undefined;
}

function rowOf(line: string, { kind, option }: OptionSpec): Row {
  const found = option.exec(line);
  if (found === null) return { options: [], number: undefined };
  if (kind === 'row') {
    const labels = (found.groups?.options ?? '').trim().split(/ {2,}/);
    return { options: labels.map((label) => ({ label, selected: false })), number: undefined };
  }
  const { selected = '', label: whole = '' } = found.groups ?? {};
  const number = NUMBER.exec(whole)?.[1];
  const label = whole.replace(NUMBER, '').trim();
  const one = { label, selected: selected.trim() !== '', ...(FIELD.test(label) ? { isField: true as const } : {}) };
  return { options: [one], number: number === undefined ? undefined : Number(number) };
}

/** How many lines an option may go on for below its label. */
const MAX_MORE = 4;

/**
 * The option above a row of options: the line before, or further up where that option goes on in lines that begin
 * further in. Where options are numbered, only the one before counts.
 */
function optionAbove(lines: readonly string[], rows: readonly Row[], from: number): number | undefined {
  const next = rows[from]?.number;
  const most = next === undefined ? 0 : MAX_MORE;
  for (let row = from - 1; row >= Math.max(0, from - 1 - most); row--) {
    const { options, number } = rows[row] ?? { options: [], number: undefined };
    if (options.length > 0) return next === undefined || number === next - 1 ? row : undefined;
    if (columnOf(lines[row] ?? '') <= columnOf(lines[from] ?? '')) return undefined;
  }
  return undefined;
}

/** The lines above the options that belong to the question, without what only shows that time passes. */
function aboutIn(above: readonly string[]): string {
  const text = above.findLastIndex((line) => !BORDER.test(line) && unframed(line) !== '');
  const border = above.findLastIndex((line, row) => row < text && BORDER.test(line));
  return above.slice(border + 1).slice(-MAX_ABOUT).join(' ').replaceAll(/[^\p{L}\p{N}]+/gu, ' ').trim();
} // prettier-ignore

/**
 * Reads the last block of options and the question above it.
 * @param lines end of the screen, no blank lines
 * @param marker the line that told of the dialog; where nothing asks, it and what follows is the title
 */
export function readDialog(lines: readonly string[], marker: string, spec: OptionSpec): Dialog | undefined {
  const rows = lines.map((line) => rowOf(unframed(line), spec));
  const last = rows.findLastIndex(({ options }) => options.length > 0);
  if (last < 0) return undefined;
  let first = last;
  for (let above = optionAbove(lines, rows, first); above !== undefined; above = optionAbove(lines, rows, first)) first = above; // prettier-ignore
  const above = lines.slice(0, first).map(unframed).filter((line) => line !== ''); // prettier-ignore
  const told = above.slice(Math.max(0, above.indexOf(unframed(marker)))).join(' ');
  const title = above.findLast((line) => line.endsWith('?')) ?? told;
  return {
    title: title.slice(0, MAX_TITLE),
    options: rows.slice(first, last + 1).flatMap(({ options }) => options),
    about: aboutIn(lines.slice(0, first)),
    cancels: lines.slice(first).some((line) => CANCELS.test(line)),
  };
}
