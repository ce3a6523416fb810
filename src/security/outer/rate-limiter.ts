import { sleep } from '../../kernel/clock.js';
import { OrcError } from '../../kernel/errors.js';
import type { Logger } from '../../kernel/logger.js';
import type { Transaction } from '../../store/store.js';
import type { FallbackStore } from '../limits/fallback-store.js';
import { decideRate, leaveQueue, type RateDecision, RECHECK_MS } from '../limits/rate-limit.js';
import { type RateScope, rateScopes, type RateSettings } from '../limits/rate-scopes.js';
import { createRefusals, type Refusal } from '../limits/refusals.js';
import type { Call, Layer } from '../ring.js';

export interface RateLimiterOptions {
  readonly store: FallbackStore;
  /** Read at each call. */
  readonly settings: () => RateSettings;
  readonly logger: Logger;
}

const WHO: Readonly<Record<RateScope['name'], string>> = {
  caller: 'this caller',
  role: 'a caller of this role',
  key: 'this key',
  tool: 'this caller with this tool',
  hour: 'this caller',
  user: 'all callers together',
};

/** A turn that was promised is not lost to a timer that is not exact. */
const SLACK_MS = 250;
/** A person who waits so long is told. */
const TOLD_FROM_MS = 2000;

function refusal({ waitMs, scope }: Refusal): OrcError {
  const { max, windowMs, burst } = scope;
  const seconds = windowMs / 1000;
  const atOnce = burst === undefined || burst >= max ? '' : `, ${String(burst)} of them at once`;
  return new OrcError('RATE_LIMITED', `${String(max)} calls in ${String(seconds)} s${atOnce} are allowed for ${WHO[scope.name]}.`, {
    hint: `Try again in ${(waitMs / 1000).toFixed(1)} s, and send fewer calls at a time.`,
    retryAfterMs: waitMs,
    details: { scope: scope.name, limit: max, window_seconds: seconds, ...(burst === undefined ? {} : { burst_size: burst }) },
  }); // prettier-ignore
}

/** How long a call may wait for its turn. A person at a command line waits as long as it takes, and can interrupt; so does our own work. */
function patienceOf({ caller, surface }: Call, settings: RateSettings): number {
  if (surface !== 'mcp' && caller.role === 'operator') return Number.POSITIVE_INFINITY;
  return settings.block_on_limit ? settings.max_wait_seconds * 1000 : 0;
}

/**
 * Decides in one transaction about the rate and about what else bounds the call.
 * @throws OrcError why a call that the rate admits is refused all the same
 */
async function decide<Decision extends RateDecision>(
  store: FallbackStore,
  { admit, signal }: Call,
  rate: (tx: Transaction) => Decision,
): Promise<Decision> {
  const both = (tx: Transaction): { decision: Decision; refused: OrcError | undefined } => {
    const decision = rate(tx);
    return { decision, refused: decision.admitted ? admit?.(tx) : undefined };
  };
  const { decision, refused } = await store.transact(both, { signal });
  if (refused !== undefined) throw refused;
  return decision;
}

/**
 * Bounds how many calls come in a time. A call that may wait holds no place and no lock while it does. What is exempt
 * always passes, and so do the looks of a command that was counted when it began.
 */
export function rateLimiter<Context extends Call>({ store, settings, logger }: RateLimiterOptions): Layer<Context> {
  const refusals = createRefusals();

  const decideAtOnce = async (call: Context, scopes: readonly RateScope[]): Promise<void> => {
    const known = refusals.find(scopes);
    if (known !== undefined) throw refusal(known);
    const decision = await decide(store, call, (tx) => {
      // It may have become known while this call waited for the store.
      const found = refusals.find(scopes);
      return { ...(found ?? decideRate(tx, scopes, undefined, 0)), again: found !== undefined };
    });
    if (decision.admitted) return;
    if (!decision.again) refusals.note(scopes, decision);
    throw refusal(decision);
  };

  const waitForTurn = async (call: Context): Promise<void> => {
    const started = performance.now();
    const { correlationId: ticket, signal } = call;
    let queuedIn: readonly RateScope[] = [];
    let [told, slack] = [false, 0];
    try {
      for (;;) {
        const current = settings();
        const scopes = rateScopes(current, call);
        const limit = patienceOf(call, current);
        if (scopes.length === 0) {
          if (call.admit !== undefined) await decide(store, call, () => ({ admitted: true }));
          return;
        }
        if (limit === 0) {
          await decideAtOnce(call, scopes);
          return;
        }
        const patience = Math.max(0, limit - (performance.now() - started)) + slack;
        const decision = await decide(store, call, (tx) => decideRate(tx, scopes, ticket, patience));
        queuedIn = decision.admitted || !decision.queued ? [] : scopes;
        if (decision.admitted) return;
        if (!decision.queued) throw refusal(decision);
        slack = SLACK_MS;
        if (decision.waitMs >= TOLD_FROM_MS && !told) {
          told = true;
          logger.warn(`waiting ${String(Math.ceil(decision.waitMs / 1000))} s for the rate limit`);
        }
        await sleep(Math.min(Math.ceil(decision.waitMs), RECHECK_MS), signal);
      }
    } finally {
      const scopes = queuedIn;
      // The turn of a call that gives up would otherwise hold up the others for a moment.
      if (scopes.length > 0) store.transact((tx) => leaveQueue(tx, scopes, ticket)).catch(() => undefined);
    }
  };

  return async (call, next) => {
    if (call.operation?.exempt !== true && call.counted) await waitForTurn(call);
    return next(call);
  };
}
