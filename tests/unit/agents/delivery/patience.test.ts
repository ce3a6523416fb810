import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createPatience, type Patience } from '../../../../src/agents/delivery/patience.js';
import type { AgentRecord } from '../../../../src/agents/records.js';

const WORKING = { state: 'queued', reason: 'working' } as const;
const DRAFT = { state: 'held', reason: 'draft' } as const;

let record: AgentRecord;
let isWatched: boolean;
let looks: number;
let patience: Patience;

beforeEach(() => {
  vi.useFakeTimers();
  record = { panePid: 1, state: 'working', seq: 1, since: 0, isOpen: true } as AgentRecord;
  [isWatched, looks] = [true, 0];
  patience = createPatience({
    mono: () => Date.now(),
    kept: () => Promise.resolve(record).finally(() => looks++),
    isWatched: () => Promise.resolve(isWatched),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** How long the next pause takes, in milliseconds. */
async function pause(why: Parameters<Patience['wait']>[0], meanwhile?: () => void, signal = new AbortController().signal): Promise<number> {
  const began = Date.now();
  await patience.begin();
  let took: number | undefined;
  const waiting = patience.wait(why, signal).then(() => (took = Date.now() - began));
  meanwhile?.();
  while (took === undefined) await vi.advanceTimersByTimeAsync(10);
  await waiting;
  return took;
} // prettier-ignore

it('tries what somebody will tell of once that is told', async () => {
  expect(await pause(WORKING)).toBeGreaterThanOrEqual(10_000);
  setTimeout(() => (record = { ...record, state: 'idle', seq: 2 }), 3000);
  const took = await pause(WORKING);
  expect([took >= 3000, took <= 3500]).toEqual([true, true]);
  expect(looks).toBeLessThan(50);
});

it('tries again at once what has changed while it was tried', async () => {
  await pause(WORKING);
  expect(await pause(WORKING, () => (record = { ...record, seq: 3 }))).toBeLessThanOrEqual(510);
});

it('tries twice a second where nobody watches', async () => {
  isWatched = false;
  const pauses = [];
  for (let n = 0; n < 20; n++) pauses.push(await pause(WORKING));
  expect(pauses[0]).toBeLessThan(100);
  expect(pauses.slice(10).every((ms) => ms >= 500 && ms <= 520)).toBe(true);
});

it('tries less often what nobody tells of and has stood in the way for long, and begins anew with another reason', async () => {
  const pauses = [];
  for (let n = 0; n < 80; n++) pauses.push(await pause(DRAFT));
  expect(Math.max(...pauses.slice(0, 10))).toBeLessThan(520);
  expect(pauses.at(-1)).toBeGreaterThanOrEqual(2000);
  expect(Math.max(...pauses)).toBeLessThan(2020);
  expect(await pause({ state: 'queued', reason: 'starting' })).toBeLessThan(100);
});

it('ends with its signal', async () => {
  await patience.begin();
  await expect(patience.wait(WORKING, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
});
