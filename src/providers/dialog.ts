import type { LinePattern } from '../security/text/pattern.js';

/** A question that a program has put on the screen. */
export interface Dialog {
  readonly title: string;
  readonly options: readonly DialogOption[];
}

export interface DialogOption {
  readonly label: string;
  readonly selected: boolean;
}

/** How the options of a provider's dialogs look. */
export type OptionSpec =
  /** One below the other; groups `selected` (not empty for the marked one) and `label`. */
  | { readonly kind: 'lines'; readonly option: LinePattern }
  /** In one line, separated by two blanks or more; which one is marked is told by colours only. */
  | { readonly kind: 'row'; readonly option: LinePattern };

const FRAME = /^[\s│┃╭╰─╮╯▏]+|[\s│┃╭╰─╮╯]+$/g;
const NUMBER = /^\d{1,2}\. /;
const MAX_TITLE = 200;

export const unframed = (line: string): string => line.replaceAll(FRAME, '');

function optionsIn(line: string, { kind, option }: OptionSpec): DialogOption[] {
  const found = option.exec(line);
  if (found === null) return [];
  if (kind === 'lines') {
    const { selected = '', label = '' } = found.groups ?? {};
    return [{ label: label.replace(NUMBER, '').trim(), selected: selected.trim() !== '' }];
  }
  const labels = (found.groups?.options ?? '').trim().split(/ {2,}/);
  return labels.map((label) => ({ label, selected: false }));
}

/**
 * Reads the last block of options and the question above it.
 * @param lines end of the screen, no blank lines
 * @param marker the line that told of the dialog; where nothing asks, it and what follows is the title
 */
export function readDialog(lines: readonly string[], marker: string, spec: OptionSpec): Dialog | undefined {
  const rows = lines.map((line) => optionsIn(unframed(line), spec));
  const last = rows.findLastIndex((options) => options.length > 0);
  if (last < 0) return undefined;
  let first = last;
  while (first > 0 && (rows[first - 1]?.length ?? 0) > 0) first--;
  const above = lines.slice(0, first).map(unframed).filter((line) => line !== ''); // prettier-ignore
  const told = above.slice(Math.max(0, above.indexOf(unframed(marker)))).join(' ');
  const title = above.findLast((line) => line.endsWith('?')) ?? told;
  return { title: title.slice(0, MAX_TITLE), options: rows.slice(first, last + 1).flat() };
}
