import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sleep, systemClock } from '../../../src/kernel/clock.js';
import { keepRunning, PAUSE_MS, STEADY_MS } from '../../../src/monitor/keep-running.js';

let pauses: number[];
let ending: AbortController;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  pauses = [];
  ending = new AbortController();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Runs for so long each time, the last of them for ever. */
function keep(...times: number[]): Promise<void> {
  let run = 0;
  return keepRunning({
    run: (signal) => sleep(times[run++] ?? 1e9, signal).catch(() => undefined),
    ...{ clock: systemClock, signal: ending.signal, onPause: (ms) => pauses.push(ms) },
  });
}

it('starts again what crashes at once, less and less often', async () => {
  const kept = keep(...Array.from({ length: 9 }, () => 10));
  await vi.advanceTimersByTimeAsync(400_000);
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, PAUSE_MS.most, PAUSE_MS.most, PAUSE_MS.most]);
  ending.abort();
  await kept;
});

it('begins with the first pause again after what ran for a while', async () => {
  const kept = keep(10, 10, STEADY_MS, 10);
  await vi.advanceTimersByTimeAsync(100_000);
  expect(pauses).toEqual([1000, 2000, 1000, 2000]);
  ending.abort();
  await kept;
});

it('ends while it runs, and while it pauses', async () => {
  const running = keep();
  await vi.advanceTimersByTimeAsync(1000);
  ending.abort();
  await running;
  expect(pauses).toEqual([]);
  ending = new AbortController();
  const pausing = keep(10);
  await vi.advanceTimersByTimeAsync(500);
  ending.abort();
  await pausing;
  expect(pauses).toEqual([1000]);
});
