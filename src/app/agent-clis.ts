import { chooseProvider, versionOf } from '../agents/choose.js';
import type { ProviderSettings } from '../config/provider-settings.js';
import { isNotFound } from '../kernel/errors.js';
import { packFor } from '../providers/pack.js';
import { builtInProviders, createProviders, type Providers } from '../providers/index.js';
import { isReadable, type Provider } from '../providers/provider.js';

/** An agent CLI as it is on this machine. */
export interface AgentCli {
  /** Id of its provider. */
  readonly id: string;
  /** It stands in the config, and does not come with tmux-orc. */
  readonly isOwn: boolean;
  /** Absolute path of its program; undefined when it is not installed. */
  readonly program: string | undefined;
  /** Undefined when it does not tell. */
  readonly version: string | undefined;
  /** Something tells what it is doing. */
  readonly isReadable: boolean;
  /** There is a pack for this version. */
  readonly isCovered: boolean;
  /** The versions that are covered, for people; undefined where its pack is for every version. */
  readonly covered: string | undefined;
}

const coveredBy = ({ packs }: Provider): string | undefined =>
  packs.flatMap(({ versions }) => (versions === undefined ? [] : [`${versions.from} up to ${versions.to}`])).join(', ') ||
  undefined; // prettier-ignore

async function inspect(providers: Providers, provider: Provider, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<AgentCli> {
  const { id, packs } = provider;
  const isOwn = builtInProviders.byId(id) === undefined;
  const known = { id, isOwn, isReadable: isReadable(provider), covered: coveredBy(provider) };
  try {
    const installed = chooseProvider(providers, id, env);
    const version = await versionOf(installed, env, signal);
    return { ...known, program: installed.program, version, isCovered: packFor(packs, version).isCovered };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return { ...known, program: undefined, version: undefined, isCovered: false };
  }
} // prettier-ignore

/** Looks for every agent CLI and asks those that are there for their version, side by side. */
export async function inspectAgentClis(
  settings: ProviderSettings,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<readonly AgentCli[]> {
  const providers = await createProviders(settings);
  const agents = providers.all.filter(({ kind }) => kind === 'agent');
  return Promise.all(agents.map((provider) => inspect(providers, provider, env, signal)));
}
