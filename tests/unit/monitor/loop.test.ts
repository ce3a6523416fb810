import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Round, runLoop } from '../../../src/monitor/loop.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Runs rounds that give these results and take so long, and then stops. @returns when each began */
async function beginnings(results: readonly Round[], takesMs = 0, intervalMs = 500): Promise<number[]> {
  const began: number[] = [];
  let running = 0;
  const { signal } = new AbortController();
  const done = runLoop({
    ...{ clock: { mono: () => performance.now() }, signal, intervalMs: () => intervalMs },
    round: async () => {
      began.push(Math.round(performance.now()));
      expect(++running).toBe(1);
      if (takesMs > 0) await new Promise((resolve) => setTimeout(resolve, takesMs));
      running--;
      return results[began.length - 1];
    },
  });
  await vi.advanceTimersByTimeAsync(1_000_000);
  await done;
  return began.map((at) => at - began[0]!);
}
const gaps = (began: readonly number[]): number[] => began.slice(1).map((at, index) => at - began[index]!);
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('runLoop', () => {
  it('begins a round each interval, whatever the last one took of it', async () => {
    expect(await beginnings(times(4, 'news'), 200)).toEqual([0, 500, 1000, 1500, 2000]);
  });

  it('never runs two at once: one that takes longer is followed after a breath', async () => {
    expect(await beginnings(times(3, 'news'), 1200)).toEqual([0, 1220, 2440, 3660]);
  });

  it('comes half as often where nothing has happened for long, and at once as before where something does', async () => {
    const waited = gaps(await beginnings([...times(62, 'quiet' as const), 'news', 'quiet']));
    expect(waited.slice(0, 59)).toEqual(times(59, 500));
    expect(waited.slice(59)).toEqual([1000, 1000, 1000, 500, 500]);
  });

  it('asks less and less often for what is away', async () => {
    const waited = gaps(await beginnings([...times(6, 'away' as const), 'quiet', 'away']));
    expect(waited).toEqual([500, 1000, 2000, 4000, 5000, 5000, 500, 500]);
  });

  it('ends at once, also in the middle of a pause', async () => {
    const ending = new AbortController();
    let rounds = 0;
    const done = runLoop({
      ...{ clock: { mono: () => performance.now() }, signal: ending.signal, intervalMs: () => 60_000 },
      round: () => Promise.resolve(++rounds > 0 ? 'news' : undefined),
    });
    await vi.advanceTimersByTimeAsync(10);
    ending.abort();
    await done;
    expect(rounds).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['waits at its end for the round that runs', 3000, 3000],
    ['leaves a round behind that does not end', Infinity, 5000],
  ])('%s', async (_what, takesMs, expected) => {
    const ending = new AbortController();
    const began = performance.now();
    const done = runLoop({
      ...{ clock: { mono: () => performance.now() }, signal: ending.signal, intervalMs: () => 500 },
      round: () => new Promise((resolve) => { if (takesMs < Infinity) setTimeout(resolve, takesMs, 'quiet'); }),
    }).then(() => performance.now() - began);
    ending.abort();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await done).toBe(expected);
  }); // prettier-ignore
});
