import { createBootClock } from '../kernel/boot-clock.js';
import { applyChanges, type Change, planRestore, type RestoreRules } from './restoring.js';
import type { Saved } from './saved.js';
import { storeTime } from './store-clock.js';
import type { Reading, StateStore } from './store.js';

/** Two readings of one clock differ by less. */
const SAME_CLOCK_MS = 1000;

function plan(view: Reading, saved: Saved, rules: RestoreRules): Change[] {
  const { mono } = view.now;
  const ahead = mono - storeTime(createBootClock()(), saved.clock).now.mono;
  const shiftMs = Math.abs(ahead) < SAME_CLOCK_MS ? 0 : ahead;
  return planRestore(view, { saved, rules, when: 'byHand', mono, shiftMs });
}

/** What a restore would change now. @throws StoreError */
export const previewRestore = (store: StateStore, saved: Saved, rules: RestoreRules): Promise<Change[]> =>
  store.read((view) => plan(view, saved, rules));

/**
 * Brings rows of a copy back, in one transaction: whoever has the store open simply sees them from then on, and the file
 * stays the same one.
 * @throws StoreError; then nothing was changed
 */
export const restore = (store: StateStore, saved: Saved, rules: RestoreRules): Promise<Change[]> =>
  store.transact(
    (tx) => {
      const changes = plan(tx, saved, rules);
      applyChanges(tx, changes);
      return changes;
    },
    { durable: true },
  );
