import type { Snapshot } from '../store/snapshots.js';
import { type StateStore, StoreError } from '../store/store.js';

export interface DueOptions {
  /** Wall clock, milliseconds since the epoch. */
  readonly now?: number;
  readonly signal?: AbortSignal | undefined;
  /** A snapshot could not be made; in words without folders. The next time it is tried again. */
  readonly onProblem?: (message: string) => void;
}

/**
 * Makes the snapshots that are due, one store after the other: cheap when none is.
 * @throws the signal's error
 */
export async function takeDueSnapshots(
  stores: readonly StateStore[],
  { now = Date.now(), signal, onProblem = () => undefined }: DueOptions = {},
): Promise<Snapshot[]> {
  const made: Snapshot[] = [];
  for (const { snapshots } of stores) {
    if (snapshots?.due(now) !== true) continue;
    try {
      made.push(await snapshots.take({ now, signal }));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      onProblem(`No snapshot of ${snapshots.id} was made. ${error.message}`);
    }
  }
  return made;
}
