import { displayWidth, splitAtColumn } from '../kernel/width.js';

/** A word that is wider than a whole line, in pieces of that width. */
function pieces(word: string, width: number): string[] {
  const [first, rest] = splitAtColumn(word, width);
  // A single wide character in a narrow line has to go somewhere.
  return first === '' || rest === '' ? [word] : [first, ...pieces(rest, width)];
}

/** A text as lines of at most `width` columns, broken at spaces where there are any. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((whole) => pieces(whole, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** Narrower than this, wrapping would only make columns of single words. */
const NARROWEST = 20;

/** A text behind a label: its further lines stand below its first one. Without a width nothing is wrapped. */
export function hanging(label: string, text: string, columns: number | undefined): string {
  const indent = displayWidth(label);
  const width = columns === undefined ? Infinity : Math.max(NARROWEST, columns - indent);
  return `${label}${wrap(text, width).join(`\n${' '.repeat(indent)}`)}`;
}
