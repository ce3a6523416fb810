/** A text as a reader sees it, and where each of its characters stands in the original. */
export interface VisibleText {
  readonly text: string;
  /** Position in the original of the character at `at`. */
  readonly original: (at: number) => number;
}

// Colours, and what Unicode calls default ignorable: nothing is drawn for it, so it can stand inside a word unseen.
const IGNORABLE = [
  ...['\\u00ad', '\\u034f', '\\u061c', '\\u115f', '\\u1160', '\\u17b4', '\\u17b5', '\\u180b-\\u180f', '\\u200b-\\u200f'],
  ...['\\u202a-\\u202e', '\\u2060-\\u206f', '\\u3164', '\\ufe00-\\ufe0f', '\\ufeff', '\\uffa0', '\\ufff9-\\ufffb'],
].join(''); // prettier-ignore
// eslint-disable-next-line no-misleading-character-class -- single invisible characters are what is looked for
const UNSEEN = new RegExp(`\\x1b\\[[0-9;:]*m|[${IGNORABLE}]|\\udb40[\\udc00-\\udfff]`, 'g');
const ANY_UNSEEN = new RegExp(UNSEEN, '');

/** Index of the last element that is at most `at`, or -1; `sorted` ascends. */
export function lastAtMost(sorted: readonly number[], at: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function hasUnseen(text: string): boolean {
  return ANY_UNSEEN.test(text);
}

/** Takes out what splits words unseen. */
export function visibleText(text: string): VisibleText {
  if (!hasUnseen(text)) return { text, original: (at) => at };
  const parts: string[] = [];
  /** Where, in the visible text, something was cut out, and how much up to there. */
  const cuts: number[] = [];
  const shifts: number[] = [];
  let from = 0;
  let shift = 0;
  for (const { 0: unseen, index } of text.matchAll(UNSEEN)) {
    parts.push(text.slice(from, index));
    from = index + unseen.length;
    cuts.push(index - shift);
    shift += unseen.length;
    shifts.push(shift);
  }
  parts.push(text.slice(from));
  return { text: parts.join(''), original: (at) => at + (shifts[lastAtMost(cuts, at)] ?? 0) };
}
