import { describe, expect, it } from 'vitest';
import { compose } from '../../../../src/security/ring.js';
import { mapStrings, outputFilter } from '../../../../src/security/outer/output-filter.js';
import { call } from '../calls.js';

const run = async (data: unknown, args: unknown = {}): Promise<unknown> =>
  compose([outputFilter()], async () => data)(call({ args }));

describe('outputFilter', () => {
  it('takes terminal control out of every string, however deep', async () => {
    const data = {
      name: 'a\x1b]0;t\x07b',
      rows: [{ title: '\u009b31mred\x1b[0m', n: 1 }, ['\r\n\tx'], null],
      ok: true,
      none: undefined,
    };
    expect(await run(data)).toEqual({
      name: 'ab',
      rows: [{ title: 'red', n: 1 }, ['\n\tx'], null],
      ok: true,
      none: undefined,
    });
    expect(await run('\x07')).toBe('');
  });

  it('keeps colours only for a call that asked for them', async () => {
    const text = '\x1b[31mred\x1b[0m\x1b[2J';
    expect(await run(text, { ansi: true })).toBe('\x1b[31mred\x1b[0m');
    for (const args of [{}, { ansi: false }, { ansi: 'true' }, { ansi: 1 }, null, undefined, 'ansi', ['ansi'], 5])
      expect(await run(text, args)).toBe('red');
  });

  it('leaves errors to those above', async () => {
    const failing = compose([outputFilter()], () => Promise.reject(new Error('x')));
    await expect(failing(call())).rejects.toThrow('x');
  });
});

describe('mapStrings', () => {
  it('changes values, not keys, and not what it was given', () => {
    const given = Object.freeze({ a: 'x', b: Object.freeze(['x']) });
    expect(mapStrings(given, (text) => text.toUpperCase())).toEqual({ a: 'X', b: ['X'] });
    expect(mapStrings(5, () => 'no')).toBe(5);
  });
});
