import { didYouMean, shown } from '../kernel/text.js';
import type { Leaf } from './leaves.js';
import type { Problem } from './problem.js';
import { checkValue, readText, type Setting } from './values.js';

/** The five short names beside the systematic ones. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  TMUX_ORC_MAX_CACHE_ENTRIES: 'monitoring.max_cache_entries',
  TMUX_ORC_MAX_CACHE_AGE_HOURS: 'monitoring.max_cache_age_hours',
  TMUX_ORC_RATE_LIMIT_REQUESTS: 'security.rate_limit.max_requests',
  TMUX_ORC_RATE_LIMIT_WINDOW: 'security.rate_limit.window_seconds',
  TMUX_ORC_RATE_LIMIT_BURST: 'security.rate_limit.burst_size',
};

/** Variables of ours that are no settings: the token of a managed pane. */
const NO_SETTINGS = new Set(['TMUX_ORC_TOKEN', 'TMUX_ORC_EVENTS']);

interface Layer {
  readonly settings: readonly Setting[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

function collect(given: readonly { readonly leaf: Leaf; readonly text: string; readonly where: string }[]): Layer {
  const settings: Setting[] = [];
  const problems: Problem[] = [];
  for (const { leaf, text, where } of given) {
    const value = readText(leaf, text);
    const problem = checkValue(leaf, value, where, 'text');
    if (problem === undefined) settings.push({ leaf, value, origin: where, where });
    else problems.push(problem);
  }
  return { settings, problems, warnings: [] };
}

/** The settings of the environment. An unknown `TMUX_ORC_*` variable is only a warning: other programs may use it. */
export function environmentSettings(leaves: readonly Leaf[], env: NodeJS.ProcessEnv): Layer {
  const byName = new Map(leaves.map((leaf) => [leaf.env, leaf]));
  for (const [short, path] of Object.entries(SHORT_NAMES)) {
    const leaf = leaves.find((candidate) => candidate.path === path);
    if (leaf !== undefined) byName.set(short, leaf);
  }
  const given: { leaf: Leaf; text: string; where: string }[] = [];
  const warnings: string[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('TMUX_ORC_') || text === undefined || NO_SETTINGS.has(name)) continue;
    const leaf = byName.get(name);
    if (leaf === undefined)
      warnings.push(`environment: ${shown(name)} is not a variable of tmux-orc.${didYouMean(name, byName.keys())}`);
    else given.push({ leaf, text, where: `environment ${name}` });
  }
  return { ...collect(given), warnings };
}

/** The settings of the command line, by dotted path. */
export function flagSettings(leaves: readonly Leaf[], flags: Readonly<Record<string, string>>): Layer {
  const byPath = new Map(leaves.map((leaf) => [leaf.path, leaf]));
  const given: { leaf: Leaf; text: string; where: string }[] = [];
  const unknown: Problem[] = [];
  for (const [path, text] of Object.entries(flags)) {
    const leaf = byPath.get(path);
    if (leaf !== undefined) given.push({ leaf, text, where: 'flag' });
    else {
      const text = `not a known key.${didYouMean(path, byPath.keys())}`.replace(/\.$/, '');
      unknown.push({ where: 'flag', key: shown(path === '' ? '""' : path), text });
    }
  }
  const layer = collect(given);
  return { ...layer, problems: [...unknown, ...layer.problems] };
}
