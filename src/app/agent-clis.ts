import { chooseProvider, versionOf } from '../agents/choose.js';
import { isNotFound } from '../kernel/errors.js';
import { packFor } from '../providers/pack.js';
import { PROVIDERS } from '../providers/index.js';

/** An agent CLI as it is on this machine. */
export interface AgentCli {
  /** Id of its provider. */
  readonly id: string;
  /** Absolute path of its program; undefined when it is not installed. */
  readonly program: string | undefined;
  /** Undefined when it does not tell. */
  readonly version: string | undefined;
  /** There is a pack for this version. */
  readonly isCovered: boolean;
  /** The versions that are covered, for people. */
  readonly covered: string;
}

async function inspect(id: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<AgentCli> {
  const packs = PROVIDERS.find((provider) => provider.id === id)?.packs ?? [];
  const covered = packs.map(({ versions: { from, to } }) => `${from} up to ${to}`).join(', ');
  try {
    const installed = chooseProvider(id, env);
    const version = await versionOf(installed, env, signal);
    return { id, program: installed.program, version, isCovered: packFor(packs, version).isCovered, covered };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return { id, program: undefined, version: undefined, isCovered: false, covered };
  }
}

/** Looks for every agent CLI and asks those that are there for their version, side by side. */
export async function inspectAgentClis(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<readonly AgentCli[]> {
  const ids = PROVIDERS.filter(({ packs }) => packs.length > 0).map(({ id }) => id);
  return Promise.all(ids.map((id) => inspect(id, env, signal)));
}
