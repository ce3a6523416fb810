import type { AgentState, EvidenceSource } from '../../kernel/agent-words.js';

/** One thing that speaks for a state. */
export interface Evidence {
  readonly source: EvidenceSource;
  readonly says: AgentState;
  /** Which rule of the source it was. */
  readonly rule: string;
  /** When it was seen to be so, in monotonic milliseconds. */
  readonly at: number;
  /** When it began to be so, where the source tells; same clock. */
  readonly since?: number;
  /** Where on the screen it stands. */
  readonly region?: string;
  /** What the agent says about it. */
  readonly text?: string;
}

/** What an agent is doing, and why we say so. */
export interface Verdict {
  readonly state: AgentState;
  /** From 0 to 1. */
  readonly confidence: number;
  /** What decided; undefined when nothing is known. */
  readonly winner: Evidence | undefined;
  /** The surest that says something else. */
  readonly runnerUp: Evidence | undefined;
}
