import type { View } from '../../operations/view.js';

/** What a command answers, for programs and for people. */
export interface Answer {
  readonly data: Record<string, unknown>;
  readonly view: View;
}
