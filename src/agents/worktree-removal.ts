import { lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isInside } from '../security/text/directory.js';
import { amongWorktrees, entriesOf, type Git, linesOf, told } from './git.js';
import type { AgentWorktree } from './records.js';
import { dropBranch, isHeld } from './worktree-branch.js';

export type Removal =
  | { readonly removed: true }
  /** `reason` is half a sentence for people: what would be lost, or cannot be told. */
  | { readonly removed: false; readonly reason: string };

/** Folders of dependencies may be large. */
const REMOVE_MS = 60_000;

/** What a worktree's own git folder shows to be under way (gitrepository-layout(5), and sequencer.c of git). */
const IN_THE_MIDDLE = [
  ...['MERGE_HEAD', 'MERGE_AUTOSTASH', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'REBASE_HEAD', 'BISECT_LOG'],
  ...['rebase-merge', 'rebase-apply', 'sequencer'],
];
const UNDER_WAY: ReadonlyMap<string, string> = new Map([
  ['locked', 'it is locked'],
  ['index.lock', 'git is at work in it'],
  ['HEAD.lock', 'git is at work in it'],
  ['modules', 'it has submodules of its own'],
  ...IN_THE_MIDDLE.map((name): [string, string] => [name, 'a merge, rebase or the like is under way']),
]);

/*
 * Ignored is not worthless: `.env`, a local database or notes are ignored because they must not be committed, and exist
 * nowhere else. So the list names what tools make again; an ignored file that is not on it counts as a loss. What is
 * missing on the list costs disk space, what is wrong on it costs somebody's work.
 */
const MADE_AGAIN = new Set([
  ...['node_modules', 'bower_components', 'jspm_packages', '.pnpm-store', '.yarn', '.npm'],
  ...['dist', 'build', 'out', 'target', 'obj', 'coverage', '.nyc_output', 'DerivedData', 'Pods', '.build'],
  ...['.cache', '.parcel-cache', '.turbo', '.next', '.nuxt', '.svelte-kit', '.angular', '.vite', '.astro', '.gradle'],
  ...['__pycache__', '.pytest_cache', '.mypy_cache', '.ruff_cache', '.tox', '.nox', '.venv', 'venv', '.eggs', '.hypothesis'],
  ...['.dart_tool', '.stack-work', 'dist-newstyle', '_build', 'deps', 'elm-stuff', '.zig-cache', 'zig-out', '.bundle'],
  ...['.DS_Store', 'Thumbs.db', '.eslintcache', '.stylelintcache', '.coverage', 'next-env.d.ts'],
]); // prettier-ignore
const MADE_AGAIN_ENDING = /\.(?:pyc|pyo|o|obj|a|so|dylib|class|log|tmp|swp|tsbuildinfo|egg-info)$/;

const isMadeAgain = (path: string): boolean =>
  path.split('/').some((name) => MADE_AGAIN.has(name) || MADE_AGAIN_ENDING.test(name));

interface Looked {
  readonly git: Git;
  readonly worktree: AgentWorktree;
}
/** @returns why it must stay; undefined: for all that was looked at it may go */
type Check = (looked: Looked) => Promise<string | undefined>;

const isTheWorktree: Check = async ({ git, worktree: { path, repository } }) => {
  const other = 'its folder is not that worktree any more';
  const asked = ['--path-format=absolute', '--show-toplevel', '--git-common-dir', '--git-dir'];
  const reply = await git(['rev-parse', ...asked], { cwd: path });
  const [top, common, own, ...more] = linesOf(reply);
  if (reply.code !== 0 || common === undefined || own === undefined || more.length > 0) return other;
  if (top !== path || (await realpath(common)) !== repository || own === common) return other;
  return (await readdir(own)).map((name) => UNDER_WAY.get(name)).find((reason) => reason !== undefined);
};

const hasNoFiles: Check = async ({ git, worktree: { path } }) => {
  const flags = ['--untracked-files=normal', '--ignored=matching', '--ignore-submodules=none', '--no-renames'];
  const entries = entriesOf(await told(git, path, 'status', '--porcelain=v1', '-z', ...flags));
  const ignored = entries.filter((entry) => entry.startsWith('!! '));
  if (ignored.length < entries.length) return 'it has changes or files that are in no commit';
  if (!ignored.every((entry) => isMadeAgain(entry.slice(3)))) return 'it has ignored files that no tool makes again';
  return undefined;
};

const hasFile = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** @returns whether there is a folder with something in it */
const isFull = (path: string): Promise<boolean> =>
  readdir(path).then(
    (names) => names.length > 0,
    () => false,
  );

/** `git update-index --assume-unchanged` and `--skip-worktree` hide changes; a sparse checkout has the latter without files. */
const hidesNothing: Check = async ({ git, worktree: { path } }) => {
  for (const entry of entriesOf(await told(git, path, 'ls-files', '-v', '-s', '-z'))) {
    const [, tag = '', mode = '', name = ''] = /^(.) (\d+) .*?\t(.*)$/s.exec(entry) ?? [];
    if (tag !== tag.toUpperCase()) return 'it hides changes from git';
    if (tag === 'S' && (name.includes('\uFFFD') || (await hasFile(join(path, name))))) return 'it hides changes from git';
    // Git does not look into the folder of a submodule that was not set up.
    if (mode === '160000' && (await isFull(join(path, name)))) return 'it has submodules of its own';
  }
  return undefined;
}; // prettier-ignore

/** Commits that the agent itself has set aside (amended, reset) are known to the log of its HEAD only, as anywhere in git. */
const holdsNoCommit: Check = async ({ git, worktree: { path } }) => {
  const own = await told(git, path, 'for-each-ref', '--count=1', 'refs/worktree', 'refs/bisect', 'refs/rewritten');
  if (own.stdout !== '') return 'it has refs of its own';
  if ((await git(['symbolic-ref', '--quiet', 'HEAD'], { cwd: path })).code === 0) return undefined;
  const [head = ''] = linesOf(await told(git, path, 'rev-parse', '--verify', 'HEAD^{commit}'));
  return (await isHeld(git, path, head)) ? undefined : 'it is at a commit that no branch holds';
};

/** A stash is kept for all worktrees, but only its text tells where it belongs. */
const hasNoStash: Check = async ({ git, worktree: { path, branch } }) => {
  if ((await git(['rev-parse', '--verify', '--quiet', 'refs/stash'], { cwd: path })).code !== 0) return undefined;
  const asked = ['--no-pager', 'log', '-g', '--no-show-signature', '--no-patch', '--format=%gs', 'refs/stash', '--'];
  const stashes = linesOf(await told(git, path, ...asked));
  // Nothing is said where it is on no branch.
  const branches = [branch, ...linesOf(await git(['symbolic-ref', '--quiet', '--short', 'HEAD'], { cwd: path }))];
  const isOf = (text: string): boolean =>
    branches.some((name) => text.startsWith(`WIP on ${name}: `) || text.startsWith(`On ${name}: `));
  return stashes.some(isOf) ? 'there is a stash of its branch' : undefined;
};

const CHECKS: readonly Check[] = [isTheWorktree, holdsNoCommit, hasNoStash, hidesNothing, hasNoFiles];

/**
 * Removes a worktree, and where that is safe its branch, if nothing would be lost by it. Whoever asks has made sure that
 * nothing runs there any more; git looks once more itself before it removes files.
 * @param root folder of ours that it has to be in
 */
export async function removeWorktree(git: Git, root: string, worktree: AgentWorktree): Promise<Removal> {
  const stays = (reason: string): Removal => ({ removed: false, reason });
  try {
    const { path, repository } = worktree;
    const folder = await realpath(root);
    if (!(await hasFile(path))) return stays('its folder is not there any more');
    if ((await realpath(path)) !== path || path === folder || !isInside(folder, path))
      return stays('its folder is not that worktree any more');
    for (const check of CHECKS) {
      const reason = await check({ git, worktree });
      if (reason !== undefined) return stays(reason);
    }
    const removing = [`--git-dir=${repository}`, 'worktree', 'remove', path];
    const removed = await amongWorktrees(git, removing, { cwd: folder, timeoutMs: REMOVE_MS });
    if (removed.code !== 0) return stays('git could not remove it');
    await dropBranch(git, worktree, folder).catch(() => undefined);
    return { removed: true };
  } catch {
    return stays('git does not tell how it is');
  }
}
