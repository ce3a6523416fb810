import { OrcError } from '../kernel/errors.js';
import { amongWorktrees, type Git, linesOf, told } from './git.js';
import type { AgentWorktree } from './records.js';

const PREFIX = 'orc/';
const HEADS = 'refs/heads/';
const MAX_NUMBER = 99;

export function conflict(message: string, hint: string): OrcError {
  return new OrcError('CONFLICT', message, { hint });
}

export const refused = (): OrcError =>
  conflict('git could not make the worktree.', 'git worktree add in that repository says why.');

export const tooMany = (): OrcError =>
  conflict('Too many worktrees or branches of this name are left.', 'See git worktree list and git branch, and remove what is not needed.'); // prettier-ignore

/** The name, then `name-2` and so on. */
export function* numbered(name: string): Generator<string> {
  yield name;
  for (let number = 2; number <= MAX_NUMBER; number++) yield `${name}-${String(number)}`;
}

export interface TakenBranch {
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** Commit it is at. */
  readonly tip: string;
  readonly isNew: boolean;
}

interface Where {
  readonly cwd: string;
  readonly signal?: AbortSignal;
}

interface BranchRow {
  readonly branch: string;
  readonly tip: string;
  readonly isCheckedOut: boolean;
}

/** Branches by the beginning of their names, up to a slash. */
async function branchesOf(git: Git, name: string, { cwd, signal }: Where): Promise<BranchRow[]> {
  const format = '--format=%(objectname) %(refname) %(worktreepath)';
  const listed = await amongWorktrees(git, ['for-each-ref', format, `${HEADS}${name}`], { cwd, signal });
  return linesOf(listed).map((line) => {
    const [tip = '', ref = '', ...path] = line.split(' ');
    return { tip, branch: ref.slice(HEADS.length), isCheckedOut: path.join(' ') !== '' };
  });
}

/** @returns false when another process has made it meanwhile */
async function makeBranch(git: Git, branch: string, base: string, { cwd, signal }: Where): Promise<boolean> {
  const ref = `${HEADS}${branch}`;
  // The empty old value: only if there is none yet.
  const made = await git(['update-ref', '-m', 'tmux-orc: worktree', ref, base, ''], { cwd, signal });
  if (made.code === 0) return true;
  if ((await git(['rev-parse', '--verify', '--quiet', ref], { cwd, signal })).code !== 0) throw refused();
  return false;
}

/**
 * A branch for an agent: a new one, or one that is left and has nothing that the base does not have.
 * @throws OrcError CONFLICT
 */
export async function takeBranch(git: Git, name: string, base: string, where: Where): Promise<TakenBranch> {
  const rows = await branchesOf(git, 'orc', where);
  if (rows.some(({ branch }) => branch === 'orc'))
    throw conflict('A branch "orc" leaves no room for branches "orc/...".', 'Rename it: git branch -m orc OTHER.');
  for (const branch of numbered(`${PREFIX}${name}`)) {
    // A branch is a file or a folder where names are kept, and some file systems do not tell cases apart.
    const lower = branch.toLowerCase();
    const there = rows.filter((row) => `${row.branch.toLowerCase()}/`.startsWith(`${lower}/`));
    const [row] = there;
    if (row === undefined) {
      if (await makeBranch(git, branch, base, where)) return { branch, tip: base, isNew: true };
    } else if (there.length === 1 && row.branch === branch && !row.isCheckedOut) {
      const { code } = await git(['--no-replace-objects', 'merge-base', '--is-ancestor', row.tip, base], where);
      if (code === 0) return { branch, tip: row.tip, isNew: false };
    }
  }
  throw tooMany();
}

/** Takes back a branch that has just been made, unless it has moved since. */
export async function takeBackBranch(git: Git, { branch, tip, isNew }: TakenBranch, cwd: string): Promise<void> {
  if (isNew) await git(['update-ref', '-d', `${HEADS}${branch}`, tip], { cwd });
}

/** Whether a branch or tag has a commit; what only a remote has could be gone there tomorrow. */
export async function isHeld(git: Git, cwd: string, commit: string, except?: string): Promise<boolean> {
  const asked = ['--no-replace-objects', 'for-each-ref', '--format=%(refname)', `--contains=${commit}`];
  const refs = linesOf(await told(git, cwd, ...asked, 'refs/heads', 'refs/tags'));
  return refs.some((ref) => ref !== except);
}

/**
 * Removes the branch of a worktree that has been removed, where its commits stay reachable or are those that were there
 * before; otherwise it stays.
 */
export async function dropBranch(git: Git, { repository, branch, base }: AgentWorktree, cwd: string): Promise<void> {
  const within: Git = (argv, run) => git([`--git-dir=${repository}`, ...argv], run);
  const row = (await branchesOf(within, branch, { cwd })).find((one) => one.branch === branch);
  if (row === undefined || row.isCheckedOut) return;
  const ref = `${HEADS}${branch}`;
  if (row.tip !== base && !(await isHeld(within, cwd, row.tip, ref))) return;
  const { code } = await within(['update-ref', '-d', ref, row.tip], { cwd });
  // What a push of the agent has noted there would be taken for that of the next branch of this name.
  if (code === 0) await within(['config', '--local', '--remove-section', `branch.${branch}`], { cwd });
}
