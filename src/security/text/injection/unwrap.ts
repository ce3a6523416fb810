/** The same text as a model may read it, where that differs from how it is written. */
export interface Unwrapped {
  readonly text: string;
  /** It was written so that it cannot be read without decoding. */
  readonly encoded: boolean;
}

const MIN_RUN = 20;
const HEX_START = /^[0-9a-f]+$/i;
const HEX = /^(?:[0-9a-f]{2})+$/i;
/** Decides whether anything readable is in it; most of what looks like base64 is a key, a digest or an image. */
const SAMPLE = 28;
const ESCAPED = /%[0-9a-f]{2}|\\x[0-9a-f]{2}|\\u00[0-9a-f]{2}|&#x[0-9a-f]{2};|&#[0-9]{2,3};/gi;
const SPACED_HEX = /(?:\b[0-9a-f]{2}[ :,]){12,}[0-9a-f]{2}\b/gi;
/** Fewer may stand in any address. */
const MIN_ESCAPED = 3;
const SPELLED = /(?<![\p{L}\p{N}])(?:[\p{L}\p{N}][ .*_-]{1,3}){6,}[\p{L}\p{N}](?![\p{L}\p{N}])/gu;
const MIN_LETTERS = 6;
const MIN_BYTES = 12;

const SEXTETS = new Int8Array(0x80).fill(-1);
Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/').forEach((character, index) => {
  SEXTETS[character.charCodeAt(0)] = index;
});
SEXTETS[0x2d] = 62;
SEXTETS[0x5f] = 63;

const isReadable = (byte: number): boolean => byte >= 0x80 || (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x09; // prettier-ignore

/** Whether the first characters decode to text: cheaper than to decode all of them. */
function beginsReadable(text: string, from: number, end: number): boolean {
  let [bits, held, high, seen] = [0, 0, 0, 0];
  for (let at = from; at < Math.min(end, from + SAMPLE); at++) {
    const sextet = SEXTETS[text.charCodeAt(at)] ?? -1;
    if (sextet < 0) continue;
    bits = ((bits << 6) | sextet) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    const byte = (bits >>> held) & 0xff;
    if (!isReadable(byte)) return false;
    if (byte >= 0x80) high++;
    seen++;
  }
  // Text of other scripts has many high bytes, random data as well: half of them are.
  return high * 4 < seen || high * 4 > seen * 3 || isUtf8(text.slice(from, Math.min(end, from + SAMPLE)));
}

const isUtf8 = (base64: string): boolean =>
  !Buffer.from(base64, 'base64').subarray(0, -3).toString().includes('\ufffd');

/** What a look at the lengths of the words tells. */
interface Runs {
  /** Long words of the letters of base64, those of neighbouring lines together. */
  readonly long: { readonly start: number; end: number }[];
  readonly spelled: boolean;
  readonly bytes: boolean;
}

/** Of a word in the narrow sense, of base64, or neither. */
const KIND = new Uint8Array(0x80);
for (let code = 0; code < 0x80; code++) {
  const character = String.fromCharCode(code);
  KIND[code] = /[A-Za-z0-9]/.test(character) ? 1 : /[+/_-]/.test(character) ? 2 : 0;
}
const WORD = 1;
const OTHER = 0;
const kindAt = (text: string, at: number): number => {
  const code = text.charCodeAt(at);
  return code < 0x80 ? (KIND[code] ?? OTHER) : WORD;
};

function wordEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && kindAt(text, at) === WORD) at++;
  return at;
}

function addLong(long: Runs['long'], text: string, start: number, end: number): void {
  const before = long.at(-1);
  const wrapped = before !== undefined && start - before.end <= 2 && text.charAt(start - 1) === '\n';
  if (wrapped) before.end = end;
  else long.push({ start, end });
}

function runsOf(text: string): Runs {
  const long: Runs['long'] = [];
  let start = 0;
  let [singles, pairs, spelled, bytes] = [0, 0, false, false];
  for (let at = 0; at <= text.length; at++) {
    const end = wordEnd(text, at);
    if (end > at) {
      singles = end - at === 1 ? singles + 1 : 0;
      pairs = end - at === 2 ? pairs + 1 : 0;
      if (singles > MIN_LETTERS) spelled = true;
      if (pairs > MIN_BYTES) bytes = true;
      at = end;
    }
    if (at < text.length && kindAt(text, at) !== OTHER) continue;
    if (at - start >= MIN_RUN) addLong(long, text, start, at);
    start = at + 1;
  }
  return { long, spelled, bytes };
}

function decodeRuns(text: string, { long, bytes }: Runs): string[] {
  const parts: string[] = [];
  for (const { start, end } of long) {
    const digits = (end - start) % 2 === 0 && HEX_START.test(text.slice(start, start + MIN_RUN));
    const run = digits ? text.slice(start, end) : '';
    if (digits && HEX.test(run)) parts.push(Buffer.from(run, 'hex').toString());
    else if (beginsReadable(text, start, end)) parts.push(Buffer.from(text.slice(start, end), 'base64').toString());
  }
  if (bytes)
    for (const [run] of text.matchAll(SPACED_HEX))
      parts.push(Buffer.from(run.replaceAll(/[ :,]/g, ''), 'hex').toString());
  return parts;
}

function unescaped(text: string): string | undefined {
  let count = 0;
  const plain = text.replaceAll(ESCAPED, (escaped) => {
    count++;
    if (!escaped.startsWith('&')) return String.fromCharCode(Number.parseInt(escaped.slice(-2), 16));
    const digits = escaped.slice(2, -1);
    return String.fromCharCode(/^x/i.test(digits) ? Number.parseInt(digits.slice(1), 16) : Number(digits));
  });
  return count < MIN_ESCAPED ? undefined : plain;
}

/** `i g n o r e  t h i s`: words that are spelled out, with a wider gap between them. */
function unspelled(text: string): string | undefined {
  const runs = [...text.matchAll(SPELLED)].map(([run]) =>
    run.replaceAll(/[ .*_-]{2,3}/g, '\n').replaceAll(/[ .*_-]/g, ''),
  );
  return runs.length === 0 ? undefined : runs.join('\n').replaceAll('\n', ' ');
}

export function unwrap(text: string): Unwrapped[] {
  const lengths = runsOf(text);
  const parts = decodeRuns(text, lengths);
  const found: Unwrapped[] = parts.length === 0 ? [] : [{ text: parts.join('\n\n'), encoded: true }];
  const escaped = unescaped(text);
  if (escaped !== undefined) found.push({ text: escaped, encoded: true });
  const spelled = lengths.spelled ? unspelled(text) : undefined;
  if (spelled !== undefined) found.push({ text: spelled, encoded: false });
  return found;
}
