import { type Finding, spansOf } from './finding.js';

const BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
// What may stand beside the base64 of a line: a line number, a quote mark, the side of a box, an escaped line end.
const BEFORE = /[\s│┃|>+\d:#*"'-]*/y;
const BASE64 = /[A-Za-z0-9+/=]*/y;
const AFTER = /[\s│┃|",'\\nr]*$/y;
/** Headers of RFC 1421, and a last line that was cut off. */
const HEADER = /^\s*[A-Z][A-Za-z-]{2,20}: |^\W*-----E/;
/** Whatever stands around it, so much base64 in a row is key. */
const BASE64_RUN = /[A-Za-z0-9+/=]{16}/;

function isOnlyBase64(line: string): boolean {
  BEFORE.lastIndex = 0;
  BEFORE.test(line);
  BASE64.lastIndex = BEFORE.lastIndex;
  BASE64.test(line);
  AFTER.lastIndex = BASE64.lastIndex;
  return AFTER.test(line);
}

/** A word of a language, which base64 is hardly ever. */
const PLAIN_WORD = /^\W*[A-Za-z][a-z]+\W*$/;

const isKeyLine = (line: string): boolean =>
  BASE64_RUN.test(line) || HEADER.test(line) || (isOnlyBase64(line) && !PLAIN_WORD.test(line));

/** Where a key without its last line ends: before the first line that cannot be part of it. */
function endOfBody(text: string, from: number): number {
  let end = text.indexOf('\n', from);
  if (end === -1) return text.length;
  for (;;) {
    const next = text.indexOf('\n', end + 1);
    const line = text.slice(end + 1, next === -1 ? text.length : next);
    if (!isKeyLine(line)) return end;
    if (next === -1) return text.length;
    end = next;
  }
}

/** Where a key without its first line begins, not before `floor`. */
function startOfBody(text: string, end: number, floor: number): number {
  let start = text.lastIndexOf('\n', end - 1) + 1;
  while (start > floor) {
    const above = start < 2 ? 0 : text.lastIndexOf('\n', start - 2) + 1;
    const line = text.slice(above, start - 1);
    // A blank line above a key is not of it.
    if (above < floor || line.trim() === '' || !isKeyLine(line)) break;
    start = above;
  }
  return Math.max(start, floor);
}

function ends(text: string): { readonly start: number; readonly end: number }[] {
  return [...text.matchAll(END)].map(({ 0: line, index }) => ({ start: index, end: index + line.length }));
}

/** Private keys in their armour (RFC 7468, OpenSSH, OpenPGP), also those of which one end is not in the text. */
export function findPrivateKeys(text: string): Finding[] {
  if (!text.includes('PRIVATE KEY')) return [];
  const findings: Finding[] = [];
  const closing = ends(text);
  let next = 0;
  let floor = 0;
  const add = (start: number, end: number): void => {
    if (end > start) findings.push({ type: 'private_key', spans: spansOf(text, start, end) });
    floor = Math.max(floor, end);
  };
  const addOrphans = (before: number): void => {
    for (let close = closing[next]; close !== undefined && close.start < before; close = closing[++next]) {
      if (close.start >= floor) add(startOfBody(text, close.start, floor), close.end);
    }
  };
  const begins = [...text.matchAll(BEGIN)].map(({ index }) => index);
  begins.forEach((begin, index) => {
    if (begin < floor) return;
    addOrphans(begin);
    const close = closing[next];
    const following = begins[index + 1] ?? text.length;
    if (close !== undefined && close.start < following) {
      next++;
      add(begin, close.end);
    } else add(begin, Math.min(endOfBody(text, begin), following));
  });
  addOrphans(text.length + 1);
  return findings;
}
