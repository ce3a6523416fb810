/** A copy that a store made of itself. */
export interface Snapshot {
  /** Its file without the folder and the ending: `user-20261120T081500123Z`. Names sort by time. */
  readonly name: string;
  readonly path: string;
  /** By the wall clock, milliseconds since the epoch. */
  readonly at: number;
  readonly bytes: number;
}

/** Copies of a store, beside it. Times are of the wall clock, milliseconds since the epoch; now unless told. */
export interface Snapshots {
  /** Which store it is, as its copies have it: `user.db`, or `<12 hex digits>/state.db` of a tmux server. */
  readonly id: string;
  /** In the order in which they were made, as far as the clock tells: newest first, those from the future at the end. */
  readonly list: (now?: number) => readonly Snapshot[];
  /** An hour has passed since the newest one; false where there is no store. One from the future counts for nothing. */
  readonly due: (now?: number) => boolean;
  /**
   * Makes one, and removes those that are too many. It keeps the event loop for about 4 ms for each MB.
   * @throws StoreError, or the signal's error
   */
  readonly take: (options?: { readonly now?: number; readonly signal?: AbortSignal | undefined }) => Promise<Snapshot>;
  /**
   * The same to another place; what is there is replaced.
   * @param path in a folder that is there @throws as `take`
   */
  readonly copyTo: (path: string, options?: { readonly signal?: AbortSignal | undefined }) => Promise<Snapshot>;
}

const EVERY_MS = 3_600_000;
/** How many are kept. */
export const KEPT_SNAPSHOTS = 24;

/**
 * Those from the future are of a clock that was set back since. They come last: nothing waits for them, and they are the
 * first to go.
 */
export function inOrder(snapshots: readonly Snapshot[], now: number): Snapshot[] {
  const isFuture = ({ at }: Snapshot): number => (at > now ? 1 : 0);
  return [...snapshots].sort((a, b) => isFuture(a) - isFuture(b) || b.at - a.at);
}

export function isDue(snapshots: readonly Snapshot[], now: number): boolean {
  return !snapshots.some(({ at }) => at <= now && now - at < EVERY_MS);
}
