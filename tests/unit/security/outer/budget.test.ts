import { beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../../src/config/schema.js';
import { ERROR_CODES, type ErrorCode, OrcError } from '../../../../src/kernel/errors.js';
import { createJsonLogger } from '../../../../src/kernel/logger.js';
import { isRefusal } from '../../../../src/security/audit/call-event.js';
import { createFallbackStore, type FallbackStore } from '../../../../src/security/limits/fallback-store.js';
import type { RateSettings } from '../../../../src/security/limits/rate-scopes.js';
import { budget, budgetOf } from '../../../../src/security/outer/budget.js';
import type { WaitingCall } from '../../../../src/security/outer/concurrency.js';
import { rateLimiter } from '../../../../src/security/outer/rate-limiter.js';
import { compose } from '../../../../src/security/ring.js';
import { createMemoryStore } from '../../../../src/store/memory-store.js';
import { call, operation } from '../calls.js';

type Settings = ReturnType<typeof configSchema.parse>['security']['budget'];

let settings: Settings;
let rate: RateSettings;
let server: string;
let events: object[];
let warnings: string[];
let transactions: number;
let store: FallbackStore;
let handle: (given: WaitingCall) => Promise<unknown>;

const use = (more: Partial<Settings>, rates: object = { enabled: false }): void => {
  const { security } = configSchema.parse({});
  settings = { ...security.budget, ...more };
  rate = { ...security.rate_limit, ...rates };
};

beforeEach(() => {
  [server, events, warnings, transactions] = ['one', [], [], 0];
  handle = async () => 'ran';
  const logger = createJsonLogger(() => undefined, 'error');
  const memory = createMemoryStore();
  store = createFallbackStore(
    {
      ...memory,
      transact: (body, options) => {
        transactions++;
        return memory.transact(body, options);
      },
    },
    logger,
  );
});

const write = operation({ name: 'send_keys', effect: 'write' });
const run = (given: Partial<WaitingCall> = {}): Promise<unknown> => {
  const ring = compose<WaitingCall>(
    [
      budget({
        ...{ store, settings: () => settings, server: () => server },
        onNear: ({ caller }, facts) => events.push({ caller: caller.id, ...facts }),
      }),
      rateLimiter({ store, settings: () => rate, logger: createJsonLogger(() => undefined, 'error') }),
    ],
    (passed) => handle(passed),
  );
  return ring(call({ operation: write, warn: (text) => warnings.push(text), ...given }));
};
const codeOf = (given?: Partial<WaitingCall>): Promise<unknown> =>
  run(given).then(
    () => 'ran',
    (error: unknown) => (error as OrcError).code,
  );
const codes = async (count: number, given?: Partial<WaitingCall>): Promise<unknown[]> => {
  const all: unknown[] = [];
  for (let n = 0; n < count; n++) all.push(await codeOf(given));
  return all;
};
const left = async (): Promise<number | undefined> =>
  (await budgetOf({ store, settings: () => settings, server: () => server }, call()))?.calls;

describe('budget', () => {
  it('allows so many changes, and says when there are more', async () => {
    use({ max_tool_calls_per_session: 3 });
    expect(await codes(4)).toEqual(['ran', 'ran', 'ran', 'BUDGET_EXCEEDED']);
    const error = (await run({ args: { text: 'secret' } }).catch((thrown: unknown) => thrown)) as OrcError;
    expect(error).toMatchObject({
      message: 'This caller has made the 3 changes that it may make on this tmux server.',
      hint: 'The count starts anew in 60 min. Reads go on; the operator can raise security.budget.max_tool_calls_per_session.',
      details: { limit: 3, used: 3, resets_in_seconds: 3600 },
    });
    expect(error.retryAfterMs).toBeGreaterThan(3_599_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(3_600_000);
  });

  it.each<[string, Partial<WaitingCall>]>([
    ['reads', { operation: operation() }],
    ['what is exempt', { operation: operation({ effect: 'write', exempt: true }) }],
    ['the operator', { caller: { id: 'operator', role: 'operator' } }],
    ['names of nothing', { operation: undefined }],
    ['what cannot be read', { malformed: new OrcError('INVALID_INPUT', 'x') }],
  ])('neither counts nor refuses %s', async (_, given) => {
    use({ max_tool_calls_per_session: 1 });
    expect(await codes(5, given)).toEqual(['ran', 'ran', 'ran', 'ran', 'ran']);
    expect(await codes(2)).toEqual(['ran', 'BUDGET_EXCEEDED']);
    expect(await codes(2, given)).toEqual(['ran', 'ran']);
  });

  it('counts destroying too, each caller and each server for itself', async () => {
    use({ max_tool_calls_per_session: 1 });
    const destroy = { operation: operation({ name: 'kill_pane', effect: 'destroy' }) };
    expect(await codes(2, destroy)).toEqual(['ran', 'BUDGET_EXCEEDED']);
    expect(await codeOf()).toBe('BUDGET_EXCEEDED');
    expect(await codes(2, { caller: { id: 'host:other', role: 'host' } })).toEqual(['ran', 'BUDGET_EXCEEDED']);
    server = 'two';
    expect(await codes(2)).toEqual(['ran', 'BUDGET_EXCEEDED']);
  });

  it('follows its settings', async () => {
    use({ max_tool_calls_per_session: 1 });
    expect(await codes(2)).toEqual(['ran', 'BUDGET_EXCEEDED']);
    use({ max_tool_calls_per_session: 2 });
    expect(await codes(2)).toEqual(['ran', 'BUDGET_EXCEEDED']);
    use({ enabled: false });
    expect(await codes(3)).toEqual(['ran', 'ran', 'ran']);
    expect(await left()).toBeUndefined();
  });

  it.each(Object.keys(ERROR_CODES) as ErrorCode[])('a call that ends with %s counts unless it was refused', async (code) => {
    use({ max_tool_calls_per_session: 5 });
    handle = () => Promise.reject(new OrcError(code, 'x'));
    expect(await codeOf()).toBe(code);
    expect(await left()).toBe(isRefusal(code) ? 5 : 4);
  }); // prettier-ignore

  it('is not used by what the rate limit refuses', async () => {
    use({ max_tool_calls_per_session: 5 }, { enabled: true, burst_size: 2 });
    expect(await codes(4)).toEqual(['ran', 'ran', 'RATE_LIMITED', 'RATE_LIMITED']);
    expect(await left()).toBe(3);
  });

  it('costs no transaction of its own', async () => {
    use({}, { enabled: true, burst_size: 10 });
    await codes(3);
    expect(transactions).toBe(3);
    use({}, { enabled: true, burst_size: 10, block_on_limit: true });
    await codes(3);
    expect(transactions).toBe(6);
    use({});
    await codes(2, { operation: operation() });
    expect(transactions).toBe(6);
    expect(await left()).toBe(994);
  });

  it('refuses in its turn what waits for the rate', async () => {
    use(
      { max_tool_calls_per_session: 2 },
      { enabled: true, max_requests: 50, window_seconds: 1, burst_size: 1, block_on_limit: true },
    );
    const all = await Promise.all(['a', 'b', 'c'].map((correlationId) => codeOf({ correlationId })));
    expect(all).toEqual(['ran', 'ran', 'BUDGET_EXCEEDED']);
  });

  it('admits exactly as many of those that come at once', async () => {
    use({ max_tool_calls_per_session: 10 });
    const all = await Promise.all(Array.from({ length: 30 }, () => codeOf()));
    expect(all.filter((code) => code === 'ran')).toHaveLength(10);
  });

  it('warns with the result, and tells the event once', async () => {
    use({ max_tool_calls_per_session: 5, session_ttl_seconds: 90 });
    await codes(3);
    expect([warnings, events]).toEqual([[], []]);
    await codes(3);
    expect(warnings).toEqual([
      'Warning: 4 of the 5 changes that this caller may make are used. The count starts anew in 90 s.',
      'Warning: 5 of the 5 changes that this caller may make are used. The count starts anew in 90 s.',
    ]);
    expect(events).toEqual([{ caller: 'host:tests', used: 4, limit: 5 }]);
  });
});
