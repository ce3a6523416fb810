import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Registry } from '../providers/provider.js';
import { startOf } from './processes.js';
import type { Evidence } from './status/evidence.js';

const MAX_BYTES = 65_536;

/** The programs in a pane can put anything there: only a small plain file is read, and nothing that could be waited for. */
function readSmall(path: string): string | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const facts = fstatSync(file);
    if (!facts.isFile() || facts.size > MAX_BYTES) return undefined;
    const bytes = Buffer.alloc(MAX_BYTES);
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, MAX_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

function contentOf(path: string): unknown {
  try {
    const text = readSmall(path);
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

/**
 * What a CLI says of itself in a file of its own. A process that was killed leaves its file behind, and another may get
 * its number: the file counts only for the process that wrote it.
 * @param now both clocks, in milliseconds
 */
export function vendorEvidence(
  registry: Registry,
  home: string,
  pid: number,
  now: { readonly mono: number; readonly wall: number },
): Evidence[] {
  const entry = registry.read(contentOf(join(home, ...registry.path(pid))));
  if (entry === undefined) return [];
  const start = startOf(pid);
  if (start === undefined || (entry.procStart !== undefined && entry.procStart !== start)) return [];
  const since = entry.since === undefined ? undefined : now.mono - Math.max(0, now.wall - entry.since);
  return [
    {
      ...{ source: 'registry', says: entry.says, rule: entry.rule, at: now.mono },
      ...(since === undefined ? {} : { since }),
    },
  ];
}
