import { createHash } from 'node:crypto';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { OrcError } from '../kernel/errors.js';
import {
  type Directory,
  directoryWithin,
  type DirectoryPolicy,
  isAllowedDirectory,
} from '../security/text/directory.js';
import { amongWorktrees, createGit, type Git, linesOf } from './git.js';
import type { AgentWorktree } from './records.js';
import {
  conflict,
  numbered,
  refused,
  takeBackBranch,
  takeBranch,
  type TakenBranch,
  tooMany,
} from './worktree-branch.js';
import { type Removal, removeWorktree } from './worktree-removal.js';

export interface WorktreeWish {
  /** Of the agent. */
  readonly name: string;
  /** Checked folder in a working tree. */
  readonly cwd: Directory;
  /** What the repository is held against: it may lie above the folder, or elsewhere. */
  readonly directories: DirectoryPolicy;
  readonly signal: AbortSignal;
}

export interface MadeWorktree {
  readonly worktree: AgentWorktree;
  /** The folder that was asked for, in the worktree; its root where that commit has no such folder. */
  readonly cwd: Directory;
}

export interface Worktrees {
  /**
   * Makes a worktree at HEAD of the folder. What fails leaves nothing behind.
   * @throws OrcError INVALID_INPUT, CONFLICT, NOT_FOUND, TIMEOUT, CANCELLED
   */
  readonly make: (wish: WorktreeWish) => Promise<MadeWorktree>;
  /** Removes one where nothing would be lost. Never throws. */
  readonly remove: (worktree: AgentWorktree) => Promise<Removal>;
}

interface WorktreePlace {
  readonly git: Git;
  /** Folder of ours below which all worktrees are. */
  readonly root: string;
  /** Makes a folder there, ours alone, with those above it. */
  readonly makeFolder: (path: string) => void;
}

interface Source {
  readonly repository: string;
  /** The folder that was asked for, below the root of its working tree. */
  readonly prefix: string;
  readonly base: string;
}

const CHECKOUT_MS = 45_000;

async function findSource(git: Git, { cwd, directories, signal }: WorktreeWish): Promise<Source> {
  const asked = ['rev-parse', '--path-format=absolute', '--git-common-dir', '--show-toplevel', '--show-prefix'];
  const reply = await git(asked, { cwd, signal });
  const [common, top, prefix, ...more] = linesOf(reply);
  if (reply.code !== 0 || common === undefined || top === undefined || prefix === undefined || more.length > 0)
    throw new OrcError('INVALID_INPUT', 'cwd: is in no working tree of a git repository.', {
      hint: 'worktree needs one, not a bare repository; where it is one, git status there says what git refuses.',
    });
  // All of the repository comes into the worktree, wherever it lies.
  for (const path of [top, common])
    if (!(await isAllowedDirectory(path, directories)))
      throw new OrcError('INVALID_INPUT', 'cwd: its git repository is not in an allowed folder.', {
        hint: 'A worktree has all of the repository, so that has to be allowed: security.sanitizer.allowed_paths.',
        rule: 'path_traversal',
      });
  const head = await git(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { cwd, signal });
  const [base] = linesOf(head);
  if (head.code !== 0 || base === undefined)
    throw conflict('The git repository has no commit yet.', 'Commit something first: a worktree begins at a commit.');
  return { repository: await realpath(common), prefix, base };
}

/** Tells repositories of the same name apart. */
function folderName(repository: string): string {
  const name = basename(repository) === '.git' ? basename(dirname(repository)) : basename(repository, '.git');
  const plain = name.replaceAll(/[^A-Za-z0-9._-]+/g, '_').replace(/^[.-]+/, '');
  const hash = createHash('sha256').update(repository).digest('hex').slice(0, 8);
  return `${plain.slice(0, 64) || 'repository'}-${hash}`;
}

/** @returns the real path of the folder for the worktrees of one repository, which is in no working tree itself */
async function openFolder({ git, root, makeFolder }: WorktreePlace, repository: string, signal: AbortSignal): Promise<string> {
  const named = join(root, folderName(repository));
  makeFolder(named);
  const folder = await realpath(named);
  if ((await git(['rev-parse', '--git-dir'], { cwd: folder, signal })).code === 0)
    throw conflict('The state folder lies in a git repository, and a worktree is never made inside another.', 'XDG_STATE_HOME can name another place.');
  return folder;
} // prettier-ignore

/** Making the folder takes the name. One that is gone but known to git still is another worktree's. */
async function takeFolder(git: Git, folder: string, { name, cwd, signal }: WorktreeWish): Promise<string> {
  const listed = await amongWorktrees(git, ['worktree', 'list', '--porcelain'], { cwd, signal });
  if (listed.code !== 0) throw refused();
  const known = new Set(linesOf(listed));
  for (const candidate of numbered(name)) {
    const path = join(folder, candidate);
    if (known.has(`worktree ${path}`)) continue;
    try {
      await mkdir(path, { mode: 0o700 });
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  throw tooMany();
}

/**
 * The checkout is a step of its own, because a process that is cut short would leave its child, which writes the files,
 * at work.
 */
async function checkOut(git: Git, path: string, base: string, { branch, tip }: TakenBranch, { cwd, signal }: WorktreeWish): Promise<void> {
  const added = await amongWorktrees(git, ['worktree', 'add', '--no-checkout', path, branch], { cwd });
  if (added.code !== 0) throw refused();
  // From here on nobody else moves the branch.
  const [at] = linesOf(await git(['rev-parse', '--verify', '--quiet', 'HEAD'], { cwd: path, signal }));
  if (at !== tip) throw refused();
  const reset = ['reset', '--hard', '--quiet', '--no-recurse-submodules', base];
  if ((await git(reset, { cwd: path, signal, timeoutMs: CHECKOUT_MS })).code !== 0) throw refused();
} // prettier-ignore

/** Nothing but the checkout has been there yet, so nothing is lost. */
async function takeBack(git: Git, cwd: string, path: string, taken: TakenBranch | undefined): Promise<void> {
  const nothing = (): undefined => undefined;
  // Twice: also where git was cut short and has left its lock.
  await amongWorktrees(git, ['worktree', 'remove', '--force', '--force', path], { cwd, timeoutMs: CHECKOUT_MS }).catch(
    nothing,
  );
  await rm(path, { recursive: true, force: true }).catch(nothing);
  if (taken !== undefined) await takeBackBranch(git, taken, cwd).catch(nothing);
}

async function makeWorktree(place: WorktreePlace, wish: WorktreeWish): Promise<MadeWorktree> {
  const { git } = place;
  const { repository, prefix, base } = await findSource(git, wish);
  const folder = await openFolder(place, repository, wish.signal);
  const path = await takeFolder(git, folder, wish);
  let taken: TakenBranch | undefined;
  try {
    taken = await takeBranch(git, wish.name, base, wish);
    await checkOut(git, path, base, taken, wish);
    const cwd = (await directoryWithin(path, join(path, prefix))) ?? (await directoryWithin(path, path));
    if (cwd === undefined) throw refused();
    return { worktree: { path, branch: taken.branch, repository, base }, cwd };
  } catch (error) {
    await takeBack(git, wish.cwd, path, taken);
    throw error;
  }
}

/** Worktrees for agents. @param place the environment is ours; git gets little of it */
export function createWorktrees(place: Omit<WorktreePlace, 'git'> & { readonly env: NodeJS.ProcessEnv }): Worktrees {
  const git = createGit(place.env);
  return {
    make: (wish) => makeWorktree({ ...place, git }, wish),
    remove: (worktree) => removeWorktree(git, place.root, worktree),
  };
}
