import type { AnswerSource } from '../kernel/agent-words.js';

/** What an agent has said last. */
export interface Answer {
  /** As its source has it, not yet filtered. */
  readonly text: string;
  readonly source: AnswerSource;
  /**
   * It is that of the newest turn, and that is over. Else the newest turn goes on, or has ended without an answer, and this
   * is the answer of one before; of a job that goes on it is what there is so far.
   */
  readonly complete: boolean;
  /** Another answer has another one. */
  readonly id: string;
  /** Of a job. */
  readonly exitCode?: number | undefined;
}
