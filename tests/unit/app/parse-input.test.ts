import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseInput } from '../../../src/app/parse-input.js';
import { operations } from '../../../src/operations/index.js';

const SCHEMA = z
  .object({
    target: z.string(),
    lines: z.int().min(1).max(5000).default(50),
    ratio: z.number().optional(),
    detail: z.enum(['sessions', 'windows']).optional(),
    ansi: z.boolean().optional(),
    keys: z.array(z.string()).min(1).max(2).optional(),
    env: z.record(z.string(), z.string()).optional(),
    cursor: z.string().max(3).optional(),
    nested: z.object({ inner: z.string() }).optional(),
  })
  .strict();

function failure(args: unknown): { message: string; hint: string } {
  try {
    parseInput(SCHEMA, args);
  } catch (error) {
    expect(error).toMatchObject({ name: 'OrcError', code: 'INVALID_INPUT' });
    return error as { message: string; hint: string };
  }
  throw new Error('was accepted');
}
const message = (args: unknown): string => failure(args).message;

describe('parseInput', () => {
  it('gives what fits, with defaults', () => {
    expect(parseInput(SCHEMA, { target: 'x' })).toEqual({ target: 'x', lines: 50 });
    expect(parseInput(SCHEMA, { target: '', keys: ['a'], env: { A: '1' } })).toEqual({
      target: '',
      lines: 50,
      keys: ['a'],
      env: { A: '1' },
    });
    expect(parseInput(z.object({}).strict(), undefined)).toEqual({});
    expect(parseInput(z.object({}).strict(), null)).toEqual({});
  });

  it.each([
    [{}, 'target: expected text, got nothing.'],
    [undefined, 'target: expected text, got nothing.'],
    [{ target: null }, 'target: expected text, got null.'],
    [{ target: 5 }, 'target: expected text, got a number.'],
    [{ target: ['SECRET'] }, 'target: expected text, got a list.'],
    [{ target: { a: 'SECRET' } }, 'target: expected text, got an object.'],
    [{ target: 'x', lines: 'SECRET' }, 'lines: expected a number, got a string.'],
    [{ target: 'x', lines: 1.5 }, 'lines: expected a whole number, got a number.'],
    [{ target: 'x', lines: 0 }, 'lines: expected at least 1.'],
    [{ target: 'x', lines: 5001 }, 'lines: expected at most 5000.'],
    [{ target: 'x', lines: Number.NaN }, 'lines: expected a number, got a number.'],
    [{ target: 'x', ansi: 'SECRET' }, 'ansi: expected true or false, got a string.'],
    [{ target: 'x', detail: 'SECRET' }, 'detail: expected one of sessions, windows.'],
    [{ target: 'x', keys: 'SECRET' }, 'keys: expected a list, got a string.'],
    [{ target: 'x', keys: [] }, 'keys: expected at least 1 entries.'],
    [{ target: 'x', keys: ['a', 'b', 'SECRET'] }, 'keys: expected at most 2 entries.'],
    [{ target: 'x', keys: ['a', 5] }, 'keys.1: expected text, got a number.'],
    [{ target: 'x', env: 'SECRET' }, 'env: expected an object, got a string.'],
    [{ target: 'x', env: { A: 1 } }, 'env.A: expected text, got a number.'],
    [{ target: 'x', cursor: 'SECRET' }, 'cursor: expected at most 3 characters.'],
    [{ target: 'x', nested: { inner: null } }, 'nested.inner: expected text, got null.'],
    [[], 'arguments: expected an object, got a list.'],
    ['SECRET', 'arguments: expected an object, got a string.'],
    [5, 'arguments: expected an object, got a number.'],
  ])('says what was expected and what came: %j', (args, expected) => {
    expect(message(args)).toBe(expected);
  });

  it('names unknown parameters, with the nearest known one', () => {
    expect(message({ target: 'x', line: 'SECRET' })).toBe('"line": not a parameter. Did you mean "lines"?');
    expect(message({ target: 'x', a: 1, b: 2 })).toMatch(/^"a", "b": not a parameter\./);
    expect(message({ target: 'x', '\x1b[31m\n': 1 })).toMatch(/^"\?\[31m\?": not a parameter\./);
    expect(message({ target: 'x', ['k'.repeat(1000)]: 1 })).toBe(`"${'k'.repeat(64)}...": not a parameter.`);
    expect(message({ target: 'x', env: { ['\x1b'.repeat(100)]: 1 } })).toMatch(/^env\.\?{64}\.\.\.: expected text/);
  });

  it('takes no key for granted that objects have anyway', () => {
    for (const key of ['constructor', 'toString', 'hasOwnProperty'])
      expect(message(JSON.parse(`{"target":"x","${key}":1}`))).toContain('not a parameter');
    const polluted = JSON.parse('{"target":"x","__proto__":{"lines":7}}') as object;
    try {
      expect(parseInput(SCHEMA, polluted)).toEqual({ target: 'x', lines: 50 });
    } catch (error) {
      expect(error).toMatchObject({ code: 'INVALID_INPUT' });
    }
  });

  it('names at most three of many, and lists the parameters there are', () => {
    const { message: text, hint } = failure({ target: 1, lines: 'x', ansi: 1, detail: 1, keys: 1 });
    expect(text.match(/expected/g)).toHaveLength(3);
    expect(hint).toBe('Parameters: target, lines, ratio, detail, ansi, keys, env, cursor, nested.');
  });

  it('never shows a value, whatever an operation is called with', () => {
    const value = fc.oneof(
      fc.constantFrom('#VALUE#', ['#VALUE#'], { inner: '#VALUE#' }, 5, null, true, -1, 1e9, 1.5, []),
      fc.array(fc.constant('#VALUE#'), { maxLength: 60 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...operations), fc.array(value, { maxLength: 8 }), ({ input }, values) => {
        const args = Object.fromEntries(Object.keys(input.shape).map((key, index) => [key, values[index]]));
        try {
          parseInput(input, args);
        } catch (error) {
          expect(error).toMatchObject({ name: 'OrcError', code: 'INVALID_INPUT' });
          const { message: text, hint } = error as { message: string; hint: string };
          expect(text + hint).not.toContain('#VALUE#');
          expect(text).toMatch(/^[\x20-\x7e]+$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
