import { createRequire } from 'node:module';
import type * as StringWidth from 'string-width';

const require = createRequire(import.meta.url);
let library: typeof StringWidth.default | undefined;

/** Its tables of emoji take some 20 ms to set up, and most calls need none. */
function measure(text: string): number {
  library ??= (require('string-width') as typeof StringWidth).default;
  return library(text);
}

/**
 * Characters of one column that join with no other: letters of European scripts, punctuation, and the signs, arrows, lines,
 * blocks, dingbats and Braille patterns that agent CLIs draw with. What is wide among them, or an emoji by itself, is left out.
 */
const NARROW =
  /^[\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2030-\u205e\u2070-\u20cf\u2100-\u2319\u231c-\u2328\u232b-\u23e8\u23f4-\u25fc\u25ff-\u2613\u26a0\u2701-\u2704\u2706-\u2709\u270c-\u2727\u2729-\u274b\u2758-\u2794\u2798-\u27af\u27c0-\u2b1a\u2b1d-\u2b4f]*$/;

/** Terminal columns that a text takes (UAX #11, UTS #51). */
export function displayWidth(text: string): number {
  // The library measures each grapheme, which takes milliseconds for a screen.
  return NARROW.test(text) ? text.length : measure(text);
}

/** @returns how many characters have a width that a terminal may know in another way than we do */
const doubtful = (text: string): number =>
  NARROW.test(text) ? 0 : Array.from(text).filter((character) => !NARROW.test(character)).length;

/**
 * By how many columns a terminal may differ from `displayWidth`: it has a table of its own (tmux that of its C library), which
 * may be older or count ambiguous characters as wide.
 */
export function widthDoubt(text: string): number {
  return 2 * doubtful(text);
}

/** True when a text takes at most one row of so many columns, or as many as its width tells, in every terminal. */
export function hasCertainRows(text: string, columns: number): boolean {
  const others = doubtful(text);
  return others === 0 || Array.from(text).length + others <= columns;
}

let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** A text cut at a terminal column; a wide character that straddles it goes to the second part. */
export function splitAtColumn(text: string, column: number): readonly [string, string] {
  let width = 0;
  for (const { segment, index } of graphemes(text)) {
    const next = width + displayWidth(segment);
    if (next > column) return [text.slice(0, index), text.slice(index)];
    width = next;
  }
  return [text, ''];
}
