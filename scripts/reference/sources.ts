import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ERROR_CODES } from '../../src/kernel/errors.js';

export interface Source {
  readonly path: string;
  readonly text: string;
}

export function sources(root: string): Source[] {
  return readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path: relative(root, path), text: readFileSync(path, 'utf8') }));
}

/** Error codes that some source names beside the table itself. */
export function givenCodes(files: readonly Source[]): Set<string> {
  const text = files
    .filter(({ path }) => path !== join('src', 'kernel', 'errors.ts'))
    .map((file) => file.text)
    .join('\n');
  return new Set(Object.keys(ERROR_CODES).filter((name) => text.includes(`'${name}'`)));
}

/** Variables that are read by name, with the files that do. An object of the environment is always called so here. */
export function readVariables(files: readonly Source[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { path, text } of files) {
    for (const [, name = ''] of text.matchAll(/\b(?:env|environment|source)(?:\?)?(?:\.|\[')([A-Z][A-Z0-9_]+)\b/g)) {
      const readers = found.get(name) ?? [];
      if (!readers.includes(path)) found.set(name, [...readers, path]);
    }
  }
  return found;
}
