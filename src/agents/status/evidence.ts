import type { AgentState } from '../../providers/state.js';

/**
 * Where evidence comes from, surest first. `process` is what the system knows of the pane's processes, `registry` a file
 * that the agent itself keeps, `api` its own server, `hook` what it has called us for, `title` a title that is a true
 * signal, `screen` what is read off the screen, `activity` only that something moves.
 */
export const SOURCES = ['process', 'api', 'registry', 'hook', 'title', 'screen', 'activity'] as const;
export type Source = (typeof SOURCES)[number];

/** One thing that speaks for a state. */
export interface Evidence {
  readonly source: Source;
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
