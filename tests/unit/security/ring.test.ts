import { describe, expect, it } from 'vitest';
import { type Call, compose, type Layer } from '../../../src/security/ring.js';
import { call } from './calls.js';

describe('compose', () => {
  const seen: string[] = [];
  const layer =
    (name: string): Layer<Call> =>
    async (given, next) => {
      seen.push(`${name} in`);
      const result = await next({ ...given, name: `${given.name ?? ''}${name}` });
      seen.push(`${name} out`);
      return `${String(result)}${name}`;
    };

  it('runs the first layer outermost, and hands on what a layer passes', async () => {
    const run = compose([layer('a'), layer('b'), layer('c')], async (given) => `${given.name ?? ''}!`);
    expect(await run(call({ name: '' }))).toBe('abc!cba');
    expect(seen).toEqual(['a in', 'b in', 'c in', 'c out', 'b out', 'a out']);
  });

  it('is the innermost alone without layers', async () => {
    expect(await compose([], async ({ name }) => name)(call({ name: 'x' }))).toBe('x');
  });

  it('throws when a layer calls next twice, and runs the call once', async () => {
    let runs = 0;
    const twice: Layer<Call> = async (given, next) => {
      await next(given);
      return next(given);
    };
    const atOnce: Layer<Call> = async (given, next) => Promise.all([next(given), next(given)]);
    for (const wrong of [twice, atOnce]) {
      const run = compose([layer('a'), wrong, layer('b')], async () => ++runs);
      await expect(run(call())).rejects.toThrow('a layer called next twice');
    }
    expect(runs).toBe(2);
  });

  it('lets the same ring take many calls at once', async () => {
    const run = compose([layer('a')], async ({ name }) => name);
    expect(await Promise.all(['1', '2'].map((name) => run(call({ name }))))).toEqual(['1aa', '2aa']);
  });

  it('stops at a layer that throws, at once or later', async () => {
    let ran = false;
    const inner = async (): Promise<void> => void (ran = true);
    const refuse: Layer<Call> = () => {
      throw new Error('no');
    };
    const later: Layer<Call> = () => Promise.reject(new Error('no'));
    for (const wrong of [refuse, later])
      await expect(compose([layer('a'), wrong], inner)(call())).rejects.toThrow('no');
    expect(ran).toBe(false);
  });
});
