import { OrcError } from '../kernel/errors.js';
import type { EventType } from '../security/audit/record.js';
import type { StandingFacts, Standings } from '../security/trust/standing.js';
import { telling } from './operator-errors.js';

/** What the operator does about callers. Each change is on record before it holds. */
export interface TrustTools {
  /** Callers that do not stand as the config says of all. @throws OrcError */
  readonly standings: () => Promise<readonly StandingFacts[]>;
  /** @param forSeconds the config's time of a grant where it is not given @throws OrcError */
  readonly grant: (caller: string, options: GrantOptions) => Promise<number>;
  readonly revoke: (caller: string) => Promise<void>;
  /** @returns false when nothing was kept of it */
  readonly reset: (caller: string) => Promise<boolean>;
  readonly contain: (caller: string, forSeconds: number) => Promise<void>;
  /** @returns false when it was not contained */
  readonly release: (caller: string) => Promise<boolean>;
}

export interface GrantOptions {
  readonly operations?: readonly string[] | undefined;
  readonly forSeconds?: number | undefined;
}

type Recording = (word: string, facts: Readonly<Record<string, unknown>>, type: EventType) => Promise<unknown>;

/** @param caller as lists and the audit log name it */
function checkCaller(caller: string, more: readonly string[] = []): void {
  if (/^(?:agent|host|key|system):[\x20-\x7e]{1,80}$/.test(caller) || more.includes(caller)) return;
  throw new OrcError('INVALID_INPUT', 'caller: expected one such as agent:build or host:claude-code.', {
    hint: 'tmux-orc security events and audit tail name callers. The operator is always trusted.',
  });
}

export function createTrustTools(standings: Standings, record: Recording, sessionSeconds: () => number): TrustTools {
  const changing = <T>(work: () => Promise<T>): Promise<T> => telling('The trust in callers stays as it was', work);
  return {
    standings: () => telling('The trust in callers cannot be read', standings.list),
    grant: async (caller, { operations, forSeconds = sessionSeconds() }) => {
      checkCaller(caller);
      await changing(async () => {
        const facts = { caller, seconds: forSeconds, ...(operations === undefined ? {} : { operations }) };
        await record('trust_granted', facts, 'trust');
        await standings.grant(caller, forSeconds * 1000, operations);
      });
      return forSeconds;
    },
    revoke: async (caller) => {
      checkCaller(caller);
      await changing(async () => {
        // It only tightens: it holds, whether it can be recorded or not.
        await standings.revoke(caller);
        await record('trust_revoked', { caller }, 'trust');
      });
    },
    reset: (caller) =>
      changing(async () => {
        checkCaller(caller);
        await record('trust_reset', { caller }, 'trust');
        return standings.reset(caller);
      }),
    contain: async (caller, forSeconds) => {
      checkCaller(caller, ['operator']);
      await changing(async () => {
        await standings.contain(caller, forSeconds * 1000);
        await record('caller_contained', { caller, seconds: forSeconds }, 'security');
      });
    },
    release: (caller) =>
      changing(async () => {
        checkCaller(caller, ['operator']);
        await record('caller_released', { caller }, 'trust');
        return standings.release(caller);
      }),
  };
}
