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

/** An object of the environment is always called so here; variables of one family are also read by a quoted name. */
const READ = /\b(?:env|environment|source)\??(?:\.|\[')([A-Z][A-Z0-9_]+)\b|'(XDG_[A-Z_]+[A-Z])'/g;

/** Variables that are read by name, with the files that do. */
export function readVariables(files: readonly Source[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { path, text } of files) {
    for (const [, named, quoted = ''] of text.matchAll(READ)) {
      const name = named ?? quoted;
      const readers = found.get(name) ?? [];
      if (!readers.includes(path)) found.set(name, [...readers, path]);
    }
  }
  return found;
}

/**
 * Short names of settings, beside the systematic ones. Read from the text of the table, which the program keeps to
 * itself.
 */
export function shortNames(files: readonly Source[], paths: readonly string[]): Map<string, string> {
  const known = new Set(paths);
  const found = new Map<string, string>();
  for (const { text } of files) {
    for (const [, name = '', path = ''] of text.matchAll(/^ +(TMUX_ORC_[A-Z0-9_]+): '([a-z0-9_.]+)',$/gm))
      if (known.has(path)) found.set(name, path);
  }
  if (found.size === 0) throw new Error('no table of short names in src: look at shortNames in scripts/reference');
  return found;
}
