/** What a character is when only its letter counts. */
export const SEPARATOR = 1;
export const IGNORED = 2;
/** Set beside the code of a letter, or {@link IGNORED}, that stands in for another one. */
export const DISGUISED = 0x10000;
const CODE = 0xffff;

/** Letters that look like a Latin one; the most used of Unicode's confusables (UTS #39). */
const LOOKALIKES: readonly (readonly [latin: string, others: string])[] = [
  ...([['a', 'аαɑᴀ'], ['b', 'вβʙƅ'], ['c', 'сϲᴄ'], ['d', 'ԁᴅɗ'], ['e', 'еεєᴇ'], ['f', 'ꜰƒ']] as const),
  ...([['g', 'ɡցɢԍ'], ['h', 'нһհʜ'], ['i', 'іιɩıɪ'], ['j', 'јϳᴊ'], ['k', 'кκᴋ'], ['l', 'ӏʟɫ']] as const),
  ...([['m', 'мμᴍ'], ['n', 'ηոпɴ'], ['o', 'оοօσᴏ'], ['p', 'рρᴘ'], ['q', 'ԛզ'], ['r', 'гʀ']] as const),
  ...([['s', 'ѕꜱ'], ['t', 'тτᴛ'], ['u', 'υսᴜ'], ['v', 'νѵᴠ'], ['w', 'ԝωᴡ'], ['x', 'хχ']] as const),
  ...([['y', 'уγүʏ'], ['z', 'ζᴢ']] as const),
]; // prettier-ignore
const LATIN = new Map(LOOKALIKES.flatMap(([latin, others]) => Array.from(others, (other) => [other, latin] as const)));
const UNSEEN = /^[\p{Default_Ignorable_Code_Point}\u200b-\u200f\u2060-\u206f]$/u;
const MARK = /^\p{M}$/u;
const LETTER = /^[\p{L}\p{N}_]$/u;
/** From here on are letters in circles, of full width and of other styles; before them, letters with accents. */
const FIRST_STYLED = 0x2000;

function look(character: string, code: number): number {
  if (UNSEEN.test(character)) return IGNORED | DISGUISED;
  if (MARK.test(character)) return IGNORED;
  const [base = ''] = character.normalize('NFKD').toLowerCase();
  const latin = LATIN.get(base);
  if (latin !== undefined) return latin.charCodeAt(0) | DISGUISED;
  if (!LETTER.test(base)) return SEPARATOR;
  return base.charCodeAt(0) | (code >= FIRST_STYLED && base < '\x7f' ? DISGUISED : 0);
}

/** Filled as characters come; 0 is one that has not come yet. */
const KNOWN = new Uint32Array(0x10000);
const KNOWN_PAIRS = new Map<number, number>();
const MAX_PAIRS = 4096;

/** @returns the code of the lower case letter, SEPARATOR or IGNORED, with DISGUISED where it stands in for another */
export function letterAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  const known = KNOWN[unit] ?? 0;
  return known === 0 ? learn(text, at, unit) : known;
}

function learn(text: string, at: number, unit: number): number {
  // Half of a pair means nothing alone: the second half belongs to the first.
  if ((unit & 0xfc00) === 0xdc00) return IGNORED;
  if ((unit & 0xfc00) !== 0xd800) return (KNOWN[unit] = look(String.fromCharCode(unit), unit));
  const point = text.codePointAt(at) ?? unit;
  let letter = KNOWN_PAIRS.get(point);
  if (letter === undefined) {
    letter = point > CODE ? look(String.fromCodePoint(point), point) : SEPARATOR;
    if (KNOWN_PAIRS.size < MAX_PAIRS) KNOWN_PAIRS.set(point, letter);
  }
  return letter;
}

/** Digits and signs that are read as letters, where letters stand beside them. */
export const LEET = new Uint8Array(0x80);
for (const [sign = '', letter = ''] of ['0o', '1i', '3e', '4a', '5s', '7t', '8b', '$s', '!i'])
  LEET[sign.charCodeAt(0)] = letter.charCodeAt(0);

const SEED = 0x811c9dc5;
/** FNV-1a. That two words of text meet by chance is a matter of one in a million texts, and of one finding. */
export const addLetter = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01000193);
export const NO_LETTERS = SEED | 0;

/** The hash of a word as a text would have it. */
export function wordHash(word: string): number {
  let hash = NO_LETTERS;
  for (let at = 0; at < word.length; at++) {
    const code = letterAt(word, at) & CODE;
    if (code > IGNORED) hash = addLetter(hash, code);
  }
  return hash;
}
