import { isDeepStrictEqual } from 'node:util';
import { areTighterPermissions } from './permissions.js';
import type { Rule } from './tightening.js';

export interface Rate {
  readonly max_requests: number;
  readonly window_seconds: number;
  readonly burst_size?: number | undefined;
}

type Rates = Readonly<Record<string, Rate | 'exempt'>>;

const endless = (value: unknown): number => (value === null ? Number.POSITIVE_INFINITY : (value as number));

function isSubset(value: unknown, below: unknown): boolean {
  return (value as unknown[]).every((entry) => (below as unknown[]).includes(entry));
}

/** A rate without a burst lets all calls of a window come at once. */
const burst = (rate: Rate): number => rate.burst_size ?? rate.max_requests;

/** Whether a rate lets no call pass that the other one refuses. */
export function isTighterRate(value: Rate, below: Rate): boolean {
  return (
    value.max_requests <= below.max_requests &&
    value.window_seconds >= below.window_seconds &&
    burst(value) <= burst(below)
  );
}

function areTighterRates(value: Rates, below: Rates, general: Rate): boolean {
  return Object.keys({ ...value, ...below }).every((name) => {
    const next = Object.hasOwn(value, name) ? value[name] : general;
    const last = Object.hasOwn(below, name) ? below[name] : general;
    if (next === undefined || last === undefined) return false;
    if (last === 'exempt') return true;
    return next !== 'exempt' && isTighterRate(next, last);
  });
}

type Word = Exclude<Rule, object>;
type Compare = (value: unknown, below: unknown, general: Rate) => boolean;

/** What a tighter value is, and how an error says so. */
const RULES: Readonly<Record<Word, { readonly is: Compare; readonly wanted: string }>> = {
  lower: { is: (value, below) => endless(value) < endless(below), wanted: 'a smaller number' },
  higher: { is: (value, below) => endless(value) > endless(below), wanted: 'a larger number' },
  true: { is: (value) => value === true, wanted: 'true' },
  false: { is: (value) => value === false, wanted: 'false' },
  fewer: { is: isSubset, wanted: 'fewer of the same entries' },
  'fewer but some': {
    is: (value, below) => (value as unknown[]).length > 0 && isSubset(value, below),
    wanted: 'fewer of the same entries',
  },
  rate: { is: (value, below) => isTighterRate(value as Rate, below as Rate), wanted: 'a stricter limit' },
  rates: {
    is: (value, below, general) => areTighterRates(value as Rates, below as Rates, general),
    wanted: 'stricter limits',
  },
  permissions: {
    is: (value, below) => areTighterPermissions(value as object, below as object),
    wanted: 'fewer operations, targets, folders and agents for each role',
  },
};

/**
 * Compares a value with the one it would replace.
 * @param general the rate of a caller without a rate of its own
 */
export function isTighter(rule: Rule | undefined, value: unknown, below: unknown, general: Rate): boolean {
  if (isDeepStrictEqual(value, below)) return true;
  if (rule === undefined) return false;
  if (typeof rule === 'string') return RULES[rule].is(value, below, general);
  return rule.order.indexOf(value as string | null) > rule.order.indexOf(below as string | null);
}

/** What a project file could have said instead. */
export function tighteningHint(rule: Rule | undefined): string {
  if (rule === undefined) return 'expected no such key in a project file that is not trusted';
  const wanted = typeof rule === 'string' ? RULES[rule].wanted : 'a stricter one';
  return `expected ${wanted} than without it, as long as the file is not trusted`;
}
