import type { PaneId, SessionId, WindowId } from '../kernel/ids.js';
import type { Directory } from '../security/text/directory.js';
import type { KeyName } from '../security/text/keys.js';
import type { MessageText } from '../security/text/message.js';
import type { SessionName, WindowName } from '../security/text/names.js';
import type { Listing, PaneRow, SessionRow } from './listing.js';

export interface CreatedPane {
  readonly id: PaneId;
}
export interface CreatedWindow {
  readonly window: { readonly id: WindowId; readonly index: number; readonly name: string };
  readonly pane: CreatedPane;
}
export interface CreatedSession extends CreatedWindow {
  readonly session: { readonly id: SessionId; readonly name: string };
}

/** What runs in a new pane, and where. */
export interface PaneSpec {
  /** Starts exactly there; without it, in the session's folder. */
  readonly cwd?: Directory;
  /** Run as argv, never through a shell; without it, the user's shell. A pane with a command stays when it ends. */
  readonly command?: readonly [string, ...string[]];
  readonly env?: readonly (readonly [string, string])[];
}
export interface SessionSpec extends PaneSpec {
  readonly name: SessionName;
  readonly cwd: Directory;
  readonly windowName?: WindowName;
  readonly width?: number;
  readonly height?: number;
}
export interface WindowSpec extends PaneSpec {
  readonly session: SessionRow;
  readonly name?: WindowName;
}
export interface SplitSpec extends PaneSpec {
  readonly session: SessionRow;
  readonly pane: PaneRow;
  readonly direction: 'right' | 'down';
  readonly sizePercent?: number;
}

export interface Captured {
  /** Lines with wraps joined, right-trimmed, without trailing empty ones; raw: filters come after. */
  readonly lines: readonly string[];
  /** More stands above. */
  readonly truncated: boolean;
}

/** What goes into a pane: text is pasted, then keys are pressed. */
export interface PaneInput {
  readonly text?: MessageText;
  readonly keys?: readonly KeyName[];
}

/** Proof of a write: `id` stands in the pane's option `@orc_last`, set by the same tmux command list. */
export interface WriteReceipt {
  readonly id: string;
}

/** A change whose outcome was unknown when its call ended. */
export interface OpenOutcome {
  readonly id: string;
  readonly operation: string;
  readonly target: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `open` until tmux answers again; `unknowable` when it left no trace to look for. */
  readonly state: 'open' | 'executed' | 'not_executed' | 'unknowable';
}

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
  /** No server running is an empty listing; listing starts none. */
  readonly list: () => Promise<Listing>;
  readonly createSession: (spec: SessionSpec) => Promise<CreatedSession>;
  readonly renameSession: (id: SessionId, name: SessionName) => Promise<void>;
  readonly killSession: (id: SessionId) => Promise<void>;
  readonly createWindow: (spec: WindowSpec) => Promise<CreatedWindow>;
  readonly renameWindow: (id: WindowId, name: WindowName) => Promise<void>;
  readonly killWindow: (id: WindowId) => Promise<void>;
  readonly splitPane: (spec: SplitSpec) => Promise<CreatedPane>;
  readonly killPane: (id: PaneId) => Promise<void>;
  /** @param lines 1 to 5000, counted from the bottom. */
  readonly capture: (id: PaneId, options: { readonly lines: number; readonly ansi: boolean }) => Promise<Captured>;
  /**
   * Pastes text, then presses keys, in one guarded command list: nothing happens when the pane is dead, has its input
   * off, or is another process than `pane` says.
   */
  readonly send: (pane: PaneRow, input: PaneInput) => Promise<WriteReceipt>;
  readonly status: () => TmuxStatus;
  readonly close: () => Promise<void>;
}
