import type { AgentWaitFor } from '../../kernel/agent-words.js';
import { raceAbort } from '../../kernel/clock.js';
import type { Clock } from '../../kernel/clock.js';
import type { AgentFacts } from '../service.js';
import { type Base, isMet, isStuck } from './rules.js';
import type { Rounds, SeenAgent } from './rounds.js';

export interface AgentWait {
  readonly names: readonly string[];
  readonly until: AgentWaitFor;
  readonly mode: 'all' | 'any';
  /** Seq that only what comes after counts, by agent. */
  readonly after: ReadonlyMap<string, number>;
  /** Where each was when an earlier wait ended; else where it is at the first look. */
  readonly base: ReadonlyMap<string, Base>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface AgentWaitResult {
  /** `attention`: those that are not idle yet will not be by themselves. */
  readonly outcome: 'met' | 'timeout' | 'attention';
  /** As they were last seen; not those that are agents no more. */
  readonly agents: readonly AgentFacts[];
  readonly pending: readonly string[];
}

/** An idle that only a screen tells of has to stay for so long: between two turns, one is seen for a moment. */
const STEADY_MS = 400;

class Waiting {
  readonly #wait: AgentWait;
  readonly #mono: () => number;
  readonly #base: Map<string, Base>;
  readonly #since = new Map<string, { readonly seq: number; readonly at: number }>();
  #last: ReadonlyMap<string, SeenAgent> = new Map();
  #met = new Set<string>();

  constructor(wait: AgentWait, mono: () => number) {
    this.#wait = wait;
    this.#mono = mono;
    this.#base = new Map(wait.base);
  }

  /** @returns how the wait ends with this round; undefined while it goes on */
  round(seen: ReadonlyMap<string, SeenAgent>): AgentWaitResult['outcome'] | undefined {
    const { names, mode, until } = this.#wait;
    this.#last = seen;
    this.#met = new Set(names.filter((name) => this.#isMet(name, seen.get(name))));
    const enough = mode === 'any' ? this.#met.size > 0 : this.#met.size === names.length;
    if (enough) return 'met';
    const open = names.filter((name) => !this.#met.has(name));
    return until === 'idle' && open.every((name) => isStuck(seen.get(name))) ? 'attention' : undefined;
  }

  result(outcome: AgentWaitResult['outcome']): AgentWaitResult {
    const { names } = this.#wait;
    return {
      outcome,
      agents: names.flatMap((name) => this.#last.get(name)?.facts ?? []),
      pending: names.filter((name) => !this.#met.has(name)),
    };
  }

  #isMet(name: string, seen: SeenAgent | undefined): boolean {
    const { until, after } = this.#wait;
    if (seen !== undefined && !this.#base.has(name))
      this.#base.set(name, { seq: seen.facts.seq, state: seen.facts.state });
    if (!isMet(until, seen, after.get(name), this.#base.get(name))) {
      this.#since.delete(name);
      return false;
    }
    return until !== 'idle' || seen === undefined || seen.isExact || this.#isSteady(name, seen.facts.seq);
  }

  #isSteady(name: string, seq: number): boolean {
    const at = this.#mono();
    const before = this.#since.get(name);
    if (before?.seq === seq) return at - before.at >= STEADY_MS;
    this.#since.set(name, { seq, at });
    return false;
  }
}

/**
 * Waits until agents are as wanted, by looks that all waits share.
 * @throws OrcError CANCELLED
 */
export async function waitForAgents(rounds: Rounds, clock: Clock, wait: AgentWait): Promise<AgentWaitResult> {
  const waiting = new Waiting(wait, clock.mono);
  let stop: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<AgentWaitResult['outcome']>((resolve) => {
    timer = setTimeout(() => {
      resolve('timeout');
    }, wait.timeoutMs);
    stop = rounds.follow(wait.names, (seen) => {
      const outcome = waiting.round(seen);
      if (outcome !== undefined) resolve(outcome);
    });
  });
  try {
    return waiting.result(await raceAbort(ended, wait.signal));
  } finally {
    clearTimeout(timer);
    stop();
  }
}
