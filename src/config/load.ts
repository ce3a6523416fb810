import type { z } from 'zod';
import { OrcError } from '../kernel/errors.js';
import { didYouMean, shown } from '../kernel/text.js';
import { configLeaves, type Leaf } from './leaves.js';
import { PROFILE_CHANGES } from './profiles.js';
import { type Config, configSchema } from './schema.js';

export interface ConfigSources {
  readonly env: NodeJS.ProcessEnv;
  /** Values given on the command line, by dotted path, as text. */
  readonly flags: Readonly<Record<string, string>>;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where the value of each dotted path came from: default, `profile NAME`, `environment NAME`, `flag`. */
  readonly origin: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

interface Setting {
  readonly leaf: Leaf;
  readonly value: unknown;
  readonly origin: string;
}

/** The five short names beside the systematic ones. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  TMUX_ORC_MAX_CACHE_ENTRIES: 'monitoring.max_cache_entries',
  TMUX_ORC_MAX_CACHE_AGE_HOURS: 'monitoring.max_cache_age_hours',
  TMUX_ORC_RATE_LIMIT_REQUESTS: 'security.rate_limit.max_requests',
  TMUX_ORC_RATE_LIMIT_WINDOW: 'security.rate_limit.window_seconds',
  TMUX_ORC_RATE_LIMIT_BURST: 'security.rate_limit.burst_size',
};

function invalid(where: string, path: string, expected: string): OrcError {
  return new OrcError('CONFIG_INVALID', `${where}: ${path}: expected ${expected}.`, {
    hint: `Correct ${where}; docs/reference/config.md lists every key.`,
    details: { key: path },
  });
}

const EXPECTED: Readonly<Record<Leaf['form'], string>> = {
  text: 'text',
  number: 'a number',
  boolean: 'true or false',
  list: 'a comma-separated list',
  numbers: 'a comma-separated list of numbers',
  json: 'JSON',
};

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false, 1: true, 0: false };

const toNumber = (text: string): number => (/^-?[0-9]+(?:\.[0-9]+)?$/.test(text.trim()) ? Number(text) : Number.NaN);

const toList = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** How each text form is read; what cannot be read is left to the schema to refuse. */
const READERS: Readonly<Record<Leaf['form'], (text: string) => unknown>> = {
  text: (text) => text,
  number: toNumber,
  boolean: (text) => BOOLEANS[text.toLowerCase()] ?? text,
  list: toList,
  numbers: (text) => toList(text).map(toNumber),
  json: (text) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // Not undefined: a schema with a default would take that.
      return Number.NaN;
    }
  },
};

/** Reads the text form of a value, as the environment and the command line give it. */
function readText(leaf: Leaf, text: string): unknown {
  return leaf.nullable && (text === '' || text === 'null') ? null : READERS[leaf.form](text);
}

function check(leaf: Leaf, value: unknown, where: string): unknown {
  const result = leaf.schema.safeParse(value);
  if (result.success) return value;
  throw invalid(where, leaf.path, expectation(leaf, result.error));
}

/** What a refused value should have been, in our words: the library's text could quote the value. */
function expectation(leaf: Leaf, error: z.ZodError): string {
  const issue = error.issues[0];
  switch (issue?.code) {
    case 'too_small':
      return `at least ${String(issue.minimum)}`;
    case 'too_big':
      return `at most ${String(issue.maximum)}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : EXPECTED[leaf.form];
    case 'unrecognized_keys':
      return `only known keys (not ${issue.keys.map(shown).join(', ')})`;
    default:
      return EXPECTED[leaf.form];
  }
}

function fromEnvironment(leaves: readonly Leaf[], env: NodeJS.ProcessEnv, warnings: string[]): Setting[] {
  const byName = new Map(leaves.map((leaf) => [leaf.env, leaf]));
  for (const [short, path] of Object.entries(SHORT_NAMES)) {
    const leaf = leaves.find((candidate) => candidate.path === path);
    if (leaf !== undefined) byName.set(short, leaf);
  }
  const settings: Setting[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('TMUX_ORC_') || text === undefined) continue;
    const leaf = byName.get(name);
    if (leaf === undefined)
      warnings.push(`environment: ${shown(name)} is not a variable of tmux-orc.${didYouMean(name, byName.keys())}`);
    else
      settings.push({
        leaf,
        value: check(leaf, readText(leaf, text), `environment ${name}`),
        origin: `environment ${name}`,
      });
  }
  return settings;
}

/** Two ways to name one thing: the later layer wins, whichever it uses. */
const RIVALS: Readonly<Record<string, string>> = {
  'tmux.socket_name': 'tmux.socket_path',
  'tmux.socket_path': 'tmux.socket_name',
};

/** Within one layer neither of two rivals can win. */
function refuseBoth(settings: readonly Setting[], where: string): void {
  const named = settings.filter(({ leaf, value }) => leaf.path in RIVALS && value !== null);
  if (named.length > 1) throw invalid(where, 'tmux.socket_path', 'either socket_name or socket_path, not both');
}

function fromFlags(leaves: readonly Leaf[], flags: Readonly<Record<string, string>>): Setting[] {
  return Object.entries(flags).map(([path, text]) => {
    const leaf = leaves.find((candidate) => candidate.path === path);
    if (leaf === undefined) {
      throw new OrcError(
        'CONFIG_INVALID',
        `flag: ${shown(path)} is not a config key.${didYouMean(
          path,
          leaves.map((known) => known.path),
        )}`,
        {
          hint: 'docs/reference/config.md lists every key.',
        },
      );
    }
    return { leaf, value: check(leaf, readText(leaf, text), 'flag'), origin: 'flag' };
  });
}

function assign(target: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let block = target;
  for (const key of keys) block = (block[key] ??= {}) as Record<string, unknown>;
  block[last] = value;
}

function valueAt(source: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((block, key) => (block as Record<string, unknown> | undefined)?.[key], source);
}

/**
 * Builds the config from its layers, later wins: defaults, profile, environment, flags.
 * @throws OrcError CONFIG_INVALID naming the layer, the key and what was expected; never the value.
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const leaves = configLeaves();
  const warnings: string[] = [];
  const fromEnv = fromEnvironment(leaves, sources.env, warnings);
  refuseBoth(fromEnv, 'environment');
  const settings = [...fromEnv, ...fromFlags(leaves, sources.flags)];
  const profile = configSchema.shape.profile.parse(
    settings.findLast((setting) => setting.leaf.path === 'profile')?.value,
  );
  const merged: Record<string, unknown> = {};
  const origin = new Map<string, string>(leaves.map((leaf) => [leaf.path, 'default']));
  for (const leaf of leaves) {
    const changed = valueAt(PROFILE_CHANGES[profile], leaf.path);
    if (changed === undefined) continue;
    assign(merged, leaf.path, changed);
    origin.set(leaf.path, `profile ${profile}`);
  }
  for (const setting of settings) {
    const rival = RIVALS[setting.leaf.path];
    if (rival !== undefined && setting.value !== null) assign(merged, rival, null);
    assign(merged, setting.leaf.path, setting.value);
    origin.set(setting.leaf.path, setting.origin);
  }
  const config = configSchema.parse(merged);
  return { config, origin, warnings };
}
