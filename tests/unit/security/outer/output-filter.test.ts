import { describe, expect, it } from 'vitest';
import { OrcError } from '../../../../src/kernel/errors.js';
import {
  createOutputFilter,
  type FilteredCall,
  mapStrings,
  outputFilter,
  refuseOutput,
} from '../../../../src/security/outer/output-filter.js';
import { compose } from '../../../../src/security/ring.js';
import { call } from '../calls.js';
import { GITHUB, redactor } from '../text/redactor.js';

const rules = redactor({ known: ['a-value-of-the-environment'] });
const filter = createOutputFilter({ current: () => rules, prepare: async () => undefined }, '/home/me/project');
const MARKER = expect.stringMatching(/^\[REDACTED:github:\w{4}\]$/);

const filtered = (more: Partial<FilteredCall> = {}): FilteredCall => ({
  ...{ ...call(), clean: refuseOutput, progress: () => undefined },
  ...more,
});
const run = (handler: (inner: FilteredCall) => unknown, more: Partial<FilteredCall> = {}): Promise<unknown> =>
  compose([outputFilter<FilteredCall>(filter)], async (inner) => handler(inner))(filtered(more));

describe('outputFilter', () => {
  it('takes terminal control and secrets out of every string, however deep', async () => {
    const data = {
      name: 'a\x1b]0;t\x07b',
      rows: [{ title: '\u009b31mred\x1b[0m', n: 1 }, ['\r\n\tx', GITHUB], null],
      ...{ ok: true, none: undefined, hidden: 'a\u202eb' },
    };
    expect(await run(() => data)).toEqual({
      ...{ name: 'ab', rows: [{ title: 'red', n: 1 }, ['\n\tx', MARKER], null] },
      ...{ ok: true, none: undefined, hidden: 'ab' },
    });
    expect(await run(() => '\x07')).toBe('');
  });

  it('gives back a result as it is when there is nothing to do', async () => {
    const data = { sessions: [{ id: '$1', name: 'work', created_at: '2026-11-20T10:00:00.000Z' }] };
    expect(await run(() => data)).toBe(data);
  });

  it('keeps the colours of what was cleaned as output, and of nothing else', async () => {
    const red = '\x1b[31mred\x1b[0m\x1b[2J';
    const data = await run(({ clean }) => ({ text: clean(red, { keepSgr: true }).text, title: red }));
    expect(data).toEqual({ text: '\x1b[31mred\x1b[0m', title: 'red' });
  });

  it('takes places, secrets and control out of errors, all of them', async () => {
    const failing = run(() => {
      throw new OrcError('CONFLICT', `\x1b[31mNo\x1b[0m ${GITHUB} in /etc/x\n    at f (/a/b.js:1:2)`, {
        hint: `see /home/me/project/a and ${GITHUB}`,
        retryAfterMs: 5,
        details: { candidates: [{ id: '%1', at: '/root/x', name: 'a-value-of-the-environment' }], n: 1 },
        cause: 'kept for the log',
      });
    });
    const thrown = (await failing.catch((error: unknown) => error)) as OrcError;
    expect(thrown).toBeInstanceOf(OrcError);
    expect(thrown).toMatchObject({
      ...{ code: 'CONFLICT', retryAfterMs: 5, cause: 'kept for the log' },
      message: expect.stringMatching(/^No \[REDACTED:github:\w{4}\] in \[path\]$/),
      hint: expect.stringMatching(/^see \/home\/me\/project\/a and \[REDACTED:github:\w{4}\]$/),
      details: { candidates: [{ id: '%1', at: '[path]', name: expect.stringMatching(/^\[REDACTED:env:/) }], n: 1 },
    });
    const bare = await run(() => Promise.reject(new OrcError('NOT_FOUND', 'No.'))).catch((error: unknown) => error);
    expect(bare).toMatchObject({ message: 'No.', hint: undefined, details: undefined, retryAfterMs: undefined });
  });

  it('leaves errors that are not ours to those above', async () => {
    await expect(run(() => Promise.reject(new TypeError('x')))).rejects.toThrow(TypeError);
  });

  it('cleans what is told of the progress', async () => {
    const told: unknown[] = [];
    await run(({ progress }) => progress(3, `at ${GITHUB}\x07`), { progress: (...step) => told.push(step) });
    expect(told).toEqual([[3, expect.stringMatching(/^at \[REDACTED:github:\w{4}\]$/)]]);
  });

  it('makes the rules ready before the call', async () => {
    const order: string[] = [];
    const slow = createOutputFilter(
      { current: () => rules, prepare: async () => void order.push('ready') },
      '/home/me/project',
    );
    await compose([outputFilter<FilteredCall>(slow)], async () => void order.push('called'))(filtered());
    expect(order).toEqual(['ready', 'called']);
  });

  it('lets no pane speak where there is no filter', () => {
    expect(() => filtered().clean('x')).toThrow('without an output filter');
  });
});

describe('mapStrings', () => {
  it('changes values, not keys, and not what it was given', () => {
    const given = Object.freeze({ a: 'x', b: Object.freeze(['x']) });
    expect(mapStrings(given, (text) => text.toUpperCase())).toEqual({ a: 'X', b: ['X'] });
    expect(mapStrings(5, () => 'no')).toBe(5);
  });
});
