import { createRequire } from 'node:module';
import type * as StringWidth from 'string-width';

const require = createRequire(import.meta.url);
let library: typeof StringWidth.default | undefined;

/** Its tables of emoji take some 20 ms to set up, and most calls need none. */
function measure(text: string): number {
  library ??= (require('string-width') as typeof StringWidth).default;
  return library(text);
}

/** Terminal columns that a text takes (UAX #11, UTS #51). */
export function displayWidth(text: string): number {
  // Most text is plain; the library measures each grapheme.
  return /^[\x20-\x7e]*$/.test(text) ? text.length : measure(text);
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
