import type { z } from 'zod';
import { shown } from '../kernel/text.js';
import type { Leaf } from './leaves.js';
import type { Problem } from './problem.js';

/** A value of one key and where it came from. */
export interface Setting {
  readonly leaf: Leaf;
  readonly value: unknown;
  /** `user PATH`, `project PATH`, `environment NAME` or `flag`. */
  readonly origin: string;
  /** The same as errors name it: without a path outside the project. */
  readonly where: string;
}

const EXPECTED_TEXT: Readonly<Record<Leaf['form'], string>> = {
  text: 'text',
  number: 'a number',
  boolean: 'true or false',
  list: 'a comma-separated list',
  numbers: 'a comma-separated list of numbers',
  json: 'JSON',
};

const EXPECTED_YAML: Readonly<Record<Leaf['form'], string>> = {
  ...EXPECTED_TEXT,
  list: 'a list of texts',
  numbers: 'a list of numbers',
  json: 'a map or list of the documented form',
};

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false, 1: true, 0: false };

const toNumber = (text: string): number => (/^-?[0-9]+(?:\.[0-9]+)?$/.test(text.trim()) ? Number(text) : Number.NaN);

const toList = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** How each text form is read; what cannot be read is left to the schema to refuse. */
const READERS: Readonly<Record<Leaf['form'], (text: string) => unknown>> = {
  text: (text) => text,
  number: toNumber,
  boolean: (text) => (Object.hasOwn(BOOLEANS, text.toLowerCase()) ? BOOLEANS[text.toLowerCase()] : text),
  list: toList,
  numbers: (text) => toList(text).map(toNumber),
  json: (text) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return undefined;
    }
  },
};

/** Reads the text form of a value, as the environment and the command line give it. */
export function readText(leaf: Leaf, text: string): unknown {
  return leaf.nullable && (text === '' || text === 'null') ? null : READERS[leaf.form](text);
}

function sized(origin: string, number: number | bigint, word: string): string {
  const unit = { array: ' entries', string: ' characters' }[origin] ?? '';
  return `${word} ${String(number)}${unit}`;
}

/** What the schema says itself, in our words. */
function said(issue: z.core.$ZodIssue | undefined): string | undefined {
  if (issue?.code === 'invalid_key') return said(issue.issues[0]);
  const isOurs = issue?.code === 'invalid_format' || issue?.code === 'custom';
  // A choice by a word; of other unions the library says something.
  return isOurs || (issue?.code === 'invalid_union' && issue.errors.length === 0) ? issue.message : undefined;
}

/**
 * What a refused value should have been, in our words: the library's text could quote the value.
 * @param whole what the value as a whole has to be
 * @param nested whether the error names the part that is wrong
 */
function expectation(issue: z.core.$ZodIssue | undefined, whole: string, nested: boolean): string {
  switch (issue?.code) {
    case 'too_small':
      return sized(issue.origin, issue.minimum, 'at least');
    case 'too_big':
      return sized(issue.origin, issue.maximum, 'at most');
    case 'invalid_value':
      return issue.values.length === 1
        ? `${String(issue.values[0])}; this version has nothing else`
        : `one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return nested || issue.expected === 'int' ? (NOUNS[issue.expected] ?? whole) : whole;
    case 'unrecognized_keys':
      return `only known keys (not ${issue.keys.map(shown).join(', ')})`;
    default:
      return said(issue) ?? whole;
  }
}

const MAX_DEPTH = 32;

/** What no schema looks for: the key that means the prototype to an assignment, and nesting that exhausts the stack. */
function misshapen(value: unknown, depth = 0): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return `at most ${String(MAX_DEPTH)} levels`;
  if (Object.hasOwn(value, '__proto__')) return 'no key "__proto__"';
  for (const item of Object.values(value)) {
    const found = misshapen(item, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @returns what is wrong with a value, or undefined. */
export function checkValue(leaf: Leaf, value: unknown, where: string, form: 'text' | 'yaml'): Problem | undefined {
  const shape = misshapen(value);
  if (shape !== undefined) return { where, key: leaf.path, text: `expected ${shape}` };
  const result = leaf.schema.safeParse(value);
  // Text that could not be read is undefined here, which a schema would take for its default.
  if (result.success && value !== undefined) return undefined;
  const issue = result.error?.issues[0];
  // An entry of a comma-separated list has no path that a user could see.
  const parts = form === 'yaml' || leaf.form === 'json' ? (issue?.path ?? []) : [];
  const key = [leaf.path, ...parts.map((part) => shown(String(part)))].join('.');
  const whole = (form === 'text' ? EXPECTED_TEXT : EXPECTED_YAML)[leaf.form];
  return { where, key, text: `expected ${expectation(issue, whole, parts.length > 0)}` };
}
