import { BUILT_IN_PROVIDERS, type BuiltInProvider, type ProviderSettings } from '../config/provider-settings.js';
import { loadLinePatterns } from '../security/text/pattern.js';
import { claude } from './claude.js';
import { codex } from './codex.js';
import { gemini } from './gemini.js';
import { opencode } from './opencode.js';
import { ownProvider } from './own.js';
import { pi } from './pi.js';
import type { Provider } from './provider.js';
import { qwen } from './qwen.js';
import { shell } from './shell.js';

/** The providers that there are. */
export interface Providers {
  /** In the order in which one is chosen where none is named; shells, which are always there, last. */
  readonly all: readonly Provider[];
  readonly byId: (id: string) => Provider | undefined;
}

function providersOf(given: readonly Provider[]): Providers {
  const byId = new Map(given.map((provider) => [provider.id, provider]));
  const all = [...byId.values()];
  const agents = all.filter(({ kind }) => kind === 'agent');
  return { all: [...agents, ...all.filter(({ kind }) => kind === 'shell')], byId: (id) => byId.get(id) };
}

const BUILT_IN: Readonly<Record<BuiltInProvider, Provider>> = { claude, codex, gemini, opencode, qwen, pi, shell };

/** Those that come with the program. */
export const builtInProviders = providersOf(BUILT_IN_PROVIDERS.map((id) => BUILT_IN[id]));

/**
 * Those that come with the program, changed and added to by the config.
 * @throws OrcError INVALID_INPUT for a pattern that cannot be used, which a config that was loaded has none of
 */
export async function createProviders(settings: ProviderSettings): Promise<Providers> {
  const own = Object.entries(settings);
  if (own.length === 0) return builtInProviders;
  const compile = await loadLinePatterns();
  const { byId } = builtInProviders;
  return providersOf([
    ...builtInProviders.all,
    ...own.map(([id, each]) => ownProvider(id, each, byId(each.like ?? id), compile)),
  ]);
}

/** The providers that follow a config. @param settings what it says now; the same object until it changes */
export function followProviders(settings: () => ProviderSettings): () => Promise<Providers> {
  let seen: ProviderSettings | undefined;
  let providers: Promise<Providers> | undefined;
  return () => {
    const now = settings();
    if (providers === undefined || now !== seen) [seen, providers] = [now, createProviders(now)];
    return providers;
  };
}

/** Variables of keys and endpoints of all of them. */
export const envNamesOf = (settings: ProviderSettings): string[] => [
  ...builtInProviders.all.flatMap(({ envNames }) => envNames),
  ...Object.values(settings).flatMap(({ env_names: names }) => names),
];
