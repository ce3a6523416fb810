import { type ConfigSources, resolveConfig } from '../../config/load.js';
import { OrcError } from '../../kernel/errors.js';
import { createJsonLogger } from '../../kernel/logger.js';
import { createScope } from '../../kernel/scope.js';
import type { Caller } from '../../security/ring.js';
import { socketPathOf } from '../../tmux/server-address.js';
import { createStores } from '../stores.js';
import { ancestry, type PaneProcess, paneProcesses } from './ancestry.js';
import { createIdentities } from './identities.js';

export interface BoundSources extends ConfigSources {
  /** What may be a pane, and its server, among this process and those above it. */
  readonly processes: readonly PaneProcess[];
  /** The agent in whose managed pane this process was started. */
  readonly agent: Caller | undefined;
}

/**
 * Where the config of this process comes from: in a managed pane the environment and flags are an agent's, and only
 * tighten it. The files are those of the user, wherever a process runs.
 */
export async function boundSources(sources: ConfigSources): Promise<BoundSources> {
  const { env } = sources;
  const processes = paneProcesses(await ancestry(env));
  const outside = env.TMUX === undefined && env.TMUX_ORC_TOKEN === undefined && processes.length === 0;
  if (outside) return { ...sources, processes, agent: undefined };
  const { config } = await resolveConfig(sources);
  const scope = createScope();
  try {
    const logger = createJsonLogger(() => undefined, 'error');
    const timeoutMs = (): number => config.security.timeouts.store_ms;
    const stores = createStores({ env, backend: config.state.backend, timeoutMs, logger, scope });
    const { socket_name: socketName, socket_path: socketPath } = config.tmux;
    const path = (): string => socketPathOf({ socketName, socketPath, env });
    const agent = await createIdentities({ env, stores, socketPath: path, processes }).agent();
    return { ...sources, bound: agent !== undefined, processes, agent };
  } finally {
    await scope.close();
  }
}

/** @throws OrcError DENIED for a program in a managed pane, which is its agent, whatever it types */
export function refuseAgent(agent: Caller | undefined, what: string): void {
  if (agent === undefined) return;
  const where = agent.role === 'host' ? `${agent.id} has made this pane.` : 'This is the managed pane of an agent.';
  throw new OrcError('DENIED', `${what} ${where}`, {
    hint: 'Run it in a terminal of your own, outside of panes that agents or hosts have.',
  });
}

/**
 * For what is the operator's alone.
 * @param what a sentence, for example `Trust is changed by the operator.`
 * @throws OrcError DENIED
 */
export async function requireOperator(sources: ConfigSources, what: string): Promise<void> {
  refuseAgent((await boundSources(sources)).agent, what);
}
