import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../../src/config/schema.js';
import { rateScopes, type RateSettings } from '../../../../src/security/limits/rate-scopes.js';
import type { Caller } from '../../../../src/security/ring.js';
import { call, operation } from '../calls.js';

const settings = (rate_limit: object = {}): RateSettings =>
  configSchema.parse({ security: { rate_limit } }).security.rate_limit;
const host: Caller = { id: 'host:x', role: 'host' };
const of = (given: object = {}, caller: Caller = host, tool: string | null = 'list_sessions') =>
  rateScopes(settings(given), call({ caller, operation: tool === null ? undefined : operation({ name: tool }) })).map(
    ({ name, key, max, windowMs, burst }) => [name, key, max, windowMs, burst],
  );

const CALLER = ['caller', 'caller host:x', 100, 60_000, 10];
const USER = ['user', 'user', 600, 60_000, 100];

describe('what a call counts for', () => {
  it('is its caller and the user', () => {
    expect(of()).toEqual([CALLER, USER]);
    expect(of({}, host, null)).toEqual([CALLER, USER]);
    expect(of({}, host, 'constructor')).toEqual([CALLER, USER]);
    expect(of({ max_requests: 5, window_seconds: 9, burst_size: 2, user_max_requests: 7, user_burst_size: 3 })).toEqual(
      [
        ['caller', 'caller host:x', 5, 9000, 2],
        ['user', 'user', 7, 9000, 3],
      ],
    );
  });

  it('has a tenth for a caller that is contained, and at least one', () => {
    const standing = { trust: 'default', contained: true } as const;
    const scopes = rateScopes(settings({ max_requests_per_hour: 95 }), call({ caller: host, standing }));
    expect(scopes.map(({ name, max, burst }) => [name, max, burst])).toEqual([
      ['caller', 10, 1],
      ['hour', 9, undefined],
      ['user', 600, 100],
    ]);
    const few = rateScopes(settings({ max_requests: 5, burst_size: 2 }), call({ caller: host, standing }));
    expect(few[0]).toMatchObject({ max: 1, burst: 1 });
  });

  it('is nothing when limits are off or the tool is exempt', () => {
    expect(of({ enabled: false })).toEqual([]);
    expect(of({ per_tool: { list_sessions: 'exempt' }, max_requests_per_hour: 5 })).toEqual([]);
    expect(of({ per_tool: { other: 'exempt' } })).toEqual([CALLER, USER]);
  });

  it('is also the hour, without a burst', () => {
    expect(of({ max_requests_per_hour: 1000 })).toEqual([
      CALLER,
      ['hour', 'hour host:x', 1000, 3_600_000, undefined],
      USER,
    ]);
  });

  it("is also the tool's own limit, beside the caller's when it is stricter, in its place when it is looser", () => {
    const strict = { per_tool: { list_sessions: { max_requests: 2, window_seconds: 60 } } };
    expect(of(strict)).toEqual([CALLER, ['tool', 'tool list_sessions host:x', 2, 60_000, 2], USER]);
    expect(of(strict, host, 'kill_pane')).toEqual([CALLER, USER]);
    for (const loose of [{ max_requests: 101 }, { max_requests: 100, burst_size: 11 }, { max_requests: 9, window_seconds: 5 }]) // prettier-ignore
      expect(of({ per_tool: { list_sessions: { window_seconds: 60, burst_size: 1, ...loose } } }).map(([name]) => name)).toEqual(['tool', 'user']); // prettier-ignore
  });

  it("is the role's limit in place of the general one", () => {
    const given = { per_role: { host: { max_requests: 5, window_seconds: 10 } } };
    expect(of(given)).toEqual([['role', 'caller host:x', 5, 10_000, 5], USER]);
    expect(of(given, { id: 'agent:a', role: 'worker' })).toEqual([['caller', 'caller agent:a', 100, 60_000, 10], USER]);
  });

  it('is the key in place of the caller, with the role beside it', () => {
    const key: Caller = { id: 'key:k1', role: 'guest', key: 'k1' };
    const KEY = ['key', 'key k1', 10, 60_000, 10];
    expect(of({}, key)).toEqual([KEY, USER]);
    expect(of({ per_role: { guest: { max_requests: 5, window_seconds: 60, burst_size: 1 } } }, key)).toEqual([KEY, ['role', 'caller key:k1', 5, 60_000, 1], USER]); // prettier-ignore
    expect(of({ per_tool: { list_sessions: { max_requests: 1000, window_seconds: 60 } } }, key).map(([name]) => name)).toEqual(['key', 'tool', 'user']); // prettier-ignore
  });
});
