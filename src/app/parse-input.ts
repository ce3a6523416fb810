import type { z } from 'zod';
import { OrcError } from '../kernel/errors.js';
import { didYouMean, shown } from '../kernel/text.js';

function received(input: unknown, path: readonly PropertyKey[]): string {
  const value = path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined | null)?.[key],
    input,
  );
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** One refused argument in our words: names are shown, values never. */
function describe(issue: z.core.$ZodIssue, input: unknown, known: readonly string[]): string {
  const where = issue.path.length === 0 ? 'arguments' : issue.path.map((key) => shown(String(key))).join('.');
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${issue.keys.map((key) => `"${shown(key)}"`).join(', ')}: not a parameter.${didYouMean(issue.keys[0] ?? '', known)}`;
    case 'invalid_type':
      return `${where}: expected ${NOUNS[issue.expected] ?? issue.expected}, got ${received(input, issue.path)}.`;
    case 'invalid_value':
      return `${where}: expected one of ${issue.values.map(String).join(', ')}.`;
    case 'too_small':
      return `${where}: expected at least ${String(issue.minimum)}${issue.origin === 'array' ? ' entries' : ''}.`;
    case 'too_big':
      return `${where}: expected at most ${String(issue.maximum)}${issue.origin === 'array' ? ' entries' : issue.origin === 'string' ? ' characters' : ''}.`;
    default:
      return `${where}: does not fit.`;
  }
}

const MAX_ISSUES = 3;

/** The first problem of each argument: after a wrong type the library goes on and checks a size that means nothing. */
function firstOfEach(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const seen = new Set<string>();
  return issues.filter((issue) => {
    const path = issue.path.map(String).join('.');
    if (seen.has(path)) return false;
    seen.add(path);
    return true;
  });
}

/**
 * Checks arguments against an operation's schema.
 * @throws OrcError INVALID_INPUT naming up to three refused arguments.
 */
export function parseInput(schema: z.ZodObject, args: unknown): Record<string, unknown> {
  const result = schema.safeParse(args ?? {});
  if (result.success) return result.data;
  const known = Object.keys(schema.shape);
  const issues = firstOfEach(result.error.issues).slice(0, MAX_ISSUES);
  const problems = issues.map((issue) => describe(issue, args ?? {}, known));
  throw new OrcError('INVALID_INPUT', problems.join(' '), { hint: `Parameters: ${known.join(', ')}.` });
}
