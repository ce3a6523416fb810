import type { PaneId, SessionId, WindowId } from '../kernel/ids.js';
import type { SessionName, WindowName } from '../security/text/names.js';
import type { Jobs } from './jobs/jobs.js';
import type { Listing, PaneRow } from './listing.js';
import type {
  AgentMarks,
  CreatedPane,
  CreatedSession,
  CreatedWindow,
  OpenOutcome,
  PaneInput,
  SessionSpec,
  ShownState,
  SplitSpec,
  WindowSpec,
  WriteReceipt,
} from './model.js';
import type { Delta, DeltaOptions } from './pane/delta.js';
import type { OutputWait, WaitResult } from './pane/wait.js';

export interface TmuxStatus {
  /** How requests go now. */
  readonly mode: 'control' | 'spawned';
  readonly connected: boolean;
  readonly connects: number;
  readonly lastFailure?: string;
  readonly outcomes: readonly OpenOutcome[];
}

/**
 * The port to one tmux server. Everything that reaches it is typed: ids come from a listing, names and text from the
 * sanitizers. Errors are OrcError: NOT_FOUND and CONFLICT for what tmux says is gone or taken, TMUX_FAILED for other
 * refusals, TMUX_UNAVAILABLE when it does not answer, OUTCOME_UNKNOWN when a change may still happen.
 */
export interface Tmux {
  /**
   * No server running is an empty listing; listing starts none.
   * @param before an earlier one, for who asks again and again: while the same panes are there, what seldom changes (names
   * and places of windows, folders, clients, modes of input, marks of agents) is taken from it, which costs a third
   */
  readonly list: (before?: Listing) => Promise<Listing>;
  readonly createSession: (spec: SessionSpec) => Promise<CreatedSession>;
  readonly renameSession: (id: SessionId, name: SessionName) => Promise<void>;
  readonly killSession: (id: SessionId) => Promise<void>;
  readonly createWindow: (spec: WindowSpec) => Promise<CreatedWindow>;
  readonly renameWindow: (id: WindowId, name: WindowName) => Promise<void>;
  readonly killWindow: (id: WindowId) => Promise<void>;
  readonly splitPane: (spec: SplitSpec) => Promise<CreatedPane>;
  readonly killPane: (id: PaneId) => Promise<void>;
  /** The last lines of a pane, or what came after a cursor; raw, filters come after. At most 5000 lines. */
  readonly capture: (id: PaneId, options: DeltaOptions) => Promise<Delta>;
  /** The same last lines without colours, and nothing else of them: half of the work for who looks at many panes. */
  readonly lastLines: (id: PaneId, count: number) => Promise<readonly string[]>;
  readonly waitForOutput: (wait: OutputWait) => Promise<WaitResult>;
  /**
   * Pastes text, then presses keys, in one guarded command list: nothing happens when the pane is dead, has its input
   * off, or is another process than `pane` says.
   */
  readonly send: (pane: PaneRow, input: PaneInput) => Promise<WriteReceipt>;
  /** Shows people and other programs which agent a pane has (`@orc_agent`, `@orc_role`, `@orc_provider`), or that it has none. */
  readonly showAgent: (pane: PaneId, marks: AgentMarks | undefined) => Promise<void>;
  /** Shows likewise what agents do (`@orc_state`, `@orc_seq`); panes that are gone are passed over. */
  readonly showStates: (states: readonly ShownState[]) => Promise<void>;
  readonly jobs: Jobs;
  readonly status: () => TmuxStatus;
  /**
   * The same server for a caller that has to answer by then (monotonic milliseconds): no request to tmux takes longer.
   * Jobs and waits go by their own time.
   */
  readonly endingBy: (end: number) => Tmux;
  readonly close: () => Promise<void>;
}
