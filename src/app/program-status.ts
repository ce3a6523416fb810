import type { LoadedConfig } from '../config/load.js';
import type { AgentState } from '../kernel/agent-words.js';
import { version } from '../kernel/version.js';
import type { Monitor } from '../monitor/create-monitor.js';
import { holderOf } from '../monitor/lease.js';
import type { ProgramStatus } from '../operations/program-status.js';
import type { BreakerState } from '../security/inner/circuit-breaker.js';
import type { Slots } from '../security/outer/concurrency.js';
import type { Call } from '../security/ring.js';
import type { StateStore } from '../store/store.js';
import { keptIn } from './agents.js';
import { inspectTmux } from './inspect-tmux.js';
import type { Standing } from './limits.js';
import { listSetAside, setAsideText } from './set-aside.js';
import { blockedAccounts } from './monitor-limits.js';

export interface StatusSources {
  readonly loaded: () => LoadedConfig;
  /** What the places were made for: a change of these settings waits for the next start. */
  readonly limits: Pick<
    LoadedConfig['config']['security'],
    'max_concurrent_executions' | 'max_concurrent_waits' | 'max_queued'
  >;
  readonly env: NodeJS.ProcessEnv;
  readonly working: Slots;
  readonly waiting: Slots;
  readonly breaker: () => BreakerState;
  readonly standing: (call: Call) => Standing;
  readonly monitor: Pick<Monitor, 'stats' | 'listing'>;
  /** Of the tmux server that calls go to; undefined where nothing was ever kept for it: looking makes none. */
  readonly store: () => StateStore | undefined;
}

async function agentStates(store: StateStore | undefined, serverPid: number): Promise<readonly AgentState[]> {
  if (store === undefined) return [];
  const { rows, records } = keptIn(store);
  const names = (await rows.list()).filter(({ server }) => server.pid === serverPid).map(({ name }) => name);
  const known = await records.of(names);
  return names.map((name) => known.get(name)?.state ?? 'unknown');
}

/** What get_system_status reads of the program; each call looks anew. */
export function programStatus(sources: StatusSources): (call: Call) => ProgramStatus {
  const { loaded, limits, env, working, waiting, standing, breaker, monitor, store } = sources;
  const blocked = blockedAccounts(env, store);
  return (call) => ({
    ...standing(call),
    versions: { tmuxOrc: version(), node: process.versions.node },
    breaker: breaker(),
    blocked,
    profile: loaded().config.profile,
    warnings: [...loaded().warnings, ...listSetAside(env).map(setAsideText)],
    concurrency: {
      working: working.busy(),
      maxWorking: limits.max_concurrent_executions,
      waiting: waiting.busy(),
      maxWaiting: limits.max_concurrent_waits,
      queued: working.queued() + waiting.queued(),
      maxQueued: limits.max_queued,
    },
    monitor: async () => {
      const kept = store();
      const holder = kept && (await holderOf(kept));
      return { isEnabled: loaded().config.monitoring.enabled, holder, isHere: monitor.stats().isHolding };
    },
    listing: () => (loaded().config.tmux.scope === 'all' ? monitor.listing() : undefined),
    cache: { ...monitor.stats().cache, maxEntries: loaded().config.monitoring.max_cache_entries },
    agentStates: (serverPid) => agentStates(store(), serverPid),
    tmux: async () => {
      const { config } = loaded();
      const inspector = inspectTmux(config, env);
      const { tmux_ms: timeoutMs } = config.security.timeouts;
      const [programVersion, server] = await Promise.all([
        inspector.programVersion(timeoutMs),
        inspector.server(timeoutMs),
      ]);
      return { socketPath: inspector.socketPath, programVersion, server };
    },
  });
}
