import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type BudgetDecision,
  type BudgetLeft,
  budgetLeft,
  type BudgetLimits,
  returnBudget,
  takeBudget,
} from '../../../../src/security/limits/budget.js';
import { createMemoryStore } from '../../../../src/store/memory-store.js';
import type { StateStore } from '../../../../src/store/store.js';
import { fakeBootClock } from '../../../support/store-world.js';

const limits = (max: number, ttlMs = 60_000): BudgetLimits => ({ max, ttlMs });

let time: ReturnType<typeof fakeBootClock>;
let store: StateStore;
const start = (): void => {
  time = fakeBootClock();
  store = createMemoryStore(time.clock);
};
beforeEach(start);

const take = (given: BudgetLimits, key = 'a'): Promise<BudgetDecision> =>
  store.transact((tx) => takeBudget(tx, key, given));
const giveBack = (given: BudgetLimits, { startedAt }: BudgetDecision, key = 'a'): Promise<void> =>
  store.transact((tx) => {
    returnBudget(tx, key, given, startedAt);
  });
const left = (given: BudgetLimits, key = 'a'): Promise<BudgetLeft> =>
  store.read((view) => budgetLeft(view, key, given));

describe('a budget', () => {
  it('allows so many, refuses the next, and begins anew when it said', async () => {
    const three = limits(3);
    for (const used of [1, 2, 3]) {
      expect(await take(three)).toMatchObject({ admitted: true, used });
      time.pass(1000);
    }
    const refused = await take(three);
    expect(refused).toMatchObject({ admitted: false, used: 3, resetsInMs: 57_000 });
    time.pass(56_999.999);
    expect(await take(three)).toMatchObject({ admitted: false });
    time.pass(0.001);
    expect(await take(three)).toMatchObject({ admitted: true, used: 1, resetsInMs: 60_000 });
  });

  it('is one for each key', async () => {
    expect([(await take(limits(1), 'a')).admitted, (await take(limits(1), 'a')).admitted, (await take(limits(1), 'b')).admitted]).toEqual([true, false, true]); // prettier-ignore
  });

  it('does not care for the wall clock', async () => {
    await take(limits(1));
    const { wall } = time.clock();
    for (const shift of [-86_400_000, 86_400_000]) {
      time.set({ wall: wall + shift });
      expect(await take(limits(1))).toMatchObject({ admitted: false, resetsInMs: 60_000 });
    }
  });

  it('is told when most of it is used: at each call, and once as the first', async () => {
    const told: [boolean, boolean][] = [];
    for (let call = 0; call < 11; call++) {
      const { near, nearFirst } = await take(limits(10));
      told.push([near, nearFirst]);
    }
    const expected = Array.from({ length: 11 }, (_, call) => [call >= 7, call === 7]);
    expect(told).toEqual(expected);
    // Another limit has another end.
    expect(await take(limits(12))).toMatchObject({ used: 11, near: true, nearFirst: true });
    time.pass(60_000);
    expect(await take(limits(12))).toMatchObject({ used: 1, near: false });
  });

  it('gets back what was not used, but not from an earlier count', async () => {
    const first = await take(limits(1));
    await giveBack(limits(1), first);
    expect(await left(limits(1))).toMatchObject({ calls: 1, resetsInMs: undefined });
    const second = await take(limits(1));
    time.pass(60_000);
    expect((await take(limits(1))).admitted).toBe(true);
    await giveBack(limits(1), second);
    expect((await take(limits(1))).admitted).toBe(false);
  });

  it('follows limits that change', async () => {
    for (let call = 0; call < 5; call++) await take(limits(5));
    expect((await take(limits(6))).admitted).toBe(true);
    expect((await take(limits(2))).admitted).toBe(false);
    expect(await left(limits(2))).toEqual({ calls: 0, max: 2, resetsInMs: 60_000 });
    time.pass(1000);
    expect(await take(limits(2, 500))).toMatchObject({ admitted: true, used: 1 });
  });

  it('tells what is left without changing it', async () => {
    expect(await left(limits(5))).toEqual({ calls: 5, max: 5, resetsInMs: undefined });
    await take(limits(5));
    time.pass(100);
    for (let look = 0; look < 2; look++)
      expect(await left(limits(5))).toEqual({ calls: 4, max: 5, resetsInMs: 59_900 });
  });
});

describe('the model', () => {
  const step = fc.record({
    pass: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 })),
    who: fc.constantFrom('a', 'b'),
    /** Gives back what it got. */
    refusedLater: fc.boolean(),
  });

  it('agrees with a list of times', { timeout: 60_000 }, async () => {
    const shape = fc.record({ max: fc.integer({ min: 1, max: 6 }), ttlMs: fc.integer({ min: 1, max: 1500 }) });
    await fc.assert(
      fc.asyncProperty(shape, fc.array(step, { maxLength: 60 }), async (given, steps) => {
        start();
        const counts = new Map<string, { began: number; used: number }>();
        let now = 0;
        for (const { pass, who, refusedLater } of steps) {
          time.pass(pass);
          now += pass;
          const before = counts.get(who);
          const count = before === undefined || now - before.began >= given.ttlMs ? { began: now, used: 0 } : before;
          const decision = await take(given, who);
          expect(decision.admitted).toBe(count.used < given.max);
          expect(decision.resetsInMs).toBeCloseTo(count.began + given.ttlMs - now, 6);
          if (!decision.admitted) continue;
          if (refusedLater) await giveBack(given, decision, who);
          else count.used++;
          counts.set(who, count);
          expect((await left(given, who)).calls).toBe(given.max - count.used);
        }
      }),
      { numRuns: 300 },
    );
  });
});
