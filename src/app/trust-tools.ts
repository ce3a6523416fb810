import { OrcError } from '../kernel/errors.js';
import type { EventType } from '../security/audit/record.js';
import { whyUnrecorded } from '../security/audit/trouble.js';
import type { StandingFacts, Standings } from '../security/trust/standing.js';
import { telling } from './operator-errors.js';

/** What became of a change. */
export interface Change {
  /** False when nothing was there to change. */
  readonly changed: boolean;
  /** Why it is not on record. */
  readonly unrecorded: string | undefined;
}

/** What the operator does about callers. What gives more is on record before it holds; what takes away never waits. */
export interface TrustTools {
  /** Callers that do not stand as the config says of all. @throws OrcError */
  readonly standings: () => Promise<readonly StandingFacts[]>;
  /** @param forSeconds the config's time of a grant where it is not given @throws OrcError */
  readonly grant: (caller: string, options: GrantOptions) => Promise<Change & { readonly seconds: number }>;
  readonly revoke: (caller: string) => Promise<Change>;
  readonly reset: (caller: string) => Promise<Change>;
  readonly contain: (caller: string, forSeconds: number) => Promise<Change>;
  readonly release: (caller: string) => Promise<Change>;
}

export interface GrantOptions {
  readonly operations?: readonly string[] | undefined;
  readonly forSeconds?: number | undefined;
}

/** @returns why it is not on record where that is as the operator wants it */
type Recording = (...event: Recorded) => Promise<string | undefined>;
type Recorded = [word: string, facts: Readonly<Record<string, unknown>>, type: EventType];

/** @param caller as lists and the audit log name it */
function checkCaller(caller: string, more: readonly string[] = []): void {
  if (/^(?:agent|host|key|system):[\x20-\x7e]{1,80}$/.test(caller) || more.includes(caller)) return;
  throw new OrcError('INVALID_INPUT', 'caller: expected one such as agent:build or host:claude-code.', {
    hint: 'tmux-orc security events and audit tail name callers. The operator is always trusted.',
  });
}

export function createTrustTools(standings: Standings, record: Recording, sessionSeconds: () => number): TrustTools {
  const changing = <T>(work: () => Promise<T>): Promise<T> => telling('The trust in callers stays as it was', work);
  const widen = (event: Recorded, work: () => Promise<unknown>): Promise<Change> =>
    changing(async () => {
      const unrecorded = await record(...event);
      return { changed: (await work()) !== false, unrecorded };
    });
  const narrow = async (event: Recorded, work: () => Promise<void>): Promise<Change> => {
    await changing(work);
    // It holds already: what cannot be recorded must not make it look otherwise.
    return { changed: true, unrecorded: await record(...event).catch(whyUnrecorded) };
  };
  return {
    standings: () => telling('The trust in callers cannot be read', standings.list),
    grant: async (caller, { operations, forSeconds: seconds = sessionSeconds() }) => {
      checkCaller(caller);
      const facts = { caller, seconds, ...(operations === undefined ? {} : { operations }) };
      const change = await widen(['trust_granted', facts, 'trust'], () =>
        standings.grant(caller, seconds * 1000, operations),
      );
      return { ...change, seconds };
    },
    revoke: async (caller) => {
      checkCaller(caller);
      return narrow(['trust_revoked', { caller }, 'trust'], () => standings.revoke(caller));
    },
    reset: async (caller) => {
      checkCaller(caller);
      return widen(['trust_reset', { caller }, 'trust'], () => standings.reset(caller));
    },
    contain: async (caller, seconds) => {
      checkCaller(caller, ['operator']);
      return narrow(['caller_contained', { caller, seconds }, 'security'], () =>
        standings.contain(caller, seconds * 1000),
      );
    },
    release: async (caller) => {
      checkCaller(caller, ['operator']);
      return widen(['caller_released', { caller }, 'trust'], () => standings.release(caller));
    },
  };
}
