import {
  type AgentState,
  type AgentWaitFor,
  isAsking,
  isEndedState,
  isTroubled,
  needsAttention,
} from '../../kernel/agent-words.js';
import type { SeenAgent } from './rounds.js';

/** Where an agent was when the wait began. */
export interface Base {
  readonly seq: number;
  readonly state: AgentState;
}

type Rule = (seen: SeenAgent, after: number | undefined, base: Base | undefined) => boolean;

const RULES: Readonly<Record<AgentWaitFor, Rule>> = {
  idle: ({ facts, hasMail }, after = -1) => facts.state === 'idle' && !hasMail && facts.seq > after,
  attention: ({ facts: { state, seq } }, after = -1) => isEndedState(state) || (needsAttention(state) && seq >= after),
  exited: ({ facts }) => isEndedState(facts.state),
  change: ({ facts }, _after, base) => base !== undefined && (facts.seq !== base.seq || facts.state !== base.state),
};

/** @param after seq of a receipt: only what came after that counts */
export function isMet(
  until: AgentWaitFor,
  seen: SeenAgent | undefined,
  after: number | undefined,
  base: Base | undefined,
): boolean {
  // It is an agent no more.
  return seen === undefined ? until !== 'idle' : RULES[until](seen, after, base);
}

/** Whether it will not be idle by itself: it asks something, has ended, or its turn has failed. */
export function isStuck(seen: SeenAgent | undefined): boolean {
  if (seen === undefined) return true;
  const { state } = seen.facts;
  return isEndedState(state) || isAsking(state) || (isTroubled(state) && !seen.isOpen);
}
