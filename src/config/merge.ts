import { assign, valueAt } from './dotted.js';
import type { Leaf } from './leaves.js';
import { type Profile, PROFILE_CHANGES } from './profiles.js';
import type { Problem } from './problem.js';
import { type Config, configSchema } from './schema.js';
import type { Setting } from './values.js';

/** Two ways to name one thing: the later layer wins, whichever it uses. */
const RIVALS: Readonly<Record<string, string>> = {
  'tmux.socket_name': 'tmux.socket_path',
  'tmux.socket_path': 'tmux.socket_name',
};

export interface Merged {
  readonly config: Config;
  /** Where the value of each dotted path came from. */
  readonly origin: ReadonlyMap<string, string>;
}

/** The defaults, changed by a profile, then by settings; later ones win. */
export function merge(leaves: readonly Leaf[], profile: Profile, settings: readonly Setting[]): Merged {
  const merged: Record<string, unknown> = {};
  const origin = new Map(leaves.map(({ path }) => [path, 'default']));
  for (const { path } of leaves) {
    const changed = valueAt(PROFILE_CHANGES[profile], path);
    if (changed === undefined) continue;
    assign(merged, path, changed);
    origin.set(path, `profile ${profile}`);
  }
  for (const setting of settings) {
    const { path } = setting.leaf;
    const rival = RIVALS[path];
    if (rival !== undefined && setting.value !== null && valueAt(merged, rival) !== undefined) {
      assign(merged, rival, null);
      origin.set(rival, setting.origin);
    }
    assign(merged, path, setting.value);
    origin.set(path, setting.origin);
  }
  return { config: configSchema.parse(merged), origin };
}

/** The profile that settings choose, the last one winning. */
export function chosenProfile(settings: readonly Setting[]): Profile {
  return configSchema.shape.profile.parse(settings.findLast(({ leaf }) => leaf.path === 'profile')?.value);
}

const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.[0-9]{1,3}){3}|::1)$/.test(host);

/** What no key shows by itself. */
export function conflicts(config: Config, settings: readonly Setting[]): Problem[] {
  const { http } = config;
  const found: { key: string; text: string }[] = [];
  if (!http.auth && !isLoopback(http.host))
    found.push({ key: 'http.auth', text: 'expected true where http.host is no loopback address' });
  if ((http.tls_cert_file === null) !== (http.tls_key_file === null))
    found.push({ key: 'http.tls_cert_file', text: 'expected http.tls_cert_file and http.tls_key_file together' });
  const whereOf = (key: string): string | undefined => settings.findLast(({ leaf }) => leaf.path === key)?.where;
  return found.map(({ key, text }) => ({
    where: whereOf(key) ?? whereOf('http.host') ?? whereOf('http.tls_key_file') ?? 'defaults',
    key,
    text,
  }));
}

/** Two names for one thing in one layer: neither is later than the other. */
export function rivalProblems(settings: readonly Setting[]): Problem[] {
  const named = settings.filter(({ leaf, value }) => leaf.path in RIVALS && value !== null);
  if (named.length < 2) return [];
  const text = 'expected either tmux.socket_name or tmux.socket_path, not both';
  return named
    .filter(({ leaf }) => leaf.path === 'tmux.socket_path')
    .map(({ where, leaf }) => ({ where, key: leaf.path, text }));
}
