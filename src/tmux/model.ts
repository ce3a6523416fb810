import type { AgentState } from '../kernel/agent-words.js';
import type { PaneId, SessionId, WindowId } from '../kernel/ids.js';
import type { Directory } from '../security/text/directory.js';
import type { KeyName } from '../security/text/keys.js';
import type { MessageText } from '../security/text/message.js';
import type { SessionName, WindowName } from '../security/text/names.js';
import type { PaneRow, ServerIdentity, SessionRow } from './listing.js';

export interface CreatedPane {
  readonly id: PaneId;
  /** Of what runs in it. */
  readonly pid: number;
  readonly server: ServerIdentity;
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
  /** The folder that a caller asked for, where `cwd` is one that was made in its stead: roles are judged by it. */
  readonly asked?: Directory | undefined;
  /** Run as argv, never through a shell; without it, the user's shell. A pane with a command stays when it ends. */
  readonly command?: readonly [string, ...string[]];
  readonly env?: readonly (readonly [string, string])[];
  /** The command acts by itself and asks nobody: graver than others. */
  readonly unattended?: boolean;
  /** Shown in the options of the pane from the beginning. */
  readonly agent?: AgentMarks;
}

/** What the options of a pane show of its agent. They decide nothing. */
export interface AgentMarks {
  readonly name: string;
  readonly role: string;
  readonly provider: string;
}

/** What the options of a pane show of what its agent does. They decide nothing. */
export interface ShownState {
  readonly pane: PaneId;
  readonly state: AgentState;
  readonly seq: number;
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

/** What goes into a pane: text is pasted, then keys are pressed. */
export interface PaneInput {
  readonly text?: MessageText;
  readonly keys?: readonly KeyName[];
  /** Nothing is sent unless this program is still in the foreground; its name holds no syntax of tmux. */
  readonly program?: string | undefined;
  /** Nothing is sent unless what was sent last, by anybody, is still this ({@link PaneRow.lastSent}). */
  readonly after?: string | undefined;
  /** It only stops what runs there: it goes on in a lockdown. */
  readonly stops?: true;
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
