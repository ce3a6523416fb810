import { CATEGORIES } from './rules.js';
import { unwrap } from './unwrap.js';
import { noWeights, weigh, type Weights } from './weigh.js';

/** Why a text looks like instructions to a model. */
export interface Injection {
  /** From 0 to 1. */
  readonly confidence: number;
  /** Names of the categories, or of patterns of the user's own, that speak for it. */
  readonly patterns: readonly string[];
}

/** A pattern of the user's own. */
export interface OwnEvidence {
  readonly name: string;
  readonly weight: number;
  readonly isIn: (text: string) => boolean;
}

const MAX_DEPTH = 2;
const ENCODED = CATEGORIES.indexOf('encoded_payload');
const HOMOGLYPH = CATEGORIES.indexOf('homoglyph');
/** For a text that says, decoded, more than it does as it stands. */
const DECODED = 0.6;
/** What it has to say for that. */
const TELLING = 0.4;

const confidenceOf = (weights: Iterable<number>): number => {
  let doubt = 1;
  for (const weight of weights) doubt *= 1 - weight;
  return 1 - doubt;
};

function weighAll(text: string, depth: number): Weights {
  const weights = noWeights();
  weigh(text, weights);
  if (depth === MAX_DEPTH) return weights;
  for (const { text: inner, encoded } of unwrap(text)) {
    const found = weighAll(inner, depth + 1);
    const says = confidenceOf(found) > Math.max(TELLING, confidenceOf(weights));
    found.forEach((weight, category) => {
      weights[category] = Math.max(weights[category] ?? 0, weight);
    });
    const trick = encoded ? ENCODED : HOMOGLYPH;
    if (says) weights[trick] = Math.max(weights[trick] ?? 0, DECODED);
  }
  return weights;
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** Takes time in proportion to the length of the text, whatever the text. @returns undefined when nothing speaks for it */
export function detectInjection(text: string, own: readonly OwnEvidence[] = []): Injection | undefined {
  const weights = weighAll(text, 0);
  const matching = own.filter(({ isIn }) => isIn(text));
  const patterns = [
    ...CATEGORIES.filter((_, category) => (weights[category] ?? 0) > 0),
    ...matching.map(({ name }) => name),
  ];
  if (patterns.length === 0) return undefined;
  return { confidence: rounded(confidenceOf([...weights, ...matching.map(({ weight }) => weight)])), patterns };
}
