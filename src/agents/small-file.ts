import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/**
 * What a small JSON file holds. The programs in a pane can put anything in its place: only a plain file is read, and
 * nothing that could be waited for.
 * @returns undefined when there is none, or it is larger, or not JSON
 */
export function readJson(path: string, maxBytes: number): unknown {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const facts = fstatSync(file);
      if (!facts.isFile() || facts.size > maxBytes) return undefined;
      const bytes = Buffer.alloc(facts.size);
      return JSON.parse(bytes.toString('utf8', 0, readSync(file, bytes, 0, facts.size, 0))) as unknown;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
