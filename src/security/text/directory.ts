import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { OrcError } from '../../kernel/errors.js';

declare const brand: unique symbol;
/** An existing directory inside an allowed root, with every symbolic link resolved. */
export type Directory = string & { readonly [brand]: 'Directory' };

export interface DirectoryPolicy {
  /** Allowed roots; empty means the server's own folder (unless that is `/` or above the home) and the home. */
  readonly allowedPaths: readonly string[];
  readonly maxPathChars: number;
  readonly home: string;
  /** The server's own working directory. */
  readonly own: string;
}

// Under the home: where credentials live. A working directory there would hand them to whatever runs in the pane.
const SENSITIVE = [
  '.ssh',
  '.aws',
  '.gnupg',
  '.gpg',
  '.kube',
  '.docker',
  '.azure',
  '.netrc',
  '.password-store',
  '.config/gh',
  '.config/gcloud',
  '.config/op',
  '.local/share/keyrings',
  '.mozilla',
  '.config/google-chrome',
];
const SPECIAL = ['/proc', '/sys', '/dev'];

export function isInside(root: string, path: string): boolean {
  const from = relative(root, path);
  return from === '' || (from !== '..' && !from.startsWith(`..${sep}`) && !isAbsolute(from));
}

function checkForm(path: string, policy: DirectoryPolicy, what: string): void {
  const bad = (why: string, hint: string, rule?: string): never => {
    throw new OrcError('INVALID_INPUT', `${what}: ${why}.`, { hint, ...(rule === undefined ? {} : { rule }) });
  };
  if (path.length > policy.maxPathChars)
    bad(`longer than ${String(policy.maxPathChars)} characters`, 'Use a shorter path.');
  if (/[\p{Cc}\p{Cs}]/u.test(path)) bad('has control characters', 'Remove them.');
  if (!isAbsolute(path))
    bad('is not an absolute path', 'Give the full path of an existing directory; "~" and variables are not expanded.');
  if (path.split('/').includes('..')) bad('has ".." in it', 'Give the path without "..".', 'path_traversal');
}

async function resolveLinks(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}

async function allowedRoots(policy: DirectoryPolicy): Promise<string[]> {
  const home = await resolveLinks(policy.home);
  const own = await resolveLinks(policy.own);
  const defaults = [home, own !== undefined && home !== undefined && isInside(own, home) ? undefined : own];
  const named = await Promise.all(policy.allowedPaths.map(resolveLinks));
  return (policy.allowedPaths.length > 0 ? named : defaults).filter((root) => root !== undefined);
}

/** Folders with credentials, by their names and by where links of these names lead. */
async function sensitiveFolders(home: string): Promise<string[]> {
  const named = SENSITIVE.map((name) => `${home}/${name}`);
  const real = await Promise.all(named.map(resolveLinks));
  return [...SPECIAL, ...named, ...real.filter((folder) => folder !== undefined)];
}

/**
 * Resolves and checks a working directory.
 * @returns its real path.
 * @throws OrcError INVALID_INPUT for a malformed path, one that is no directory, or one outside the allowed roots.
 * The message never tells where a link led.
 */
export async function allowedDirectory(path: string, policy: DirectoryPolicy, what = 'cwd'): Promise<Directory> {
  checkForm(path, policy, what);
  const real = await resolveLinks(path);
  const info = real === undefined ? undefined : await stat(real).catch(() => undefined);
  if (real === undefined || info?.isDirectory() !== true) {
    throw new OrcError('INVALID_INPUT', `${what}: no such directory.`, {
      hint: 'Create it first, or give an existing one.',
    });
  }
  const home = (await resolveLinks(policy.home)) ?? policy.home;
  const sensitive = (await sensitiveFolders(home)).some((folder) => isInside(folder, real));
  const roots = await allowedRoots(policy);
  if (sensitive || !roots.some((root) => isInside(root, real))) {
    // A folder elsewhere is a mistake; one that keeps credentials, or that a link leads to, is looked for.
    const named = [...roots, policy.home, policy.own].some((root) => isInside(root, path));
    throw new OrcError('INVALID_INPUT', `${what}: this directory is not allowed as a working directory.`, {
      hint: 'Allowed are the home, the folder tmux-orc runs in, and what security.sanitizer.allowed_paths names; never folders that keep credentials.',
      ...(sensitive || named ? { rule: 'path_traversal' } : {}),
    });
  }
  return real as Directory;
}

/** Whether a program may be in a folder that it has chosen by itself. */
export async function isAllowedDirectory(path: string, policy: DirectoryPolicy): Promise<boolean> {
  return allowedDirectory(path, policy).then(
    () => true,
    () => false,
  );
}

/** The server's own working directory: where sessions start when the caller names none. */
export async function ownDirectory(policy: DirectoryPolicy): Promise<Directory> {
  return ((await resolveLinks(policy.own)) ?? '/') as Directory;
}

/**
 * A folder that we have made ourselves below one of our own: not held against the allowed roots, but in there it has to
 * be, wherever links lead.
 * @returns undefined where it is no directory, or not in there
 */
export async function directoryWithin(root: string, path: string): Promise<Directory | undefined> {
  const [top, real] = await Promise.all([root, path].map(resolveLinks));
  if (top === undefined || real === undefined || !isInside(top, real)) return undefined;
  return (await stat(real)).isDirectory() ? (real as Directory) : undefined;
}
