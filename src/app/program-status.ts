import type { LoadedConfig } from '../config/load.js';
import { version } from '../kernel/version.js';
import type { ProgramStatus } from '../operations/program-status.js';
import type { BreakerState } from '../security/inner/circuit-breaker.js';
import type { Slots } from '../security/outer/concurrency.js';
import type { Call } from '../security/ring.js';
import { inspectTmux } from './inspect-tmux.js';
import type { Standing } from './limits.js';

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
}

/** What get_system_status reads of the program; each call looks anew. */
export function programStatus(sources: StatusSources): (call: Call) => ProgramStatus {
  const { loaded, limits, env, working, waiting, standing, breaker } = sources;
  return (call) => ({
    ...standing(call),
    versions: { tmuxOrc: version(), node: process.versions.node },
    breaker: breaker(),
    profile: loaded().config.profile,
    warnings: loaded().warnings,
    concurrency: {
      working: working.busy(),
      maxWorking: limits.max_concurrent_executions,
      waiting: waiting.busy(),
      maxWaiting: limits.max_concurrent_waits,
      queued: working.queued() + waiting.queued(),
      maxQueued: limits.max_queued,
    },
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
