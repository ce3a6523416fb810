import { type Classes, classes } from './lexicon.js';
import { CATEGORIES, type Entry, holds, meet, type Rule } from './rules.js';
import { weighPhrases } from './phrases.js';
import { readWords, type Word } from './words.js';

/** How much speaks for each category, from 0 to 1. */
export type Weights = Float64Array;

export const noWeights = (): Weights => new Float64Array(CATEGORIES.length);

const HOMOGLYPH = CATEGORIES.indexOf('homoglyph');
/** An instruction to a model is written with letters that are not its own: nobody does that by accident. */
const DISGUISE = 0.5;
/** A text that tells of instructions quotes them, or says what they are. */
const MENTIONED = 0.6;
const QUOTED_AND_NAMED = 0.35;
const ABOUT = classes(['about']);
const NEAR = 24;
const MAX_QUOTE = 80;
const QUOTES = '"\'`“‘«„';

const NONE: Classes = [0, 0, 0, 0];
const positionOf = (words: readonly Word[], at: number): number => words[at]?.position ?? Infinity;
const classesOf = (words: readonly Word[], at: number): Classes => words[at]?.classes ?? NONE;

/** A quick look at what follows, which is enough for most words. */
function mayBegin(words: readonly Word[], first: number, { rules, reach, second }: Entry): boolean {
  if (rules.length === 0 || reach === 0) return rules.length > 0;
  const last = positionOf(words, first) + reach;
  for (let at = first + 1; at < words.length; at++) {
    const word = words[at];
    if (word === undefined || word.position > last) return false;
    if (meet(word.classes, second)) return true;
  }
  return false;
}

/** @returns the first word after `from`, at most `gap` words between, that a rule may go on with; or -1 */
function follow(words: readonly Word[], from: number, { any, also, gap }: Rule['first']): number {
  const last = positionOf(words, from) + gap + 1;
  for (let at = from + 1; at < words.length; at++) {
    const word = words[at];
    if (word === undefined || word.position > last) return -1;
    if (meet(word.classes, any) && holds(word.classes, also)) return at;
  }
  return -1;
}

/** @returns index of the last word of the rule that begins with the word at `from`, or -1 */
function match(words: readonly Word[], from: number, { first, rest }: Rule): number {
  if (!holds(classesOf(words, from), first.also)) return -1;
  let at = from;
  for (const step of rest) {
    at = follow(words, at, step);
    if (at === -1) return -1;
  }
  return at;
}

/** Whether a quotation of running text begins shortly before; what is quoted in data, as in JSON, is another matter. */
function isQuoted(text: string, start: number): boolean {
  for (let at = start - 1; at >= Math.max(1, start - MAX_QUOTE); at--) {
    const character = text.charAt(at);
    if (character === '\n') return false;
    if (!QUOTES.includes(character)) continue;
    const before = text.charAt(at - 1);
    if (/[\p{L}\p{N}]/u.test(before)) continue;
    return before === '(' || (/[\s([]/.test(before) && /[\p{L}\p{N},(]/u.test(text.charAt(at - 2)));
  }
  return false;
}

function isNamed(words: readonly Word[], first: number, end: number): boolean {
  const [from, to] = [positionOf(words, first) - NEAR, positionOf(words, end) + NEAR];
  for (let at = first - 1; at >= 0 && positionOf(words, at) >= from; at--)
    if (meet(classesOf(words, at), ABOUT)) return true;
  for (let at = end + 1; positionOf(words, at) <= to; at++) if (meet(classesOf(words, at), ABOUT)) return true;
  return false;
}

function credibility(text: string, words: readonly Word[], first: number, end: number): number {
  const quoted = isQuoted(text, words[first]?.start ?? 0);
  const named = isNamed(words, first, end);
  return quoted && named ? QUOTED_AND_NAMED : quoted || named ? MENTIONED : 1;
}

/** Adds what speaks for each category in a text. */
export function weigh(text: string, weights: Weights): void {
  const words = readWords(text);
  const weightOf = (category: number): number => weights[category] ?? 0;
  const raise = (category: number, weight: number): void => {
    if (weight > weightOf(category)) weights[category] = weight;
  };
  weighPhrases(text, raise);
  words.forEach(({ entry }, first) => {
    if (!mayBegin(words, first, entry)) return;
    for (const rule of entry.rules) {
      if (rule.weight <= weightOf(rule.category)) continue;
      const end = match(words, first, rule);
      if (end === -1) continue;
      raise(rule.category, rule.weight * credibility(text, words, first, end));
      if (weightOf(HOMOGLYPH) < DISGUISE && words.slice(first, end + 1).some(({ disguised }) => disguised))
        raise(HOMOGLYPH, DISGUISE);
    }
  });
}
