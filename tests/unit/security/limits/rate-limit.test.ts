import fc from 'fast-check';
import Database from 'libsql';
import { beforeEach, describe, expect, it } from 'vitest';
import { decideRate, leaveQueue, type RateDecision, rateLeft } from '../../../../src/security/limits/rate-limit.js';
import type { RateScope } from '../../../../src/security/limits/rate-scopes.js';
import { createMemoryStore } from '../../../../src/store/memory-store.js';
import type { StateStore } from '../../../../src/store/store.js';
import { createStoreWorld, fakeBootClock } from '../../../support/store-world.js';

const scope = (max: number, seconds: number, burst: number | undefined = max, key = 'caller a'): RateScope => ({
  name: 'caller',
  ...{ key, max, windowMs: seconds * 1000, burst },
});

let time: ReturnType<typeof fakeBootClock>;
let store: StateStore;
beforeEach(() => {
  time = fakeBootClock();
  store = createMemoryStore(time.clock);
});

const decide = (scopes: readonly RateScope[], ticket?: string, patience = 0): Promise<RateDecision> =>
  store.transact((tx) => decideRate(tx, scopes, ticket, patience));
const admits = async (...scopes: RateScope[]): Promise<boolean> => (await decide(scopes)).admitted;
const waitOf = async (...scopes: RateScope[]): Promise<number> => {
  const decision = await decide(scopes);
  return decision.admitted ? 0 : decision.waitMs;
};
/** How many of so many calls at once are admitted. */
const burstOf = async (calls: number, ...scopes: RateScope[]): Promise<number> => {
  const all = await Promise.all(Array.from({ length: calls }, () => admits(...scopes)));
  return all.filter(Boolean).length;
};

describe('the token bucket', () => {
  it('lets a burst pass and then as many as flow in', async () => {
    const limited = scope(5, 1, 2);
    expect([await admits(limited), await admits(limited), await admits(limited)]).toEqual([true, true, false]);
    expect(await waitOf(limited)).toBeCloseTo(200, 6);
    time.pass(199.9);
    expect(await admits(limited)).toBe(false);
    time.pass(0.1);
    expect([await admits(limited), await admits(limited)]).toEqual([true, false]);
  });

  it('counts each caller for itself', async () => {
    const [one, two] = [scope(60, 1, 1, 'caller 1'), scope(60, 1, 1, 'caller 2')];
    expect([await admits(one), await admits(one), await admits(two)]).toEqual([true, false, true]);
  });

  it('admits exactly the burst of calls that come at once', async () => {
    expect(await burstOf(20, scope(100, 60, 10))).toBe(10);
  });

  it('fills up no further than the burst', async () => {
    const limited = scope(100, 10, 5);
    expect(await burstOf(5, limited)).toBe(5);
    time.pass(1_000_000);
    expect(await burstOf(9, limited)).toBe(5);
  });
});

describe('the sliding window', () => {
  it('is exact at its edge', async () => {
    const limited = scope(3, 1);
    expect(await burstOf(3, limited)).toBe(3);
    expect(await waitOf(limited)).toBe(1000);
    time.pass(999.999);
    expect(await admits(limited)).toBe(false);
    time.pass(0.001);
    expect(await burstOf(5, limited)).toBe(3);
  });

  it('never admits more than the limit in any window', async () => {
    const limited = scope(10, 2, 10);
    const at: number[] = [];
    for (const [ms, calls] of [
      [0, 1],
      [1900, 20],
      [160, 20],
      [500, 20],
      [1400, 20],
      [2000, 20],
    ] as const) {
      // prettier-ignore
      time.pass(ms);
      const now = time.clock().awake;
      at.push(...Array.from<number>({ length: await burstOf(calls, limited) }).fill(now));
    }
    for (const start of at)
      expect(at.filter((hit) => hit >= start && hit < start + 2000).length).toBeLessThanOrEqual(10);
    expect(at.filter((hit) => hit === 1000).length).toBe(1);
  });

  it('moves on with each call', async () => {
    const limited = scope(2, 0.5);
    await burstOf(1, limited);
    time.pass(300);
    expect(await admits(limited)).toBe(true);
    expect(await waitOf(limited)).toBeCloseTo(200, 6);
    time.pass(200);
    expect([await admits(limited), await admits(limited)]).toEqual([true, false]);
    expect(await waitOf(limited)).toBeCloseTo(300, 6);
  });

  it('holds with the bucket: more than the limit never comes in a window', async () => {
    const limited = scope(100, 60, 10);
    let admitted = 0;
    for (let second = 0; second < 60; second++) {
      admitted += await burstOf(5, limited);
      time.pass(1000);
    }
    expect(admitted).toBe(100);
  });
});

describe('several scopes', () => {
  it('count a refused call in none', async () => {
    const [wide, narrow] = [scope(3, 60, 3, 'user'), scope(1, 60, 1)];
    expect([await admits(wide, narrow), await admits(wide, narrow), await admits(narrow, wide)]).toEqual([true, false, false]); // prettier-ignore
    expect(await burstOf(9, wide)).toBe(2);
  });

  it('wait for the slowest', async () => {
    const [fast, slow] = [scope(1, 1, 1, 'user'), scope(1, 9)];
    await admits(fast, slow);
    const decision = await decide([fast, slow]);
    expect(decision).toEqual({ admitted: false, waitMs: 9000, scope: slow, queued: false });
  });

  it('may have no bucket', async () => {
    const hour: RateScope = { name: 'hour', key: 'hour a', max: 50, windowMs: 3_600_000, burst: undefined };
    expect(await burstOf(60, hour)).toBe(50);
    time.pass(3_599_999);
    expect(await admits(hour)).toBe(false);
    time.pass(1);
    expect(await burstOf(60, hour)).toBe(50);
  });
});

describe('limits that change', () => {
  it('hold from the next call', async () => {
    expect(await burstOf(10, scope(10, 60))).toBe(10);
    expect(await admits(scope(10, 60))).toBe(false);
    expect(await admits(scope(11, 60, 11))).toBe(false);
    time.pass(6000);
    expect([await admits(scope(11, 60, 11)), await admits(scope(11, 60, 11))]).toEqual([true, false]);
    time.pass(60_000);
    expect(await burstOf(10, scope(2, 60))).toBe(2);
    expect(await admits(scope(2, 60))).toBe(false);
  });
});

/** The same rules, written without any thought of cost. */
class Oracle {
  readonly #scopes = new Map<string, { hits: number[]; tokens: number; at: number }>();

  #state(given: RateScope, now: number): { hits: number[]; tokens: number; at: number } {
    const state = this.#scopes.get(given.key) ?? { hits: [], tokens: given.burst ?? 0, at: now };
    this.#scopes.set(given.key, state);
    return state;
  }
  #tokens(given: RateScope, now: number): number {
    const { tokens, at } = this.#state(given, now);
    return Math.min(given.burst ?? 0, tokens + ((now - at) * given.max) / given.windowMs);
  }
  #free(given: RateScope, now: number, tolerance: number): boolean {
    const { hits } = this.#state(given, now);
    const recent = hits.filter((hit) => hit + given.windowMs > now + tolerance);
    return recent.length < given.max && (given.burst === undefined || this.#tokens(given, now) >= 1 - 1e-6);
  }
  admit(scopes: readonly RateScope[], now: number): boolean {
    if (!scopes.every((given) => this.#free(given, now, 0))) return false;
    for (const given of scopes) {
      const state = this.#state(given, now);
      const tokens = Math.max(0, this.#tokens(given, now) - 1);
      Object.assign(state, { tokens, at: now, hits: [...state.hits, now] });
    }
    return true;
  }
  /** The first moment at which it would be admitted if nobody else came. */
  earliest(scopes: readonly RateScope[], now: number): number {
    const moments = scopes.flatMap((given) => {
      const { hits } = this.#state(given, now);
      const full =
        given.burst === undefined ? now : now + ((1 - this.#tokens(given, now)) * given.windowMs) / given.max;
      return [full, ...hits.map((hit) => hit + given.windowMs)];
    });
    const possible = [now, ...moments].filter((moment) => moment >= now);
    return Math.min(...possible.filter((moment) => scopes.every((given) => this.#free(given, moment, 1e-3))));
  }
}

describe('the model', () => {
  const shape = fc.record({
    max: fc.integer({ min: 1, max: 8 }),
    windowMs: fc.integer({ min: 1, max: 5000 }),
    burst: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
  });
  const step = fc.record({
    pass: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 3000 })),
    who: fc.integer({ min: 0, max: 2 }),
    /** Waits as long as it was told before it comes. */
    obey: fc.boolean(),
  });

  it('agrees with an oracle on who is admitted, and when the next one can be', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(shape, shape, shape, fc.array(step, { maxLength: 60 }), async (own, hourly, user, steps) => {
        time = fakeBootClock();
        store = createMemoryStore(time.clock);
        const oracle = new Oracle();
        let told = 0;
        for (const { pass, who, obey } of steps) {
          time.pass(obey ? told : pass);
          const now = time.clock().awake;
          const scopes: RateScope[] = [
            { name: 'caller', key: `caller ${String(who)}`, ...own },
            { name: 'hour', key: `hour ${String(who)}`, ...hourly },
            { name: 'user', key: 'user', ...user },
          ];
          const earliest = oracle.earliest(scopes, now);
          const left = await store.read((view) => rateLeft(view, scopes));
          const decision = await decide(scopes);
          expect(decision.admitted).toBe(oracle.admit(scopes, now));
          expect((left?.calls ?? 0) > 0).toBe(decision.admitted);
          told = decision.admitted ? 0 : decision.waitMs;
          expect(Math.abs(now + told - earliest)).toBeLessThan(0.01);
          expect(left?.waitMs).toBe(told);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('calls that wait', () => {
  const limited = scope(1, 1, 1);
  const other = scope(1, 1, 1, 'caller b');

  it('come in the order in which they arrived', async () => {
    await admits(limited);
    const waits = [];
    for (const ticket of ['one', 'two', 'three']) waits.push(await decide([limited], ticket, 60_000));
    expect(waits).toMatchObject([
      { queued: true, waitMs: 1000 },
      { queued: true, waitMs: 2000 },
      { queued: true, waitMs: 3000 },
    ]);
    // Whoever does not wait is told the time behind all of them.
    expect(await waitOf(limited)).toBe(4000);
    time.pass(1000);
    expect(await decide([limited], 'two', 60_000)).toMatchObject({ queued: true, waitMs: 1000 });
    expect(await admits(limited)).toBe(false);
    expect(await decide([limited], 'one', 60_000)).toEqual({ admitted: true });
    time.pass(1000);
    expect(await decide([limited], 'two', 60_000)).toEqual({ admitted: true });
    time.pass(1000);
    expect(await decide([limited], 'three', 60_000)).toEqual({ admitted: true });
    time.pass(1000);
    expect(await admits(limited)).toBe(true);
  });

  it('hold up nobody else', async () => {
    const user = scope(100, 1, 100, 'user');
    await admits(limited, user);
    expect(await decide([limited, user], 'one', 60_000)).toMatchObject({ queued: true, scope: limited });
    expect(await decide([other, user], 'two', 60_000)).toEqual({ admitted: true });
  });

  it('are refused at once when their patience does not reach', async () => {
    await admits(limited);
    expect(await decide([limited], 'one', 999)).toMatchObject({ queued: false, waitMs: 1000 });
    expect(await waitOf(limited)).toBe(1000);
  });

  it('give their turn away when they leave or die', async () => {
    await admits(limited);
    for (const ticket of ['leaves', 'dies', 'stays']) await decide([limited], ticket, 60_000);
    await store.transact((tx) => {
      leaveQueue(tx, [limited], 'leaves');
    });
    expect(await decide([limited], 'stays', 60_000)).toMatchObject({ waitMs: 2000 });
    time.pass(2999);
    expect(await decide([limited], 'stays', 60_000)).toMatchObject({ queued: true });
    time.pass(1);
    expect(await decide([limited], 'stays', 60_000)).toEqual({ admitted: true });
  });

  it('stand in one queue only, that of what they wait for longest', async () => {
    const user = scope(2, 3, 2, 'user');
    await admits(limited, user);
    await admits(other, user);
    expect(await decide([limited, user], 'one', 60_000)).toMatchObject({ waitMs: 3000, scope: user });
    time.pass(1000);
    expect(await decide([limited], 'two', 60_000)).toEqual({ admitted: true });
  });
});

describe('callers that are gone', () => {
  it('leave nothing behind', async () => {
    const world = createStoreWorld();
    const onDisk = world.open({ clock: time.clock });
    const come = (who: string): Promise<unknown> =>
      onDisk.transact((tx) =>
        decideRate(tx, [scope(100, 60, 10, `caller ${who}`), scope(600, 60, 100, 'user')], who, 0),
      );
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 100 }, (_, who) => come(`${String(round)} ${String(who)}`)));
      time.pass(60_000);
    }
    for (let call = 0; call < 10; call++) await come('stays');
    await onDisk.close();
    const raw = new Database(world.path);
    const { n } = raw.prepare('SELECT count(*) AS n FROM entries').get() as { n: number };
    raw.close();
    await world.close();
    // A row for each scope of the one that stays, and for each of its calls.
    expect(n).toBe(2 + 20);
  });
});

describe('what is left', () => {
  const left = (...scopes: RateScope[]): Promise<unknown> => store.read((view) => rateLeft(view, scopes));

  it('is told without changing it', async () => {
    const limited = scope(100, 60, 5);
    expect(await left(limited)).toEqual({ calls: 5, waitMs: 0 });
    await burstOf(2, limited);
    expect(await left(limited)).toEqual({ calls: 3, waitMs: 0 });
    await burstOf(9, limited);
    expect(await left(limited)).toEqual({ calls: 0, waitMs: expect.closeTo(600, 6) });
    expect(await left()).toBeUndefined();
  });
});
