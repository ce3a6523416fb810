import type { Config } from '../../config/schema.js';
import { isTighterRate, type Rate } from '../../config/tighter.js';
import type { Call, Caller } from '../ring.js';

export type RateSettings = Config['security']['rate_limit'];

/** Something that calls are counted for. */
export interface RateScope {
  /** What the count is kept under. */
  readonly key: string;
  readonly name: 'caller' | 'role' | 'key' | 'tool' | 'hour' | 'user';
  /** So many calls in any window of this length. */
  readonly max: number;
  readonly windowMs: number;
  /** Size of the token bucket, which fills evenly with `max` tokens in a window; undefined: none. */
  readonly burst: number | undefined;
}

const HOUR_MS = 3_600_000;
/** A contained caller has the rate divided by this. */
const CONTAINED_TO = 10;

function scopeOf(name: RateScope['name'], key: string, rate: Rate): RateScope {
  const { max_requests: max, window_seconds: seconds, burst_size: burst = max } = rate;
  return { name, key, max, windowMs: seconds * 1000, burst };
}

function own<Value>(map: Readonly<Record<string, Value>>, name: string | undefined): Value | undefined {
  return name !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
}

/** The rate of the caller itself. One that came with a key has it only from its role: the key has a rate of its own. */
function callerScope(settings: RateSettings, caller: Caller): RateScope | undefined {
  const { max_requests, window_seconds, burst_size, per_role } = settings;
  const roleRate = own(per_role, caller.role);
  const key = `caller ${caller.id}`;
  if (roleRate !== undefined) return scopeOf('role', key, roleRate);
  return caller.key === undefined ? scopeOf('caller', key, { max_requests, window_seconds, burst_size }) : undefined;
}

/** Whether calls of a tool with this rate count for the caller too: always, unless it was meant to allow more. */
function countsForCaller(scope: RateScope, tool: Rate | undefined): boolean {
  const { max: max_requests, windowMs, burst: burst_size } = scope;
  return tool === undefined || isTighterRate(tool, { max_requests, window_seconds: windowMs / 1000, burst_size });
}

const tenthOf = (count: number): number => Math.max(1, Math.floor(count / CONTAINED_TO));

/** What a caller has left while it is contained. */
const tenth = (scope: RateScope): RateScope => ({
  ...scope,
  max: tenthOf(scope.max),
  burst: scope.burst === undefined ? undefined : tenthOf(scope.burst),
});

const contained = (scopes: readonly RateScope[], standing: Call['standing']): readonly RateScope[] =>
  standing?.contained === true ? scopes.map(tenth) : scopes;

/**
 * What a call counts for; nothing when the limits are off or its tool is exempt.
 *
 * A caller has the rate of its role, or the general one; one that came with a key has the rate of keys. A tool's own
 * rate holds beside it, or, where it is looser, in its place. The limits of an hour and of the user hold for all.
 */
export function rateScopes(settings: RateSettings, { caller, operation, standing }: Call): readonly RateScope[] {
  const toolRate = own(settings.per_tool, operation?.name);
  if (!settings.enabled || toolRate === 'exempt') return [];
  const { per_key, max_requests_per_hour: hourly, user_max_requests, window_seconds, user_burst_size } = settings;
  const callerOwn = callerScope(settings, caller);
  const scopes: RateScope[] = [];
  if (caller.key !== undefined) scopes.push(scopeOf('key', `key ${caller.key}`, per_key));
  if (callerOwn !== undefined && countsForCaller(callerOwn, toolRate)) scopes.push(callerOwn);
  if (toolRate !== undefined) scopes.push(scopeOf('tool', `tool ${operation?.name ?? ''} ${caller.id}`, toolRate));
  if (hourly !== null)
    scopes.push({ name: 'hour', key: `hour ${caller.id}`, max: hourly, windowMs: HOUR_MS, burst: undefined });
  const user = { max_requests: user_max_requests, window_seconds, burst_size: user_burst_size };
  return [...contained(scopes, standing), scopeOf('user', 'user', user)];
}
