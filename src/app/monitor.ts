import { MONITOR } from '../kernel/callers.js';
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import type { Config } from '../config/schema.js';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { createMonitor, type Monitor } from '../monitor/create-monitor.js';
import type { MonitorOptions, MonitorSettings, Swept } from '../monitor/term.js';
import type { HolderKind } from '../monitor/lease.js';
import type { WatchSources } from '../monitor/watch.js';
import type { Providers } from '../providers/index.js';
import { ownEvent } from '../security/audit/record.js';
import type { AuditLog } from '../security/audit/log.js';
import { keptIn } from './agents.js';
import type { StateStore } from '../store/store.js';
import type { Tmux } from '../tmux/tmux.js';
import type { Dispatcher } from './dispatcher.js';
import type { Act, DutyTools } from './duty-tools.js';
import { monitorDuties } from './monitor-duties.js';

export interface AppMonitorOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly config: () => Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly audit: AuditLog;
  /** Of the tmux server that is watched. */
  readonly store: () => StateStore;
  readonly userStore: StateStore;
  /** The port behind no gate, and without what this monitor has read. @throws OrcError TMUX_UNAVAILABLE */
  readonly open: () => Tmux;
  readonly providers: () => Promise<Providers>;
  /** What it does goes in here, like every call. */
  readonly dispatcher: () => Dispatcher;
  readonly tend: DutyTools['tend'];
  readonly deliver: DutyTools['deliver'];
  readonly kind: HolderKind;
  readonly onWatch?: MonitorOptions['onWatch'];
}

const MINUTE_MS = 60_000;

export function monitorSettings({ monitoring: given }: Pick<Config, 'monitoring'>): MonitorSettings {
  return {
    enabled: given.enabled,
    intervalMs: given.interval_ms,
    freshMs: given.fresh_ms,
    cleanupMs: given.cleanup_interval_minutes * MINUTE_MS,
    cache: {
      maxEntries: given.max_cache_entries,
      // Parts of an hour are no whole milliseconds.
      maxAgeMs: Math.max(1, Math.round(given.max_cache_age_hours * 60 * MINUTE_MS)),
      maxBytes: given.max_cache_bytes,
    },
  };
}

export function createAppMonitor(options: AppMonitorOptions): Monitor {
  const { config, clock, logger, audit, store, open, providers, dispatcher, kind } = options;
  const act: Act = (name, args, signal) =>
    dispatcher().dispatch({ name, args, surface: 'system', confirmed: true, signal });
  const sources = (): WatchSources => ({
    ...{ tmux: open(), clock, providers },
    ...keptIn(store()),
  });
  const tell = (word: string, facts: Readonly<Record<string, unknown>>): void => {
    audit.record(ownEvent({ ...audit.self, caller: MONITOR }, word, facts, clock.now()));
  };
  const onSweep = (swept: Swept | undefined): void => {
    if (swept === undefined) tell('cache_cleanup_failed', {});
    else tell('cleanup_done', { dropped: swept.dropped });
    const crowdedOut = swept?.crowdedOut ?? 0;
    if (crowdedOut > 0) tell('cache_limit_exceeded', { dropped: crowdedOut });
  };
  return createMonitor({
    self: { owner: randomUUID(), pid: process.pid, kind, since: clock.now() },
    ...{ settings: () => monitorSettings(config()), store, sources, clock, logger, onSweep, onWatch: options.onWatch },
    duties: (watching) => monitorDuties({ ...options, act, watching, store: store() }),
  });
}
