import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { trustFile } from './folders.js';
import type { ConfigSources } from './load.js';
import { findPlaces } from './places.js';

function stampOf(path: string): { readonly text: string; readonly isEmpty: boolean } {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, mode, uid } = statSync(path, { bigint: true });
    return { text: [dev, ino, size, mtimeNs, ctimeNs, mode, uid].join(':'), isEmpty: size === 0n };
  } catch (error) {
    return { text: (error as NodeJS.ErrnoException).code ?? 'unknown', isEmpty: false };
  }
}

/** Who may write to a folder decides whether a file in it is read; what else is in it does not matter. */
function folderStamp(path: string): string {
  try {
    const { dev, ino, mode, uid } = statSync(path, { bigint: true });
    return [dev, ino, mode, uid].join(':');
  } catch {
    return '';
  }
}

/** The state of everything on disk that the config depends on. */
export interface Stamp {
  /** Equal only when nothing has changed. */
  readonly text: string;
  /** A file of the config is there and empty: perhaps somebody is about to write it anew. */
  readonly hasEmpty: boolean;
  /** The folders in which changes show, by path; the value changes when another folder takes its place. */
  readonly folders: ReadonlyMap<string, string>;
}

export function takeStamp({ cwd, env }: ConfigSources): Stamp {
  const { user, project } = findPlaces(cwd, env);
  const paths = project === undefined ? [user.path] : [user.path, project.path];
  const folders = new Map<string, string>();
  for (const path of paths) {
    const folder = folderStamp(dirname(path));
    if (folder !== '') folders.set(dirname(path), folder);
  }
  const files = [...paths, trustFile(env)].map((path) => ({ path, ...stampOf(path) }));
  const lines = files.map(({ path, text }) => `${path} ${text}`);
  return {
    text: [...lines, ...folders.values()].join('\n'),
    hasEmpty: files.some(({ isEmpty }) => isEmpty),
    folders,
  };
}
