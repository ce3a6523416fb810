import { defineTable, type Reading, type Transaction } from '../../store/store.js';

interface AttemptsRow {
  /** Times of unknown names in the window. */
  readonly at: readonly number[];
  readonly throttledUntil?: number;
}

const attemptRows = defineTable<AttemptsRow>('unknown_tools', { version: 1, read: (value) => value as AttemptsRow });

/** How often a caller may name what there is not. */
export interface UnknownLimits {
  readonly maxAttempts: number;
  readonly windowMs: number;
  readonly throttleMs: number;
}

/** Milliseconds for which the caller is throttled; 0: it is not. */
export function throttledFor(view: Reading, caller: string): number {
  return Math.max(0, (view.get(attemptRows, caller)?.throttledUntil ?? 0) - view.now.mono);
}

/** Counts an unknown name. @returns milliseconds for which the caller is throttled from now on; 0: it may go on */
export function noteUnknown(tx: Transaction, caller: string, limits: UnknownLimits): number {
  const { mono } = tx.now;
  const throttled = throttledFor(tx, caller);
  if (throttled > 0) return throttled;
  const recent = (tx.get(attemptRows, caller)?.at ?? []).filter((at) => at + limits.windowMs > mono);
  if (recent.length < limits.maxAttempts) {
    tx.put(attemptRows, caller, { at: [...recent, mono] }, { expiresAt: mono + limits.windowMs });
    return 0;
  }
  const throttledUntil = mono + limits.throttleMs;
  tx.put(attemptRows, caller, { at: [], throttledUntil }, { expiresAt: throttledUntil });
  return limits.throttleMs;
}
