import { LRUCache } from 'lru-cache';
import type { Clock } from '../kernel/clock.js';
import type { PaneId } from '../kernel/ids.js';
import type { Delta } from '../tmux/pane/delta.js';

/** The last lines of a pane, as they were read. */
export interface TerminalState {
  /** First process of the pane: another one has another terminal. */
  readonly panePid: number;
  readonly delta: Delta;
  /** When they were read, in monotonic milliseconds. */
  readonly at: number;
}

export interface CacheBounds {
  readonly maxEntries: number;
  readonly maxAgeMs: number;
  readonly maxBytes: number;
}

/** Why entries went: there were too many or too large ones, too old, of a pane that is gone, or nothing stood there. */
export interface Evictions {
  readonly room: number;
  readonly age: number;
  readonly gone: number;
  readonly empty: number;
  readonly broken: number;
}

export interface CacheStats {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: Evictions;
  readonly sweeps: number;
}

/** Screens of panes, as many and as old ones as allowed; who was not asked for longest goes first. */
export interface TerminalCache {
  readonly set: (pane: PaneId, state: TerminalState) => void;
  /** Counts as a use of it. */
  readonly get: (pane: PaneId) => TerminalState | undefined;
  /** Looks without using it: what is watched is not thereby wanted. */
  readonly peek: (pane: PaneId) => TerminalState | undefined;
  readonly drop: (pane: PaneId) => void;
  /** Drops what is too old, empty, or of panes that are gone. No entry stops it. @returns how many went */
  readonly sweep: (panes: ReadonlyMap<string, number>) => number;
  readonly stats: () => CacheStats;
  /** The bounds of the config have changed. */
  readonly rebound: (bounds: CacheBounds) => void;
}

/** Of an entry besides its text. */
const ENTRY_BYTES = 200;

const bytesOf = ({ delta }: TerminalState): number =>
  ENTRY_BYTES + delta.cursor.length + delta.lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 16, 0);

const isEmpty = ({ delta }: TerminalState): boolean => delta.lines.every((line) => line.trim() === '');

const same = (one: CacheBounds, other: CacheBounds): boolean =>
  one.maxEntries === other.maxEntries && one.maxAgeMs === other.maxAgeMs && one.maxBytes === other.maxBytes;

const makeCache = (
  bounds: CacheBounds,
  mono: () => number,
  onEvict: (why: 'room' | 'age') => void,
): LRUCache<string, TerminalState> =>
  new LRUCache({
    max: bounds.maxEntries,
    ttl: bounds.maxAgeMs,
    maxSize: bounds.maxBytes,
    sizeCalculation: bytesOf,
    perf: { now: mono },
    // A clock of ours: its every reading counts.
    ttlResolution: 0,
    // Being asked for keeps it from going for want of room, not from growing old.
    updateAgeOnGet: false,
    dispose: (_state, _pane, reason) => {
      if (reason === 'evict') onEvict('room');
      if (reason === 'expire') onEvict('age');
    },
  });

/** Oldest use first, so that the newest stays. @returns how many were too old */
function moveTo(cache: LRUCache<string, TerminalState>, old: typeof cache, maxAgeMs: number, now: number): number {
  let dropped = 0;
  for (const [pane, state] of [...old.entries()].reverse()) {
    const left = Math.ceil(maxAgeMs - (now - state.at));
    if (left > 0) cache.set(pane, state, { ttl: left });
    else dropped++;
  }
  return dropped;
}

export function createTerminalCache(given: CacheBounds, { mono }: Pick<Clock, 'mono'>): TerminalCache {
  let bounds = given;
  let [hits, misses, sweeps] = [0, 0, 0];
  const evictions = { room: 0, age: 0, gone: 0, empty: 0, broken: 0 };
  const make = (): LRUCache<string, TerminalState> => makeCache(bounds, mono, (why) => evictions[why]++);
  let cache = make();
  const remove = (pane: string, why: keyof Evictions): void => {
    if (cache.delete(pane)) evictions[why]++;
  };
  /** Why an entry is not worth keeping. */
  const judge = (pane: string, panes: ReadonlyMap<string, number>): keyof Evictions | undefined => {
    try {
      const state = cache.peek(pane);
      if (state === undefined) return undefined;
      if (panes.get(pane) !== state.panePid) return 'gone';
      return isEmpty(state) ? 'empty' : undefined;
    } catch {
      return 'broken';
    }
  };
  return {
    set: (pane, state) => {
      if (isEmpty(state)) remove(pane, 'empty');
      else cache.set(pane, state);
    },
    get: (pane) => {
      const state = cache.get(pane);
      if (state === undefined) misses++;
      else hits++;
      return state;
    },
    peek: (pane) => cache.peek(pane),
    drop: (pane) => {
      cache.delete(pane);
    },
    sweep: (panes) => {
      const before = cache.size;
      cache.purgeStale();
      for (const pane of [...cache.keys()]) {
        const why = judge(pane, panes);
        if (why !== undefined) remove(pane, why);
      }
      sweeps++;
      return before - cache.size;
    },
    stats: () => ({ entries: cache.size, bytes: cache.calculatedSize, hits, misses, evictions: { ...evictions }, sweeps }),
    rebound: (next) => {
      if (same(bounds, next)) return;
      bounds = next;
      const old = cache;
      cache = make();
      evictions.age += moveTo(cache, old, next.maxAgeMs, mono());
    },
  };
} // prettier-ignore
