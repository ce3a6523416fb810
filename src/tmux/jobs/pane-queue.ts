import { abortError, raceAbort } from '../../kernel/clock.js';
import type { PaneId } from '../../kernel/ids.js';

/** One command at a time in each pane, in order of arrival. */
export interface PaneQueue {
  /**
   * Waits for the pane's turn.
   * @returns the function that passes the turn on.
   * @throws the signal's error; the place is given up then.
   */
  readonly enter: (pane: PaneId, signal: AbortSignal) => Promise<() => void>;
}

export function createPaneQueue(): PaneQueue {
  const tails = new Map<PaneId, Promise<void>>();
  return {
    enter: async (pane, signal) => {
      if (signal.aborted) throw abortError(signal);
      const before = tails.get(pane) ?? Promise.resolve();
      let leave: () => void = () => undefined;
      const mine = new Promise<void>((resolve) => {
        leave = resolve;
      });
      const tail = before.then(() => mine);
      tails.set(pane, tail);
      void tail.then(() => {
        if (tails.get(pane) === tail) tails.delete(pane);
      });
      try {
        await raceAbort(before, signal);
      } catch (error) {
        leave();
        throw error;
      }
      return leave;
    },
  };
}
