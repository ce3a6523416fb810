import type { Config } from '../../config/schema.js';
import { OrcError } from '../../kernel/errors.js';
import { isRefusal } from '../audit/call-event.js';
import {
  type BudgetDecision,
  type BudgetLeft,
  budgetLeft,
  type BudgetLimits,
  returnBudget,
  takeBudget,
} from '../limits/budget.js';
import type { FallbackStore } from '../limits/fallback-store.js';
import type { Call, Layer } from '../ring.js';

export interface BudgetOptions {
  readonly store: FallbackStore;
  /** Read at each call. */
  readonly settings: () => Config['security']['budget'];
  /** Names the tmux server: a caller has a budget on each. */
  readonly server: () => string;
  /** A caller has used most of its budget; told once for each count. */
  readonly onNear: (call: Call, facts: { readonly used: number; readonly limit: number }) => void;
}

/** Below it, minutes would say too little. */
const MINUTES_FROM_MS = 120_000;
const inWords = (ms: number): string =>
  ms < MINUTES_FROM_MS ? `${String(Math.ceil(ms / 1000))} s` : `${String(Math.ceil(ms / 60_000))} min`;

function refusal({ used, resetsInMs }: BudgetDecision, max: number): OrcError {
  return new OrcError('BUDGET_EXCEEDED', `This caller has made the ${String(max)} changes that it may make on this tmux server.`, {
    hint: `The count starts anew in ${inWords(resetsInMs)}. Reads go on; the operator can raise security.budget.max_tool_calls_per_session.`,
    retryAfterMs: resetsInMs,
    details: { limit: max, used, resets_in_seconds: Math.ceil(resetsInMs / 1000) },
  }); // prettier-ignore
}

const warning = ({ used, resetsInMs }: BudgetDecision, max: number): string =>
  `Warning: ${String(used)} of the ${String(max)} changes that this caller may make are used. The count starts anew in ${inWords(resetsInMs)}.`;

const limitsOf = (settings: Config['security']['budget']): BudgetLimits => ({
  max: settings.max_tool_calls_per_session,
  ttlMs: settings.session_ttl_seconds * 1000,
});
const keyOf = ({ caller }: Call, server: string): string => `${caller.id} ${server}`;

/** What is left for the caller; undefined when it has no budget. */
export function budgetOf(
  { store, settings, server }: Pick<BudgetOptions, 'store' | 'settings' | 'server'>,
  call: Call,
): Promise<BudgetLeft | undefined> {
  const given = settings();
  if (!given.enabled || call.caller.role === 'operator') return Promise.resolve(undefined);
  return store.read((view) => budgetLeft(view, keyOf(call, server()), limitsOf(given)));
}

/** A change that counts: not what stops things, nor what nobody bounds. */
function counts({ operation, malformed, caller }: Call): boolean {
  const changes = operation !== undefined && operation.effect !== 'read' && !operation.exempt;
  return changes && malformed === undefined && caller.role !== 'operator';
}

/**
 * Bounds how much a caller changes on one tmux server. It stands around the rate limit, in whose transaction a change
 * is counted, so that it costs no commit of its own; a call that is refused later, wherever, gives back what it took.
 */
export function budget<Context extends Call>({ store, settings, server, onNear }: BudgetOptions): Layer<Context> {
  return async (call, next) => {
    const given = settings();
    if (!given.enabled || !counts(call)) return next(call);
    const limits = limitsOf(given);
    const key = keyOf(call, server());
    let taken: BudgetDecision | undefined;
    const admit: NonNullable<Call['admit']> = (tx) => {
      const decision = takeBudget(tx, key, limits);
      // The body may run again, and then that run counts.
      taken = decision.admitted ? decision : undefined;
      return decision.admitted ? undefined : refusal(decision, limits.max);
    };
    const giveBack = async ({ startedAt }: BudgetDecision): Promise<void> => {
      const back = store.transact((tx) => {
        returnBudget(tx, key, limits, startedAt);
      });
      // A store that does not answer leaves it counted, which only makes the budget smaller.
      await back.catch(() => undefined);
    };
    try {
      return await next({ ...call, admit });
    } catch (error) {
      if (taken !== undefined && error instanceof OrcError && isRefusal(error.code)) await giveBack(taken);
      throw error;
    } finally {
      if (taken?.near === true) call.warn?.(warning(taken, limits.max));
      if (taken?.nearFirst === true) onNear(call, { used: taken.used, limit: limits.max });
    }
  };
}
