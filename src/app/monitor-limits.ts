import { MONITOR } from '../kernel/callers.js';
import type { Account } from '../agents/account.js';
import { createAccountLimits } from '../agents/account-blocks.js';
import type { Duty } from '../monitor/duties.js';
import { createRateLimits } from '../monitor/rate-limits.js';
import type { BlockedStanding } from '../operations/program-status.js';
import type { StateStore } from '../store/store.js';
import { keptIn } from './agents.js';
import { type DutyTools, putMessage } from './duty-tools.js';

/** What is no better the next time. */
const FINAL: readonly string[] = ['NOT_FOUND', 'INVALID_INPUT', 'CONFLICT', 'DENIED'];

const accountText = ({ provider, home, isOwnKey }: Account, userHome: string | undefined): string => {
  const isBelow = userHome !== undefined && home?.startsWith(`${userHome}/`) === true;
  const folder = isBelow ? `~${home.slice(userHome.length)}` : home;
  const facts = [...(folder === undefined ? [] : [folder]), ...(isOwnKey === true ? ['own key'] : [])];
  return facts.length === 0 ? provider : `${provider} (${facts.join(', ')})`;
};

/** Pauses accounts whose limit is used up, and lets their agents go on. */
export function pausingAccounts({ env, store, act, watching, logger, deliver }: DutyTools): Duty {
  return createRateLimits({
    ...{ store, messages: keptIn(store).messages, isHeld: watching.isHeld },
    sender: MONITOR,
    send: async (agent, message, key, signal) => {
      const put = await putMessage(act, { agent, message, key }, signal);
      if (!put.ok) return { kind: FINAL.includes(put.error.code) ? 'never' : 'later' };
      deliver(agent);
      return { kind: 'put', message: put.id };
    },
    tell: (what, agent, block) => {
      const account = block && accountText(block.account, env.HOME);
      logger.info(`rate limit: ${what}`, { agent, account, guessed: block?.isGuess });
    },
  });
}

/** Accounts that are blocked now, as they are shown. What cannot be read is no reason to tell nothing else. */
export function blockedAccounts(env: NodeJS.ProcessEnv, store: () => StateStore | undefined): () => Promise<readonly BlockedStanding[]> {
  const read = async (): Promise<readonly BlockedStanding[]> => {
    const kept = store();
    if (kept === undefined) return [];
    return (await createAccountLimits(kept).blocked()).map(({ account, ...facts }) => ({ ...facts, account: accountText(account, env.HOME) }));
  };
  return () => read().catch(() => []);
} // prettier-ignore
