import { isDeepStrictEqual } from 'node:util';
import { valueAt } from '../../../src/config/dotted.js';
import type { Leaf } from '../../../src/config/leaves.js';
import { configSchema } from '../../../src/config/schema.js';

export const DEFAULTS = configSchema.parse({});

const CANDIDATES: readonly unknown[] = [
  ...[false, true, 1, 2, 7, 20, 0.25, 0.75],
  ...['owned', 'work', '/srv/x', 'http://example.org/x', 'https://example.org', 'example.org', '10.0.0.1'],
  'Mon-Fri 08:00-19:00',
  ...['development', 'debug', 'text', 'strict', 'untrusted', 'critical', 'low', 'block', 'confirm'],
  ...[['tmux'], ['/srv/x'], ['https://example.org'], ['example.org'], [1, 2]],
  { list_sessions: { max_requests: 7, window_seconds: 60 } },
  { max_requests: 7, window_seconds: 60 },
  { worker: { operations: ['list_sessions'], targets: 'all' } },
  { host: { operations: ['read'], targets: 'own' } },
  [{ operations: ['kill_session'], risk: 'low' }],
  [{ name: 'x', pattern: 'y' }],
  { mine: { command: 'x', args: [], mode_args: {}, env_names: [] } },
];

/** Values that a key may have and that are not its default. */
export function samples(leaf: Leaf): unknown[] {
  return CANDIDATES.filter(
    (value) => leaf.schema.safeParse(value).success && !isDeepStrictEqual(value, valueAt(DEFAULTS, leaf.path)),
  );
}

/** Keys that take one value so far. */
const ONLY_DEFAULT = ['state.backend'];

/** A value that a key may have, not its default if it may have another. */
export function sample(leaf: Leaf): unknown {
  const [value] = ONLY_DEFAULT.includes(leaf.path) ? [valueAt(DEFAULTS, leaf.path)] : samples(leaf);
  if (value === undefined) throw new Error(`no sample for ${leaf.path}`);
  return value;
}

/** As the environment and flags give it. */
export function asText(leaf: Leaf, value: unknown): string {
  if (leaf.form === 'json') return JSON.stringify(value);
  return Array.isArray(value) ? value.join(',') : String(value);
}

/** A file with these values. */
export function asYaml(values: ReadonlyMap<string, unknown>): string {
  const tree: Record<string, unknown> = {};
  for (const [path, value] of values) {
    const keys = path.split('.');
    const last = keys.pop()!;
    let block = tree;
    for (const key of keys) block = (block[key] ??= {}) as Record<string, unknown>;
    block[last] = value;
  }
  return JSON.stringify(tree, undefined, 1);
}
