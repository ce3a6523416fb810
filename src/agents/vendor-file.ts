import { isAbsolute, join } from 'node:path';
import { startOf } from '../exec/process-mark.js';
import type { Registry, RegistryEntry, VendorFolder } from '../providers/provider.js';
import { readJson } from './small-file.js';
import type { Evidence } from './status/evidence.js';

const MAX_BYTES = 65_536;

/** Where a CLI keeps its own files, by the environment that it has; undefined where that does not tell. */
export function vendorFolder({ variable, folder }: VendorFolder, env: NodeJS.ProcessEnv): string | undefined {
  const named = env[variable];
  // What is not absolute is so from wherever the CLI is.
  if (named !== undefined && named !== '') return isAbsolute(named) ? named : undefined;
  return env.HOME === undefined ? undefined : join(env.HOME, folder);
}

/**
 * What a CLI says of itself in a file of its own. A process that was killed leaves its file behind, and another may get
 * its number: the file counts only for the process that wrote it.
 * @param folder as of {@link vendorFolder}
 */
export function vendorEntry(registry: Registry, folder: string, pid: number): RegistryEntry | undefined {
  const entry = registry.read(readJson(join(folder, ...registry.path(pid)), MAX_BYTES));
  const start = entry === undefined ? undefined : startOf(pid);
  if (start === undefined || (entry?.procStart !== undefined && entry.procStart !== start)) return undefined;
  return entry;
}

/**
 * The state that it says.
 * @param now both clocks, in milliseconds
 */
export function vendorEvidence(
  registry: Registry,
  folder: string,
  pid: number,
  now: { readonly mono: number; readonly wall: number },
): Evidence[] {
  const entry = vendorEntry(registry, folder, pid);
  if (entry === undefined) return [];
  const since = entry.since === undefined ? undefined : now.mono - Math.max(0, now.wall - entry.since);
  return [
    {
      ...{ source: 'registry', says: entry.says, rule: entry.rule, at: now.mono },
      ...(since === undefined ? {} : { since }),
    },
  ];
}
