import { sleep } from '../kernel/clock.js';
import { OrcError } from '../kernel/errors.js';
import type { Logger } from '../kernel/logger.js';
import type { StateStore } from '../store/store.js';
import { createDuties, type Duty } from './duties.js';
import { type Holder, type MonitorLease, RENEW_MS } from './lease.js';
import { type Round, runLoop } from './loop.js';
import type { CacheBounds, TerminalCache } from './terminal-cache.js';
import { createWatch, type Watch, type WatchSources } from './watch.js';

export interface MonitorSettings {
  readonly enabled: boolean;
  readonly intervalMs: number;
  readonly freshMs: number;
  readonly cleanupMs: number;
  readonly cache: CacheBounds;
}

/** How many entries went from the cache: swept now, and for want of room since the last sweep. */
export interface Swept {
  readonly dropped: number;
  readonly crowdedOut: number;
}

export interface MonitorOptions {
  readonly self: Holder;
  /** Read at each round. */
  readonly settings: () => MonitorSettings;
  readonly store: () => StateStore;
  /** With the port behind no gate. @throws OrcError TMUX_UNAVAILABLE */
  readonly sources: () => WatchSources;
  readonly clock: WatchSources['clock'];
  readonly logger: Logger;
  /** What is done after rounds. Made anew each time that this process begins to watch. */
  readonly duties: (watching: Watching) => readonly Duty[];
  /** Told when this process begins to watch, and when it does no more. */
  readonly onWatch?: ((watches: boolean) => void) | undefined;
  /** Told how a sweep of the cache has gone. */
  readonly onSweep?: (swept: Swept | undefined) => void;
}

/** What duties get to know of who watches. */
export interface Watching {
  /** Asked before something is done: whether it is this process still. */
  readonly isHeld: () => Promise<boolean>;
}

/** Whatever a round asks has its own deadline, so that one that takes so long, in milliseconds, will not end. */
const STUCK_MS = 30_000;

/** Errors of tmux that pass. */
const isAway = (error: unknown): boolean =>
  error instanceof OrcError &&
  ['TMUX_UNAVAILABLE', 'CIRCUIT_OPEN', 'TMUX_FAILED', 'TIMEOUT', 'NOT_FOUND'].includes(error.code);

/** One time that this process watches: from the moment it has the lease until it has it no more. */
export class Term {
  readonly watch: Watch;
  readonly #options: MonitorOptions;
  readonly #lease: MonitorLease;
  readonly #ending: AbortController;
  /** Of the end of this term, for whatever reason. */
  readonly #signal: AbortSignal;
  readonly #cache: TerminalCache;
  #renewedAt: number;
  /** When the round that runs now was begun. */
  #roundAt: number | undefined;
  #sweptAt: number;
  #crowdedOut: number;
  rounds = 0;
  lastRoundMs: number | undefined;
  isAway = false;

  constructor(options: MonitorOptions, lease: MonitorLease, cache: TerminalCache, signal: AbortSignal) {
    this.#options = options;
    this.#lease = lease;
    this.#cache = cache;
    this.#ending = new AbortController();
    this.#renewedAt = this.#sweptAt = options.clock.mono();
    this.#crowdedOut = cache.stats().evictions.room;
    this.watch = createWatch(options.sources(), options.store(), cache);
    this.#signal = AbortSignal.any([signal, this.#ending.signal]);
  } // prettier-ignore

  async run(): Promise<void> {
    const { options, signal } = { options: this.#options, signal: this.#signal };
    const { clock, logger } = options;
    const isHeld = async (): Promise<boolean> => !signal.aborted && this.#keep();
    const duties = createDuties(options.duties({ isHeld }), logger, signal);
    const renewing = this.#renew(signal);
    try {
      await runLoop({ clock, signal, intervalMs: () => options.settings().intervalMs, round: () => this.#round(duties) });
    } finally {
      this.#ending.abort();
      await Promise.all([duties.close(), renewing]);
    }
  } // prettier-ignore

  /** Beside rounds, which may be further apart than the lease is long. */
  async #renew(signal: AbortSignal): Promise<void> {
    const isOver = (): Promise<boolean> => sleep(RENEW_MS, signal).then(() => false, () => true);
    while (!(await isOver())) if (this.#isStuck() || !(await this.#keep())) this.#ending.abort();
  } // prettier-ignore

  /** Who does not get on leaves it to others, or begins anew. */
  #isStuck(): boolean {
    const { clock, logger } = this.#options;
    if (this.#roundAt === undefined || clock.mono() - this.#roundAt < STUCK_MS) return false;
    logger.error('monitor: a round does not end; it is given up', { after_ms: STUCK_MS });
    return true;
  }

  async #keep(): Promise<boolean> {
    const at = this.#options.clock.mono();
    const held = await this.#lease.take().catch(() => false);
    if (held) this.#renewedAt = at;
    return held;
  }

  async #round(duties: ReturnType<typeof createDuties>): Promise<Round | undefined> {
    const { clock, settings } = this.#options;
    const began = clock.mono();
    if (!settings().enabled) return undefined;
    // A process that stood still is not to go on as if it had watched.
    if (began - this.#renewedAt >= 2 * RENEW_MS && !(await this.#keep())) return undefined;
    this.#cache.rebound(settings().cache);
    this.#roundAt = began;
    try {
      return await this.#look(duties, began);
    } finally {
      this.#roundAt = undefined;
    }
  }

  async #look(duties: ReturnType<typeof createDuties>, began: number): Promise<Round> {
    const { clock, logger } = this.#options;
    try {
      const view = await this.watch.round();
      this.rounds++;
      this.lastRoundMs = clock.mono() - began;
      this.isAway = view === undefined;
      // Whoever goes on has its own duties.
      if (view === undefined || this.#signal.aborted) return 'away';
      this.#sweep(view.listing.sessions.flatMap(({ windows }) => windows.flatMap(({ panes }) => panes)), began);
      duties.start(view);
      return view.isNews ? 'news' : 'quiet';
    } catch (error) {
      if (!isAway(error) && !this.#signal.aborted) logger.warn('monitor: a round failed', { error: error instanceof Error ? error.message : 'not an error' });
      return 'away';
    }
  } // prettier-ignore

  #sweep(panes: readonly { readonly id: string; readonly pid: number }[], now: number): void {
    if (now - this.#sweptAt < this.#options.settings().cleanupMs) return;
    this.#sweptAt = now;
    let swept: Swept | undefined;
    try {
      const dropped = this.#cache.sweep(new Map(panes.map(({ id, pid }) => [id, pid])));
      const { room } = this.#cache.stats().evictions;
      swept = { dropped, crowdedOut: room - this.#crowdedOut };
      this.#crowdedOut = room;
    } catch {
      // No entry stops it; whatever else does is told of as a failure.
    }
    this.#options.onSweep?.(swept);
  }
}
