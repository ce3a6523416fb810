import type { BootTime } from '../kernel/boot-clock.js';
import type { StoreTime } from './store.js';

/** What a store remembers of the last time it was written. */
export interface ClockRow {
  readonly boot: string;
  /** As in {@link BootTime}; the largest that a process has measured. */
  readonly suspended: number;
  /** What makes the time since this start of the machine the store's own. */
  readonly shift: number;
  readonly mono: number;
  readonly wall: number;
}

/** How stale the row may get; after a start of the machine the rest is taken from the wall clock. */
const REFRESH_MS = 1000;
/** Less is the difference between two measurements. */
const GROWN_MS = 0.5;
/** Where there is no boot id, a clock that is so far back has started anew. */
const STARTED_ANEW_MS = 1000;

function sinceBoot(time: BootTime, row: ClockRow | undefined): number {
  return time.awake + Math.max(time.suspended, row?.suspended ?? 0);
}

/**
 * The store's time. A start of the machine begins its clock at zero again; the store's goes on from where it was, by as
 * much as the wall clock says that the machine was off. So no row needs to be converted.
 * @returns the time, and what to remember when it has to be written
 */
export function storeTime(time: BootTime, row: ClockRow | undefined): { now: StoreTime; remember?: ClockRow } {
  const { boot, wall } = time;
  const continued = row?.boot === boot ? sinceBoot(time, row) + row.shift : undefined;
  if (row !== undefined && continued !== undefined && continued > row.mono - STARTED_ANEW_MS) {
    const mono = Math.max(continued, row.mono);
    const suspended = Math.max(time.suspended, row.suspended);
    const now = { mono, boot, wall };
    const fresh = mono - row.mono < REFRESH_MS && suspended - row.suspended < GROWN_MS;
    return fresh ? { now } : { now, remember: { boot, suspended, shift: row.shift, mono, wall } };
  }
  const mono = row === undefined ? sinceBoot(time, undefined) : row.mono + Math.max(0, wall - row.wall);
  const shift = mono - sinceBoot(time, undefined);
  return { now: { mono, boot, wall }, remember: { boot, suspended: time.suspended, shift, mono, wall } };
}
