import { OrcError } from '../kernel/errors.js';
import { didYouMean, shown } from '../kernel/text.js';
import { operations } from '../operations/index.js';
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
  /** Before anybody is asked about it. @throws OrcError INVALID_INPUT */
  readonly checkGrant: (caller: string, options: GrantOptions) => void;
  /** @param forSeconds the config's time of a grant where it is not given @throws OrcError */
  readonly grant: (caller: string, options: GrantOptions) => Promise<Change & { readonly seconds: number }>;
  readonly revoke: (caller: string) => Promise<Change>;
  readonly reset: (caller: string) => Promise<Change>;
  readonly contain: (caller: string, forSeconds: number) => Promise<Change>;
  readonly release: (caller: string) => Promise<Change>;
}

export interface GrantOptions {
  /** Names of operations, or effects; undefined: all that its role may. */
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

/** A grant for what does not exist would only take away what is not named. */
function checkOperations(names: readonly string[]): void {
  const known = new Set<string>(operations.flatMap(({ name, effect }) => [name, effect]));
  const hint = 'Name operations, as docs/reference/tools.md lists them, or effects: read, write, destroy.';
  if (names.length === 0) throw new OrcError('INVALID_INPUT', 'operations: at least one is needed.', { hint });
  const wrong = names.find((name) => !known.has(name));
  if (wrong === undefined) return;
  const text = `operations: "${shown(wrong)}" is neither an operation nor an effect.${didYouMean(wrong, known)}`;
  throw new OrcError('INVALID_INPUT', text, { hint });
}

const checkGrant: TrustTools['checkGrant'] = (caller, options) => {
  checkCaller(caller);
  if (options.operations !== undefined) checkOperations(options.operations);
};

export interface TrustToolsOptions {
  readonly standings: Standings;
  readonly record: Recording;
  readonly sessionSeconds: () => number;
  /** Makes what was taken away survive the loss of the store. Never rejects. */
  readonly secure: () => Promise<unknown>;
}

export function createTrustTools({ standings, record, sessionSeconds, secure }: TrustToolsOptions): TrustTools {
  const changing = <T>(work: () => Promise<T>): Promise<T> => telling('The trust in callers stays as it was', work);
  const widen = (event: Recorded, work: () => Promise<unknown>): Promise<Change> =>
    changing(async () => {
      const unrecorded = await record(...event);
      return { changed: (await work()) !== false, unrecorded };
    });
  const narrow = async (event: Recorded, work: () => Promise<void>): Promise<Change> => {
    await changing(work);
    await secure();
    // It holds already: what cannot be recorded must not make it look otherwise.
    return { changed: true, unrecorded: await record(...event).catch(whyUnrecorded) };
  };
  return {
    standings: () => telling('The trust in callers cannot be read', standings.list),
    checkGrant,
    grant: async (caller, options) => {
      checkGrant(caller, options);
      const { operations: only, forSeconds: seconds = sessionSeconds() } = options;
      const facts = { caller, seconds, ...(only === undefined ? {} : { operations: only }) };
      const change = await widen(['trust_granted', facts, 'trust'], () =>
        standings.grant(caller, seconds * 1000, only),
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
