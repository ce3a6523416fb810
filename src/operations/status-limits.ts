import * as z from 'zod';
import { given } from './place.js';
import type { BudgetStanding, RateStanding } from './program-status.js';
import { plural } from './view.js';

export const limitFields = {
  rate_limit: z
    .object({
      calls_left: z.int().describe('Calls like this one that can be made at once'),
      retry_after_ms: z.int().describe('Time until there is one'),
      shared: z.boolean().describe('Counted together with all processes of the user'),
    })
    .optional()
    .describe('What is left for this caller; missing when nothing limits it'),
  budget: z
    .object({
      calls_left: z.int().describe('Changes that this caller may still make on this tmux server'),
      limit: z.int(),
      resets_in_seconds: z.int().optional().describe('Until the count starts anew; missing when nothing is counted'),
      shared: z.boolean().describe('Counted together with all processes of the user'),
    })
    .optional()
    .describe('Missing when this caller has none'),
};
interface LimitPart {
  rate_limit?: z.output<typeof limitFields.rate_limit>;
  budget?: z.output<typeof limitFields.budget>;
}

function ratePart({ calls, waitMs, shared }: RateStanding): NonNullable<LimitPart['rate_limit']> {
  return { calls_left: calls, retry_after_ms: Math.ceil(waitMs), shared };
}

function budgetPart({ calls, max, resetsInMs, shared }: BudgetStanding): NonNullable<LimitPart['budget']> {
  const resets = resetsInMs === undefined ? undefined : Math.ceil(resetsInMs / 1000);
  return { calls_left: calls, limit: max, ...given('resets_in_seconds', resets), shared };
}

/** What is left for the caller; nothing of what does not limit it. */
export const limitPart = (rate: RateStanding | undefined, budget: BudgetStanding | undefined): LimitPart => ({
  ...given('rate_limit', rate && ratePart(rate)),
  ...given('budget', budget && budgetPart(budget)),
});

export function limitFacts({ rate_limit: rate, budget }: LimitPart): [string, string][] {
  const alone = (shared: boolean): string => (shared ? '' : '; counted by this process alone');
  const facts: [string, string][] = [];
  if (rate !== undefined)
    facts.push(['rate limit', `${plural(rate.calls_left, 'call')} left at once${alone(rate.shared)}`]);
  if (budget !== undefined)
    facts.push([
      'budget',
      `${plural(budget.calls_left, 'change')} of ${String(budget.limit)} left${alone(budget.shared)}`,
    ]);
  return facts;
}
