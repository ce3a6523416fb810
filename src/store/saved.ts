import type { ClockRow } from './store-clock.js';

/** A row as a copy of a store has it. */
export interface SavedRow {
  readonly table: string;
  readonly key: string;
  readonly version: number;
  /** JSON. */
  readonly value: unknown;
  /** On the clock of the store that it is a copy of. */
  readonly expiresAt: number | null;
}

/** What is in a copy of a store. */
export interface Saved {
  /** See `Snapshots.id`. */
  readonly id: string;
  /** When it was made: wall clock, milliseconds since the epoch. */
  readonly at: number;
  readonly rows: readonly SavedRow[];
  readonly clock: ClockRow | undefined;
}
