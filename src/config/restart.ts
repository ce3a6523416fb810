import { isDeepStrictEqual } from 'node:util';
import { assign, valueAt } from './dotted.js';
import type { Merged } from './merge.js';
import { configSchema } from './schema.js';

/**
 * Keys whose values are taken once, when the program starts: a tmux server is chosen, a list of tools is told, places
 * for calls are laid out. A key with a dot at the end means all keys below it.
 */
const AT_START = [
  'tmux.socket_name',
  'tmux.socket_path',
  'mcp.toolsets',
  'mcp.read_only',
  'agents.env_passthrough',
  'security.timeouts.tmux_ms',
  'security.max_concurrent_executions',
  'security.max_concurrent_waits',
  'security.max_queued',
  'http.',
  'state.',
  'log.format',
] as const;

export const needsRestart = (path: string): boolean =>
  AT_START.some((key) => (key.endsWith('.') ? path.startsWith(key) : path === key));

/** The keys that differ between two configs. */
export function changedKeys(from: Merged, to: Merged): string[] {
  return [...to.origin.keys()].filter(
    (path) => !isDeepStrictEqual(valueAt(from.config, path), valueAt(to.config, path)),
  );
}

/** A new config with what the running program cannot change anymore as it is. */
export function keepStarted(running: Merged, next: Merged): Merged {
  const kept = changedKeys(running, next).filter(needsRestart);
  if (kept.length === 0) return next;
  const config: Record<string, unknown> = structuredClone(next.config);
  const origin = new Map(next.origin);
  for (const path of kept) {
    assign(config, path, valueAt(running.config, path));
    origin.set(path, running.origin.get(path) ?? 'default');
  }
  return { config: configSchema.parse(config), origin };
}
