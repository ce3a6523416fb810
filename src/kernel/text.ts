/** Longest part of a caller's name for a thing (argument, command, key) that an error shows. */
const SHOWN_CHARACTERS = 64;

/** A caller's word made safe for messages: printable ASCII kept, the rest replaced by `?`, cut at 64. */
export function shown(word: string): string {
  const cut = word.length > SHOWN_CHARACTERS ? `${word.slice(0, SHOWN_CHARACTERS)}...` : word;
  return cut.replaceAll(/[^\x20-\x7e]/g, '?');
}

/** Levenshtein distance with two rows; inputs are short names. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/** The known name that a misspelt one most likely meant, or undefined when none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const lower = word.slice(0, SHOWN_CHARACTERS).toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(lower.length / 3)) + 1;
  for (const candidate of known) {
    const d = distance(lower, candidate.toLowerCase());
    if (d < bestDistance) [best, bestDistance] = [candidate, d];
  }
  return best;
}

/** True for a string that UTF-8 cannot carry: it holds a lone surrogate. */
export function hasLoneSurrogate(text: string): boolean {
  return !text.isWellFormed();
}

/** ` (did you mean "x"?)`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const guess = nearest(word, known);
  return guess === undefined ? '' : ` Did you mean "${guess}"?`;
}

/** A word as a POSIX shell reads it back, for commands that messages name. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
