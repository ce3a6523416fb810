import type { PaneId, SessionId } from '../../kernel/ids.js';

export type JobId = string;
export const JOB_ID = /^[0-9a-f]{16}$/;

export interface RunTarget {
  readonly session: SessionId;
  readonly pane: PaneId;
  /** The row where its cursor was last seen. */
  readonly cursorY?: number;
}

/** The pane that a job was started in. */
export interface JobPlace {
  readonly pane: PaneId;
  readonly serverPid: number;
}

/** Why a command was not typed, or what became of it. */
export type JobReason =
  | 'dead'
  | 'input_off'
  | 'alternate_screen'
  | 'menu'
  | 'busy'
  | 'repl'
  | 'unsupported_shell'
  | 'other_user'
  | 'half_typed'
  | 'continuation'
  | 'no_prompt'
  | 'changing'
  | 'queued'
  | 'pane_gone'
  | 'shell_gone'
  | 'interrupted'
  | 'cancelled'
  | 'not_interruptible';

/** `refused`: nothing was typed. `lost`: it ran, but its end cannot be seen any more. */
export interface JobReport {
  readonly id: JobId;
  readonly pane: PaneId;
  readonly state: 'done' | 'running' | 'refused' | 'lost';
  readonly exitCode?: number;
  readonly reason?: JobReason;
  /** Raw text of the program, not yet filtered. */
  readonly output: string;
  /** What was printed directly before it, where only a part is given. */
  readonly before?: string;
  readonly totalBytes: number;
  readonly truncated: boolean;
  /** `stream`: the exact bytes. `screen`: what the pane shows, where the stream was not seen. */
  readonly source: 'stream' | 'screen';
  readonly durationMs: number;
  /** How much of the output was there at this report: where the next one goes on. */
  readonly offset: number;
  /** Other panes of the window are synchronized with this one; the command went to this pane only. */
  readonly synchronized?: boolean;
}
