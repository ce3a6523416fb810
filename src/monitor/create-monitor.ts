import { sleep } from '../kernel/clock.js';
import type { PaneId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import { createScope } from '../kernel/scope.js';
import type { Listing } from '../tmux/listing.js';
import type { Screens } from './cached-tmux.js';
import type { AgentView } from './fleet.js';
import { createMonitorLease, type Pulse, RENEW_MS } from './lease.js';
import { type MonitorOptions, Term } from './term.js';
import { type CacheStats, createTerminalCache, type TerminalCache } from './terminal-cache.js';

export interface MonitorStats extends Pulse {
  /** This process watches. */
  readonly isHolding: boolean;
  readonly cache: CacheStats;
}

/** Watches over a tmux server, where no other process of ours does. */
export interface Monitor extends Screens {
  /** From now on: watches once nobody else does. Does nothing the second time. */
  readonly seek: () => void;
  /** An agent as it was looked at last, where that was a short while ago and nothing was sent to it since. */
  readonly agent: (name: string) => { readonly view: AgentView; readonly ageMs: number } | undefined;
  /** What there was a short while ago, where this process has arranged nothing since. */
  readonly listing: () => { readonly listing: Listing; readonly ageMs: number } | undefined;
  readonly stats: () => MonitorStats;
  readonly close: () => Promise<void>;
}

/** Looks for the lease again and again, until the signal. */
async function keepSeeking(watch: () => Promise<void>, logger: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // A store or a tmux that cannot be had is asked for again.
    await watch().catch((error: unknown) => {
      logger.debug('monitor: cannot watch', { error: error instanceof Error ? error.message : 'not an error' });
    });
    await sleep(RENEW_MS, signal).catch(() => undefined);
  }
}

type Kept = Pick<Monitor, 'recent' | 'touch' | 'arranged' | 'agent' | 'listing'>;

/** What was seen in the last round, where that is young enough and nothing has been done since. */
function keptBy({ clock, settings }: MonitorOptions, cache: TerminalCache, current: () => Term | undefined): Kept {
  let arrangedAt = -Infinity;
  const since = (pane: string): number | undefined => {
    const at = current()?.watch.last()?.at;
    if (at === undefined || current()?.watch.isMoving(pane) !== false) return undefined;
    const ageMs = clock.mono() - at;
    return ageMs < settings().freshMs ? ageMs : undefined;
  };
  return {
    recent: (pane: PaneId) => {
      const ageMs = since(pane);
      if (ageMs === undefined) return undefined;
      const state = cache.get(pane);
      return state && { delta: state.delta, ageMs: Math.round(ageMs) };
    },
    touch: (pane) => {
      current()?.watch.touch(pane);
    },
    agent: (name) => {
      const view = current()?.watch.fleet.agents().get(name);
      if (view === undefined || since(view.agent.pane) === undefined) return undefined;
      // Its own files and servers tell too, and are looked at less often than its pane.
      const ageMs = clock.mono() - view.at;
      return ageMs < settings().freshMs ? { view, ageMs: Math.round(ageMs) } : undefined;
    },
    arranged: () => {
      arrangedAt = clock.mono();
    },
    listing: () => {
      const last = current()?.watch.last();
      const ageMs = last === undefined ? Infinity : clock.mono() - last.at;
      if (last === undefined || last.at <= arrangedAt || ageMs >= settings().freshMs) return undefined;
      return { listing: last.listing, ageMs: Math.round(ageMs) };
    },
  };
}

/** @param rounds of the terms before */
const pulseOf = (rounds: number, term: Term | undefined): Pulse => ({
  rounds: rounds + (term?.rounds ?? 0),
  lastRoundMs: term?.lastRoundMs,
  isAway: term?.isAway ?? false,
});

export function createMonitor(options: MonitorOptions): Monitor {
  const { self, settings, clock, store, logger } = options;
  const scope = createScope();
  const cache = createTerminalCache(settings().cache, clock);
  let term: Term | undefined;
  let rounds = 0;
  let seeking: Promise<void> | undefined;

  const pulse = (): Pulse => pulseOf(rounds, term);
  const watch = async (): Promise<void> => {
    const lease = createMonitorLease(store(), self, pulse);
    if (!settings().enabled || !(await lease.take())) return;
    try {
      term = new Term(options, lease, cache, scope.signal);
      options.onWatch?.(true);
      await term.run();
    } finally {
      if (term !== undefined) options.onWatch?.(false);
      rounds += term?.rounds ?? 0;
      term = undefined;
      await lease.release();
    }
  };
  const kept = keptBy(options, cache, () => term);
  return {
    seek: () => {
      seeking ??= keepSeeking(watch, logger, scope.signal);
    },
    ...kept,
    stats: () => ({ isHolding: term !== undefined, ...pulse(), cache: cache.stats() }),
    close: async () => {
      const ended = scope.close();
      await seeking;
      await ended;
    },
  };
}
