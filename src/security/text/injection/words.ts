import { addLetter, DISGUISED, IGNORED, LEET, letterAt, NO_LETTERS, SEPARATOR } from './letters.js';
import { type Classes, classes } from './lexicon.js';
import { type Entry, entryOf, join, meet, prepareEntries } from './rules.js';

/** A word of the text that is in the lexicon. */
export interface Word {
  readonly start: number;
  /** Counted in words; a new sentence or paragraph makes a wider step. */
  readonly position: number;
  readonly entry: Entry;
  /** The classes of the entry, and what it is by what stands around it. */
  readonly classes: Classes;
  /** Written with letters that are not its own. */
  readonly disguised: boolean;
}

/** The word that was read last. One object for all: there is one for each word of a text. */
const last = { end: 0, hash: 0, letters: false, signs: false, disguised: false };

const isApostrophe = (code: number): boolean => code === 0x27 || code === 0x2019;
const MAX_LEET = 20;

function isLetter(letter: number): boolean {
  const code = letter & 0xffff;
  return code > IGNORED && (code < 0x30 || code > 0x39);
}

/** Signs such as @ belong to a word where letters stand on both sides. */
function inside(text: string, at: number, code: number): number {
  if (!last.letters || at + 1 >= text.length || !isLetter(letterAt(text, at + 1))) return SEPARATOR;
  if (isApostrophe(code)) return IGNORED;
  return code < 0x80 && (LEET[code] ?? 0) > 0 ? code : SEPARATOR;
}

/** What is below it, in a word, is a digit or a sign. */
const FIRST_LETTER = 0x3a;

function readWord(text: string, start: number): void {
  let at = start;
  let hash = NO_LETTERS;
  let signs = false;
  let disguised = false;
  last.letters = false;
  for (; at < text.length; at++) {
    let letter = letterAt(text, at);
    if (letter === SEPARATOR) letter = inside(text, at, text.charCodeAt(at));
    if (letter === SEPARATOR) break;
    if (letter >= DISGUISED) disguised = true;
    const code = letter & 0xffff;
    if (code === IGNORED) continue;
    if (code < FIRST_LETTER) signs = true;
    else last.letters = true;
    hash = addLetter(hash, code);
  }
  last.end = at;
  last.hash = hash;
  last.signs = signs;
  last.disguised = disguised;
}

const read = (code: number): number => {
  const letter = code < 0x80 ? (LEET[code] ?? 0) : 0;
  return letter === 0 ? code : letter;
};

/** The entry of a word whose digits are read as letters. */
function leetEntry(text: string, start: number, end: number): Entry | undefined {
  if (end - start > MAX_LEET) return undefined;
  let hash = NO_LETTERS;
  for (let at = start; at < end; at++) {
    const letter = letterAt(text, at);
    const code = letter === SEPARATOR ? text.charCodeAt(at) : letter & 0xffff;
    if (code !== IGNORED && !isApostrophe(code)) hash = addLetter(hash, read(code));
  }
  return entryOf(hash);
}

const ROLES = classes(['role', 'reminder', 'closing', 'system', 'override', 'task', 'sh']);
const [TAG, ENDED, BRACKET, LABEL, COLON, PIPED] = (
  ['tag', 'ended', 'bracket', 'label', 'colon', 'piped'] as const
).map((shape) => classes([shape])) as [Classes, Classes, Classes, Classes, Classes, Classes];

const MARKS = new Set(' \t#*>|-"\'`[(');
const MAX_INDENT = 12;

/** Whether nothing but marks stands before it in its line. */
function beginsLine(text: string, start: number): boolean {
  for (let at = start - 1; at >= 0; at--) {
    const character = text.charAt(at);
    if (character === '\n') return true;
    if (at < start - MAX_INDENT || !MARKS.has(character)) return false;
  }
  return true;
}

const AFTER_TAG = new Set('>|: ');
const AFTER_BRACKET = new Set('] :');
const CLOSING = new Set(')]*"');

type Shapes = (text: string, start: number, end: number) => boolean;

const isTag = (text: string, before: number): boolean =>
  text.charAt(before) === '<' || (text.charAt(before) === '|' && text.charAt(before - 1) === '<');

/** What brackets, colons and pipes make of a word. */
const SHAPED: readonly (readonly [Classes, Shapes])[] = [
  [TAG, (text, start, end) => AFTER_TAG.has(text.charAt(end)) && isTag(text, start - 1)],
  [
    ENDED,
    (text, start, end) => text.charAt(start - 1) === '/' && AFTER_TAG.has(text.charAt(end)) && isTag(text, start - 2),
  ],
  [
    BRACKET,
    (text, start, end) =>
      AFTER_BRACKET.has(text.charAt(end)) &&
      text.charAt(text.charAt(start - 1) === '/' ? start - 2 : start - 1) === '[',
  ],
  [
    COLON,
    (text, _start, end) => text.charAt(end) === ':' || (text.charAt(end + 1) === ':' && CLOSING.has(text.charAt(end))),
  ],
  [PIPED, (text, start) => text.charAt(text.charAt(start - 1) === ' ' ? start - 2 : start - 1) === '|'],
  [LABEL, (text, start) => beginsLine(text, start)],
];

function shapeOf(text: string, start: number, end: number, plain: Classes): Classes {
  let shaped = plain;
  for (const [shape, isIn] of SHAPED) if (isIn(text, start, end)) shaped = join(shaped, shape);
  return shaped;
}

const NEW_SENTENCE = 3;
const NEW_PARAGRAPH = 8;

/** How far what stands between two words sets them apart. */
function step(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit === 0x0a) return text.charCodeAt(at + 1) === 0x0a ? NEW_PARAGRAPH : 0;
  if (unit !== 0x2e && unit !== 0x21 && unit !== 0x3f) return 0;
  const next = text.charCodeAt(at + 1);
  return next === 0x20 || next === 0x0a ? NEW_SENTENCE : 0;
}

/** Reads a text once, from the left to the right. */
export function readWords(text: string): Word[] {
  prepareEntries();
  const words: Word[] = [];
  let position = 0;
  for (let at = 0; at < text.length;) {
    const letter = letterAt(text, at);
    if (letter === SEPARATOR) {
      position += step(text, at++);
      continue;
    }
    const start = at;
    readWord(text, start);
    at = last.end;
    // Nothing but invisible characters.
    if (last.hash === NO_LETTERS) continue;
    position++;
    const plain = entryOf(last.hash);
    const entry = plain ?? (last.signs && last.letters ? leetEntry(text, start, at) : undefined);
    if (entry === undefined) continue;
    const { end, disguised } = last;
    const { classes: plainly } = entry;
    const shaped = meet(plainly, ROLES) ? shapeOf(text, start, end, plainly) : plainly;
    words.push({ start, position, entry, classes: shaped, disguised: disguised || plain === undefined });
  }
  return words;
}
