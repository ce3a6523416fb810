import { beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../../src/config/schema.js';
import { OrcError } from '../../../../src/kernel/errors.js';
import { createJsonLogger } from '../../../../src/kernel/logger.js';
import { createFallbackStore } from '../../../../src/security/limits/fallback-store.js';
import type { RateSettings } from '../../../../src/security/limits/rate-scopes.js';
import type { WaitingCall } from '../../../../src/security/outer/concurrency.js';
import { rateLimiter } from '../../../../src/security/outer/rate-limiter.js';
import { createMemoryStore } from '../../../../src/store/memory-store.js';
import type { StateStore } from '../../../../src/store/store.js';
import { call, operation } from '../calls.js';

let settings: RateSettings;
let log: string[];
let run: (given?: Partial<WaitingCall>) => Promise<unknown>;
let ids = 0;
let asked: number;

const use = (rate_limit: object): void => {
  settings = { ...configSchema.parse({}).security.rate_limit, ...rate_limit };
};

beforeEach(() => {
  log = [];
  const logger = createJsonLogger((line) => log.push(line), 'info');
  const memory = createMemoryStore();
  asked = 0;
  const transact: StateStore['transact'] = (body, options) => {
    asked++;
    return memory.transact(body, options);
  };
  const layer = rateLimiter<WaitingCall>({
    ...{ store: createFallbackStore({ ...memory, transact }, logger), settings: () => settings, logger },
  });
  run = async (given = {}) => layer(call({ correlationId: `id-${String(ids++)}`, ...given }), async () => 'ran');
});

/** Codes of so many calls at once. */
const codes = async (count: number, given?: Partial<WaitingCall>): Promise<string[]> =>
  Promise.all(
    Array.from({ length: count }, () => run(given).then(() => 'ran', (error: unknown) => (error as OrcError).code)), // prettier-ignore
  );
const admitted = async (count: number, given?: Partial<WaitingCall>): Promise<number> =>
  (await codes(count, given)).filter((code) => code === 'ran').length;

const cli: Partial<WaitingCall> = { surface: 'cli', caller: { id: 'operator', role: 'operator' } };
const other: Partial<WaitingCall> = { caller: { id: 'host:other', role: 'host' } };

describe('rateLimiter', () => {
  it('refuses what is too much, and says when to come again', async () => {
    use({ max_requests: 100, window_seconds: 60, burst_size: 3 });
    expect(await codes(5)).toEqual(['ran', 'ran', 'ran', 'RATE_LIMITED', 'RATE_LIMITED']);
    const error = (await run({ args: { text: 'secret' } }).catch((thrown: unknown) => thrown)) as OrcError;
    expect(error).toMatchObject({
      code: 'RATE_LIMITED',
      message: '100 calls in 60 s, 3 of them at once are allowed for this caller.',
      hint: 'Try again in 0.6 s, and send fewer calls at a time.',
      details: { scope: 'caller', limit: 100, window_seconds: 60, burst_size: 3 },
    });
    expect(error.retryAfterMs).toBeGreaterThan(500);
    expect(error.retryAfterMs).toBeLessThanOrEqual(600);
    await new Promise((resolve) => setTimeout(resolve, Math.ceil(error.retryAfterMs!) + 1));
    expect(await admitted(3)).toBe(1);
    expect(await admitted(9, other)).toBe(3);
  });

  it('reads its settings at each call', async () => {
    use({ burst_size: 1 });
    expect(await admitted(2)).toBe(1);
    use({ enabled: false });
    expect(await admitted(50)).toBe(50);
    use({ burst_size: 1, per_tool: { list_sessions: 'exempt' } });
    expect(await admitted(50)).toBe(50);
    use({ burst_size: 1 });
    expect(await admitted(2)).toBe(0);
  });

  it('never refuses what is exempt, nor the looks of a command that was counted', async () => {
    use({ burst_size: 1 });
    expect(await admitted(20, { operation: operation({ exempt: true }) })).toBe(20);
    expect(await admitted(20, { counted: false })).toBe(20);
    expect(await admitted(2)).toBe(1);
  });

  it('does not trouble the store with a flood, and says the true wait all the same', async () => {
    use({ max_requests: 10, window_seconds: 10, burst_size: 1 });
    await run();
    const started = performance.now();
    /** The moment that is waited for lies between these: each answer was given at some time of its call. */
    const [earliest, latest]: [number[], number[]] = [[], []];
    for (let i = 0; i < 2000; i++) {
      const before = performance.now();
      const error = (await run().catch((thrown: unknown) => thrown)) as OrcError;
      earliest.push(before + error.retryAfterMs!);
      latest.push(performance.now() + error.retryAfterMs!);
    }
    expect(asked).toBeLessThanOrEqual(3);
    expect(Math.max(...earliest)).toBeLessThanOrEqual(Math.min(...latest) + 1);
    // Another limit is another question.
    use({ max_requests: 10, window_seconds: 10, burst_size: 5 });
    await run().catch(() => undefined);
    expect(asked).toBeLessThanOrEqual(4);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1001 - (performance.now() - started))));
    use({ max_requests: 10, window_seconds: 10, burst_size: 1 });
    expect(await admitted(2)).toBe(1);
  });

  it('counts unknown and malformed calls', async () => {
    use({ burst_size: 2 });
    expect(await admitted(1, { operation: undefined })).toBe(1);
    expect(await admitted(1, { operation: undefined, malformed: new OrcError('INVALID_INPUT', 'x') })).toBe(1);
    expect(await admitted(1)).toBe(0);
  });

  describe('with block_on_limit', () => {
    it('waits for a turn, in order, and holds up no other', async () => {
      use({ max_requests: 20, window_seconds: 1, burst_size: 1, block_on_limit: true });
      const order: number[] = [];
      const started = performance.now();
      const waiting = Array.from({ length: 5 }, (_, n) => run().then(() => order.push(n)));
      expect(await admitted(1, other)).toBe(1);
      expect(order.length).toBeLessThan(5);
      await Promise.all(waiting);
      expect(order).toEqual([0, 1, 2, 3, 4]);
      expect(performance.now() - started).toBeGreaterThanOrEqual(199);
      expect(performance.now() - started).toBeLessThan(750);
    });

    it('waits no longer than it may, and not at all when that would be in vain', async () => {
      use({ max_requests: 1, window_seconds: 2, burst_size: 1, block_on_limit: true, max_wait_seconds: 1 });
      const started = performance.now();
      expect(await codes(3)).toEqual(['ran', 'RATE_LIMITED', 'RATE_LIMITED']);
      expect(performance.now() - started).toBeLessThan(200);
    });

    it('can be cancelled, and then leaves its turn to others', async () => {
      use({ max_requests: 5, window_seconds: 3, burst_size: 1, block_on_limit: true });
      await run();
      const controller = new AbortController();
      const cancelled = run({ signal: controller.signal });
      const behind = run();
      const started = performance.now();
      setTimeout(() => controller.abort(), 20);
      await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(performance.now() - started).toBeLessThan(400);
      await behind;
      // It would have been 1200 ms behind the one that left; it slept by then, so the next one profits.
      expect(performance.now() - started).toBeLessThan(1500);
      await run();
      expect(performance.now() - started).toBeLessThan(2100);
    });

    it('goes on when the limits are switched off meanwhile', async () => {
      use({ max_requests: 10, window_seconds: 1, burst_size: 1, block_on_limit: true });
      await run();
      const waiting = run();
      use({ enabled: false });
      expect(await waiting).toBe('ran');
    });
  });

  describe('for a person at a command line', () => {
    it('waits instead of refusing', async () => {
      use({ max_requests: 20, window_seconds: 1, burst_size: 1 });
      const started = performance.now();
      expect(await codes(5, cli)).toEqual(['ran', 'ran', 'ran', 'ran', 'ran']);
      expect(performance.now() - started).toBeGreaterThanOrEqual(199);
      expect(log).toEqual([]);
      // Not for an agent that uses the commands.
      expect(await admitted(3, { surface: 'cli', caller: { id: 'agent:a', role: 'worker' } })).toBe(1);
    });

    it('says so when it takes long', async () => {
      use({ max_requests: 1, window_seconds: 60, burst_size: 1 });
      await run(cli);
      const controller = new AbortController();
      const waiting = run({ ...cli, signal: controller.signal });
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(log.map((line) => JSON.parse(line))).toMatchObject([{ level: 'warn', message: 'waiting 60 s for the rate limit' }]); // prettier-ignore
      controller.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    });
  });
});
