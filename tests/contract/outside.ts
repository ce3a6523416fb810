import type { WindowId } from '../../src/kernel/ids.js';
import type { PaneRow } from '../../src/tmux/listing.js';

/** What happens on a tmux server beside the port: by people, by programs in panes, and by time. */
export interface Outside {
  /** A program that keeps every byte typed into its pane. */
  readonly receiver: readonly [string, ...string[]];
  /** What the receiver in this pane got, as soon as it is at least so many bytes. */
  readonly received: (pane: PaneRow, atLeast: number) => Promise<Buffer>;
  /** Arguments and variables of the pane's first process. */
  readonly started: (pane: PaneRow) => Promise<{ argv: readonly string[]; env: Readonly<Record<string, string>> }>;
  readonly print: (pane: PaneRow, text: string) => Promise<void>;
  /** Ends the pane's program. */
  readonly end: (pane: PaneRow) => Promise<void>;
  /** Puts a new receiver in the place of the pane's program. */
  readonly respawn: (pane: PaneRow) => Promise<void>;
  readonly switchInputOff: (pane: PaneRow) => Promise<void>;
  readonly synchronize: (window: WindowId, on: boolean) => Promise<void>;
  readonly enterMode: (pane: PaneRow, mode: 'copy-mode' | 'clock-mode') => Promise<void>;
  readonly isServerRunning: () => Promise<boolean>;
}
