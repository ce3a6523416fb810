import { type Stats, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { userConfigFile } from './folders.js';

/** Where a config file may stand. */
export interface Place {
  readonly kind: 'user' | 'project';
  readonly path: string;
  /** How messages name it: they hold no path outside the project. */
  readonly label: string;
}

export interface Places {
  readonly user: Place;
  /** The nearest one upward from the working directory. */
  readonly project: Place | undefined;
  readonly warnings: readonly string[];
}

const PROJECT_FILE = join('.tmux_orchestrator', 'config.yaml');
export const MAX_FILE_BYTES = 1_048_576;

function userLabel(path: string, env: NodeJS.ProcessEnv): string {
  const fromHome = relative(env.HOME ?? homedir(), path);
  return fromHome.startsWith('..')
    ? '$XDG_CONFIG_HOME/tmux-orchestrator/config.yaml'
    : join('~', fromHome).replaceAll(/\p{C}/gu, '?');
}

export function userPlace(env: NodeJS.ProcessEnv): Place {
  const path = userConfigFile(env);
  return { kind: 'user', path, label: userLabel(path, env) };
}

/** The project file that stands, or would stand, in a folder. */
export function projectPlace(folder: string, cwd: string): Place {
  const path = join(folder, PROJECT_FILE);
  return { kind: 'project', path, label: relative(cwd, path) };
}

/** @returns undefined when nothing is there, false when it cannot be looked at. */
export function lookAt(path: string): Stats | undefined | false {
  try {
    return statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : false;
  }
}

const ownUid = (): number | undefined => process.getuid?.();

/**
 * Finds the project file. Above a shared folder such as /tmp anyone can put one, so a file counts only when it belongs
 * to us, to root, or to whom the working directory belongs.
 */
function findProject(cwd: string, warnings: string[]): Place | undefined {
  const home = lookAt(cwd);
  const owners = new Set([ownUid(), 0, home === undefined || home === false ? undefined : home.uid]);
  for (let folder = cwd; ; folder = dirname(folder)) {
    const place = projectPlace(folder, cwd);
    const found = lookAt(place.path);
    if (found !== undefined) {
      if (found !== false && (ownUid() === undefined || owners.has(found.uid))) return place;
      warnings.push(`${place.label} is not read: it belongs to another user or cannot be looked at.`);
    }
    if (folder === dirname(folder)) return undefined;
  }
}

/** Looks for the config files. Reads none. */
export function findPlaces(cwd: string, env: NodeJS.ProcessEnv): Places {
  const warnings: string[] = [];
  return { user: userPlace(env), project: findProject(cwd, warnings), warnings };
}

export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

const WRITABLE_BY_OTHERS = 0o002;
// Files there look regular, and reading some of them never ends.
const SPECIAL = /^\/(?:proc|sys|dev)\//;

/** What speaks against reading a file that is there; undefined when nothing does. */
export function unfit(place: Pick<Place, 'kind' | 'path'>): string | undefined {
  const file = lookAt(place.path);
  const folder = lookAt(dirname(realPath(place.path)));
  if (!file || !folder) return 'cannot be looked at';
  if (!file.isFile() || SPECIAL.test(realPath(place.path))) return 'is not a regular file';
  if (file.size > MAX_FILE_BYTES) return 'is larger than 1 MiB';
  if ((file.mode & WRITABLE_BY_OTHERS) !== 0) return 'can be written by every user; chmod o-w it';
  if ((folder.mode & WRITABLE_BY_OTHERS) !== 0) return 'stands in a folder that every user can write to; chmod o-w it';
  const uid = ownUid();
  // The user's own file may loosen every limit, so it has to be the user's own.
  if (place.kind === 'user' && uid !== undefined && file.uid !== uid && file.uid !== 0)
    return 'belongs to another user';
  return undefined;
}
