import type { PaneId, SessionId } from '../../kernel/ids.js';
import type { Matcher } from '../../security/text/pattern.js';
import type { Ask } from '../ask.js';
import type { SentTexts } from './echo.js';
import type { PaneStreams } from './stream.js';

export interface OutputWait {
  readonly session: SessionId;
  readonly pane: PaneId;
  readonly matcher: Matcher | undefined;
  readonly idleMs: number | undefined;
  readonly since: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface WaitResult {
  readonly outcome: 'matched' | 'idle' | 'timeout' | 'closed';
  readonly match?: string;
  /** What came since the call, or the cursor; raw, filters come after. */
  readonly text: string;
  /** Some of it may have been printed faster than it could be followed, and be gone. */
  readonly missed: boolean;
  /** What stood directly before the text, as far as it is known. */
  readonly before: string;
  /** Where the text ends; empty when the pane is gone. */
  readonly cursor: string;
}

export interface WaitServices {
  readonly ask: Ask;
  readonly streams: PaneStreams;
  readonly sent: SentTexts;
}
