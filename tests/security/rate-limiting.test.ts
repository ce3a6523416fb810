import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import type { OrcError } from '../../src/kernel/errors.js';
import { createJsonLogger } from '../../src/kernel/logger.js';
import { createFallbackStore } from '../../src/security/limits/fallback-store.js';
import { decideRate, type RateLeft, rateLeft } from '../../src/security/limits/rate-limit.js';
import type { RateScope } from '../../src/security/limits/rate-scopes.js';
import type { WaitingCall } from '../../src/security/outer/concurrency.js';
import { rateLimiter } from '../../src/security/outer/rate-limiter.js';
import { createMemoryStore } from '../../src/store/memory-store.js';
import { defineTable } from '../../src/store/store.js';
import { fakeBootClock } from '../support/store-world.js';
import { type Behaviour, behaviours, expectAllRows } from './behaviours.js';
import { call, operation } from '../unit/security/calls.js';

const user = (name: string): Partial<WaitingCall> => ({ caller: { id: `host:${name}`, role: 'host' } });
const tool = (name: string): Partial<WaitingCall> => ({ name, operation: operation({ name }) });

/** The limiter in front of a body that counts its runs. */
function limited(rate_limit: object): {
  readonly attempt: (given?: Partial<WaitingCall>) => Promise<string>;
  readonly runs: () => number;
} {
  const settings = { ...configSchema.parse({}).security.rate_limit, ...rate_limit };
  const logger = createJsonLogger(() => undefined, 'error');
  const store = createFallbackStore(createMemoryStore(), logger);
  const layer = rateLimiter<WaitingCall>({ store, settings: () => settings, logger });
  let [ids, runs] = [0, 0];
  const body = (): Promise<string> => Promise.resolve(`ran ${String(++runs)}`);
  return {
    attempt: (given = {}) =>
      layer(call({ correlationId: `id-${String(ids++)}`, ...given }), body).then(
        () => 'ran',
        (error: unknown) => (error as OrcError).code,
      ),
    runs: () => runs,
  };
}

const inOrder = async <T, R>(items: readonly T[], each: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  for (const item of items) results.push(await each(item));
  return results;
};

/** Limits on a clock that stands still until it is moved. */
function timed(): {
  readonly admits: (scope: RateScope) => Promise<boolean>;
  readonly left: (scope: RateScope) => Promise<RateLeft | undefined>;
  readonly remembered: () => Promise<number>;
  readonly pass: (ms: number) => void;
} {
  const { clock, pass } = fakeBootClock();
  const store = createMemoryStore(clock);
  const tables = ['rate_scopes', 'rate_hits'].map((name) => defineTable(name, { version: 1, read: (value) => value }));
  return {
    admits: async (scope) => (await store.transact((tx) => decideRate(tx, [scope], undefined, 0))).admitted,
    left: (scope) => store.read((view) => rateLeft(view, [scope])),
    remembered: () =>
      store.read((view) => tables.reduce((sum, table) => sum + view.list(table, { limit: 10_000 }).length, 0)),
    pass,
  };
}

const window = (max: number, seconds: number, key = 'caller a', burst?: number): RateScope => ({
  ...{ name: 'caller', key, max, windowMs: seconds * 1000, burst },
});
const bucket = (burst: number, max: number, seconds: number, key?: string): RateScope =>
  window(max, seconds, key, burst);

const LIMITER: readonly Behaviour[] = [
  {
    row: 1,
    what: 'a burst passes, the call after it is refused',
    check: async () => {
      const { attempt } = limited({ max_requests: 5, window_seconds: 1, burst_size: 2 });
      expect(await inOrder([1, 2, 3], () => attempt())).toEqual(['ran', 'ran', 'RATE_LIMITED']);
    },
  },
  {
    row: 2,
    what: 'each caller is counted for itself',
    check: async () => {
      const { attempt } = limited({ burst_size: 1 });
      const codes = await inOrder(['user1', 'user1', 'user2'], (name) => attempt(user(name)));
      expect(codes).toEqual(['ran', 'RATE_LIMITED', 'ran']);
    },
  },
  {
    row: 3,
    what: 'where calls may wait, the second one waits and succeeds',
    check: async () => {
      const { attempt } = limited({ max_requests: 60, window_seconds: 1, burst_size: 1, block_on_limit: true });
      const started = performance.now();
      expect(await inOrder([1, 2], () => attempt())).toEqual(['ran', 'ran']);
      expect(performance.now() - started).toBeGreaterThan(15);
    },
  },
  {
    row: 4,
    what: 'what is left is told, before and after calls',
    check: async () => {
      const { admits, left } = timed();
      const scope = bucket(5, 100, 60);
      expect(await left(scope)).toEqual({ calls: 5, waitMs: 0 });
      await inOrder([1, 2], () => admits(scope));
      expect(await left(scope)).toMatchObject({ calls: 3 });
    },
  },
  {
    row: 5,
    what: 'one caller begins anew, then all do',
    differs: 'nobody resets a limit: time does, for each caller by itself',
    check: async () => {
      const { admits, pass, remembered } = timed();
      const [one, two] = [bucket(1, 1, 1, 'user1'), bucket(1, 1, 1, 'user2')];
      expect(await admits(one)).toBe(true);
      pass(600);
      expect([await admits(two), await admits(one)]).toEqual([true, false]);
      pass(400);
      expect([await admits(two), await admits(one)]).toEqual([false, true]);
      pass(1000);
      expect(await remembered()).toBe(0);
    },
  },
  {
    row: 6,
    what: 'a window of 1 s admits three, and again after it',
    check: async () => {
      const { admits, pass } = timed();
      const scope = window(3, 1);
      expect(await inOrder([1, 2, 3, 4], () => admits(scope))).toEqual([true, true, true, false]);
      pass(1100);
      expect(await admits(scope)).toBe(true);
    },
  },
  {
    row: 7,
    what: 'a window of 0.5 s is closed after 0.3 s and open after 0.6 s',
    check: async () => {
      const { admits, pass } = timed();
      const scope = window(2, 0.5);
      await inOrder([1, 2], () => admits(scope));
      pass(300);
      expect(await admits(scope)).toBe(false);
      pass(300);
      expect(await admits(scope)).toBe(true);
    },
  },
  {
    row: 8,
    what: 'what is refused does not run',
    check: async () => {
      const { attempt, runs } = limited({ max_requests: 2, window_seconds: 1, burst_size: 2 });
      expect(await inOrder([1, 2, 3], () => attempt())).toEqual(['ran', 'ran', 'RATE_LIMITED']);
      expect(runs()).toBe(2);
    },
  },
  {
    row: 9,
    what: 'a limit may hold for two things together',
    differs: 'these are caller and tool, never something of the arguments',
    check: async () => {
      const rate = { max_requests: 1, window_seconds: 1, burst_size: 1 };
      const { attempt } = limited({ per_tool: { list_sessions: rate, kill_pane: rate } });
      const one = tool('list_sessions');
      const two = tool('kill_pane');
      const calls = [{ ...user('a'), ...one }, { ...user('b'), ...one }, { ...user('a'), ...two }, { ...user('a'), ...one }]; // prettier-ignore
      expect(await inOrder(calls, attempt)).toEqual(['ran', 'ran', 'ran', 'RATE_LIMITED']);
    },
  },
  {
    row: 10,
    what: 'of 20 calls at once exactly the burst of 10 passes',
    check: async () => {
      const { attempt } = limited({ burst_size: 10 });
      const codes = await Promise.all(Array.from({ length: 20 }, () => attempt()));
      expect(codes.filter((code) => code === 'ran')).toHaveLength(10);
      expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(10);
    },
  },
  {
    row: 'probe',
    what: 'another origin in the arguments, of whatever type, is no other caller',
    check: async () => {
      const { attempt } = limited({ burst_size: 1 });
      const origins = ['a', 'b', 5, {}, ['c'], null];
      const codes = await inOrder(origins, (_origin) => attempt({ args: { _origin } }));
      expect(codes).toEqual(['ran', ...origins.slice(1).map(() => 'RATE_LIMITED')]);
    },
  },
  {
    row: 'probe',
    what: 'of a thousand callers nothing stays once their window is over',
    check: async () => {
      const { admits, pass, remembered } = timed();
      await inOrder(Array.from({ length: 1000 }, (_, n) => `caller ${String(n)}`), (key) => admits(bucket(5, 5, 1, key))); // prettier-ignore
      expect(await remembered()).toBe(2000);
      pass(1000);
      expect(await remembered()).toBe(0);
    },
  },
  {
    row: 'probe',
    what: 'a caller that waits holds up no other',
    check: async () => {
      const { attempt } = limited({ max_requests: 1, window_seconds: 1, burst_size: 1, block_on_limit: true });
      await attempt(user('a'));
      const order: string[] = [];
      const waits = attempt(user('a')).then(() => order.push('a'));
      await attempt(user('b')).then(() => order.push('b'));
      await waits;
      expect(order).toEqual(['b', 'a']);
    },
  },
  {
    row: 'probe',
    what: 'what is left is told as it is now, and the wait as it is',
    check: async () => {
      const { admits, left, pass } = timed();
      const scope = bucket(5, 100, 60);
      await inOrder([1, 2, 3, 4, 5], () => admits(scope));
      expect(await left(scope)).toEqual({ calls: 0, waitMs: 600 });
      pass(1200);
      expect(await left(scope)).toMatchObject({ calls: 2, waitMs: 0 });
    },
  },
  {
    row: 'probe',
    what: 'a rate of zero is refused as a setting',
    check: () => {
      for (const rate_limit of [{ max_requests: 0 }, { window_seconds: 0 }, { burst_size: 0 }])
        expect(configSchema.safeParse({ security: { rate_limit } }).success).toBe(false);
    },
  },
];

behaviours('rate limits of the original', LIMITER);

describe('the rows of the original about rate limits', () => {
  it('are all shown', () => {
    expectAllRows(LIMITER, [1, 10]);
  });
});
