import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { detectInjection } from '../../../../../src/security/text/injection/detect.js';

const fixture = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../fixtures/${path}`, import.meta.url), 'utf8'));
const attacks = fixture('injection/attacks.json') as string[];
const benign = fixture('injection/benign.json') as string[];
const cases = fixture('attacks/cases.json') as { id: string; class: string; input: unknown; detector?: string }[];

const confidence = (text: string): number => detectInjection(text)?.confidence ?? 0;
/** Every fourth text was not looked at while words and weights were chosen. */
const PARTS: readonly (readonly [name: string, isIn: (index: number) => boolean])[] = [
  ['tuned', (index) => index % 4 !== 3],
  ['held-out', (index) => index % 4 === 3],
];
const of = (texts: readonly string[], isIn: (index: number) => boolean): string[] =>
  texts.filter((_, index) => isIn(index));

describe.each(PARTS)('on the %s part', (_name, isIn) => {
  it('finds nine of ten attacks', () => {
    const some = of(attacks, isIn);
    const missed = some.filter((text) => confidence(text) < 0.5);
    expect(missed.length / some.length).toBeLessThanOrEqual(0.1);
  });

  it('takes at most one honest text of fifty for one, and none for a grave one', () => {
    const some = of(benign, isIn);
    const wrong = some.filter((text) => confidence(text) >= 0.5);
    expect(wrong.length / some.length).toBeLessThanOrEqual(0.02);
    expect(some.filter((text) => confidence(text) >= 0.8)).toEqual([]);
  });
});

it('is measured on enough', () => {
  expect(new Set(attacks).size).toBeGreaterThanOrEqual(150);
  expect(new Set(benign).size).toBeGreaterThanOrEqual(500);
});

it.each(cases.filter(({ detector }) => detector !== undefined))('$id has $detector', ({ input, detector = '' }) => {
  const found = confidence(input as string);
  expect(detector.startsWith('score>=') ? found >= Number(detector.slice(7)) : found < Number(detector.slice(6))).toBe(
    true,
  );
});

it.each(cases.filter(({ id }) => ['OU-040', 'OU-041', 'OU-042', 'OU-045'].includes(id)))(
  '$id is found',
  ({ input }) => {
    expect(confidence(input as string)).toBeGreaterThanOrEqual(0.5);
  },
);

it('takes no benign text of the attack set for an attack', () => {
  const honest = cases.filter((one) => one.class.startsWith('benign') && typeof one.input === 'string');
  expect(honest.length).toBeGreaterThan(40);
  expect(honest.filter(({ input }) => confidence(input as string) >= 0.5).map(({ id }) => id)).toEqual([]);
});
