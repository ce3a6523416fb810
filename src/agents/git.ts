import { BASE } from '../exec/clean-environment.js';
import { findBinary } from '../exec/find-binary.js';
import { runProcess } from '../exec/run-process.js';
import { abortError, sleep } from '../kernel/clock.js';
import { OrcError } from '../kernel/errors.js';

/*
 * A repository's own config can name programs. Hooks of its folder and the file system monitor are switched off, and
 * fetching, which could start others, is not allowed. What git would find in an embedded bare repository, which a clone
 * can bring along, is not taken for a repository. Filters (`filter.<name>.smudge`, `clean`, `process`) do run: without
 * them files would not be what the repository means by them (Git LFS, git-crypt). So do the hooks that git 2.54 and later
 * take from the config, which have no common switch.
 */
const SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'safe.bareRepository=explicit',
  // What is looked at before something is removed must be all there is.
  'core.untrackedCache=false',
  'status.showUntrackedFiles=normal',
].flatMap((setting) => ['-c', setting]);

/** Nothing of our own `GIT_*` goes along: `GIT_DIR` and its kind would name another repository. */
const ENVIRONMENT = {
  ...{ LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
  ...{ GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1', GIT_ALLOW_PROTOCOL: 'none' },
};
/** The user's own settings of git are there, or below the home. */
const PASSED = [...BASE, 'XDG_CONFIG_HOME'];

const READ_MS = 10_000;
const MAX_BYTES = 67_108_864;

export interface GitRun {
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

export interface GitReply {
  /** Exit code; -1 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
}

/** Runs git with an argument list. @throws OrcError NOT_FOUND without git, TIMEOUT, CONFLICT, and that of the signal */
export type Git = (argv: readonly string[], run: GitRun) => Promise<GitReply>;

export function createGit(env: NodeJS.ProcessEnv): Git {
  const own = Object.fromEntries(PASSED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  return async (argv, { cwd, signal, timeoutMs = READ_MS }) => {
    const program = findBinary('git', env.PATH);
    if (program === undefined)
      throw new OrcError('NOT_FOUND', 'git is not on PATH.', { hint: 'Install git 2.31 or later; a worktree needs it.' });
    const options = { env: { ...own, ...ENVIRONMENT }, cwd, signal, timeoutMs, maxBytes: MAX_BYTES };
    const { outcome, exitCode, stdout } = await runProcess(program, [...SETTINGS, ...argv], options);
    if (outcome === 'cancelled' && signal !== undefined) throw abortError(signal);
    if (outcome === 'timeout')
      throw new OrcError('TIMEOUT', 'git did not end in time.', { hint: 'Try again, or start the agent without a worktree.' });
    if (outcome !== 'exited')
      throw new OrcError('CONFLICT', 'git could not be asked.', { hint: 'See that the folder is still there, then try again.' });
    return { code: exitCode ?? -1, stdout: stdout.toString('utf8') };
  };
} // prettier-ignore

const FATAL = 128;
const AGAIN_MS = [20, 40, 80, 160];

/**
 * Asks what looks at all worktrees. Git (2.39 and others) ends with a fatal error where it comes upon one that another
 * process has made or removed by half, so it is asked again then.
 */
export async function amongWorktrees(git: Git, argv: readonly string[], run: GitRun): Promise<GitReply> {
  for (const pause of AGAIN_MS) {
    const reply = await git(argv, run);
    if (reply.code !== FATAL) return reply;
    await sleep(pause, run.signal);
  }
  return git(argv, run);
}

/** Lines of a reply; an empty one between others counts. */
export const linesOf = ({ stdout }: GitReply): string[] => (stdout === '' ? [] : stdout.replace(/\n$/, '').split('\n'));

/** Entries of a reply that was asked for with `-z`. */
export const entriesOf = ({ stdout }: GitReply): string[] => stdout.split('\0').filter((entry) => entry !== '');

const LOOK_MS = 30_000;

/** @throws Error unless git did what it was asked */
export async function told(git: Git, cwd: string, ...argv: string[]): Promise<GitReply> {
  const reply = await git(argv, { cwd, timeoutMs: LOOK_MS });
  if (reply.code !== 0) throw new Error('git refuses');
  return reply;
}
