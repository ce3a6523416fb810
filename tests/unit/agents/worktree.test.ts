import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { AgentWorktree } from '../../../src/agents/records.js';
import { createWorktrees, type MadeWorktree, type Worktrees } from '../../../src/agents/worktree.js';
import { makePrivateFolder } from '../../../src/config/private-files.js';
import { allowedDirectory, type DirectoryPolicy } from '../../../src/security/text/directory.js';
import { until } from '../../support/world.js';

let top: string;
let count = 0;
let root: string;
let home: string;
let repository: string;
let folder: string;
let env: Record<string, string>;
let policy: DirectoryPolicy;
let worktrees: Worktrees;

const gitIn =
  (cwd: string) =>
  (...argv: string[]): string =>
    execFileSync('git', argv, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trimEnd();
const git = (...argv: string[]): string => gitIn(repository)(...argv);
const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};
const script = (path: string, text: string): void => {
  write(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
};
const commit = (cwd: string, name: string, text = name): string => {
  write(join(cwd, name), text);
  gitIn(cwd)('add', '--force', name);
  gitIn(cwd)('commit', '--quiet', '-m', name);
  return gitIn(cwd)('rev-parse', 'HEAD');
};
function init(path: string): void {
  mkdirSync(path, { recursive: true });
  gitIn(path)('init', '--quiet', '--initial-branch', 'main');
}
const open = (more: Record<string, string> = {}, state = join(root, 'state')): Worktrees =>
  createWorktrees({
    env: { ...env, ...more },
    root: join(state, 'worktrees'),
    makeFolder: (path) => {
      makePrivateFolder(state, path);
    },
  });
const make = async (name: string, cwd = repository, by = worktrees, signal = new AbortController().signal): Promise<MadeWorktree> =>
  by.make({ name, cwd: await allowedDirectory(cwd, policy), directories: policy, signal }); // prettier-ignore
const failure = async (work: Promise<unknown>): Promise<any> => {
  const error: any = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'OrcError', hint: expect.stringMatching(/.{10}/) });
  // What the caller, or git, said of the folder is not for everybody.
  expect(`${String(error.message)}${String(error.hint)}`).not.toContain(root);
  return error;
};
const branches = (): string[] => git('for-each-ref', '--format=%(refname:short)', 'refs/heads').split('\n');
const listed = (): string[] =>
  git('worktree', 'list', '--porcelain')
    .split('\n')
    .filter((line) => line.startsWith('worktree '))
    .map((line) => line.slice(9));

beforeAll(() => {
  top = realpathSync(mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/tmp', 'wt-')));
  home = join(top, 'template');
  env = { PATH: process.env.PATH ?? '', HOME: home, GIT_CONFIG_NOSYSTEM: '1' };
  write(join(home, '.gitconfig'), '[user]\n\tname = Tester\n\temail = tester@example.invalid\n');
  const template = join(home, 'my project');
  init(template);
  commit(template, 'src/lib/one.txt');
  commit(template, '.gitignore', 'node_modules/\nbuild/\n*.log\n.env\nnotes/\nlocal/*\n');
});
afterAll(() => {
  rmSync(top, { recursive: true, force: true });
});
beforeEach(() => {
  root = join(top, String(count++));
  home = join(root, 'home');
  repository = join(home, 'my project');
  env = { ...env, HOME: home };
  policy = { allowedPaths: [], maxPathChars: 1024, home, own: home };
  cpSync(join(top, 'template'), home, { recursive: true });
  const hash = createHash('sha256').update(join(repository, '.git')).digest('hex').slice(0, 8);
  folder = join(root, 'state', 'worktrees', `my_project-${hash}`);
  worktrees = open();
});

describe('a worktree', () => {
  it('lies in the state folder, ours alone, on a branch of its own', async () => {
    const before = git('status', '--porcelain', '--ignored');
    const { worktree, cwd } = await make('build');
    const head = git('rev-parse', 'HEAD');
    const path = join(folder, 'build');
    expect(worktree).toEqual({ path, branch: 'orc/build', repository: join(repository, '.git'), base: head });
    expect(cwd).toBe(path);
    for (const made of [path, folder, join(root, 'state', 'worktrees')]) expect(statSync(made).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(path, 'src/lib/one.txt'), 'utf8')).toBe('src/lib/one.txt');
    expect(gitIn(path)('status', '--porcelain', '--branch')).toBe('## orc/build');
    expect(git('status', '--porcelain', '--ignored')).toBe(before);
    expect(listed()).toEqual([repository, path]);
    expect(await worktrees.remove(worktree)).toEqual({ removed: true });
    expect([existsSync(path), listed(), branches()]).toEqual([false, [repository], ['main']]);
  }); // prettier-ignore

  it('begins at HEAD of the folder that was asked for, in the same folder', async () => {
    const inner = (await make('sub', join(repository, 'src/lib'))).cwd;
    expect(inner).toBe(join(folder, 'sub', 'src/lib'));
    mkdirSync(join(repository, 'new/folder'), { recursive: true });
    expect((await make('new', join(repository, 'new/folder'))).cwd).toBe(join(folder, 'new'));
    git('checkout', '--quiet', '--detach');
    const tip = commit(repository, 'two.txt');
    const { worktree } = await make('detached');
    expect([worktree.base, existsSync(join(worktree.path, 'two.txt'))]).toEqual([tip, true]);
    expect(branches()).toEqual(['main', 'orc/detached', 'orc/new', 'orc/sub']);
  });

  it('is not entered where the commit has a link in place of the folder', async () => {
    mkdirSync(join(root, 'outside'));
    symlinkSync(join(root, 'outside'), join(repository, 'away'));
    git('add', 'away');
    git('commit', '--quiet', '-m', 'link');
    rmSync(join(repository, 'away'));
    mkdirSync(join(repository, 'away'));
    expect((await make('link', join(repository, 'away'))).cwd).toBe(join(folder, 'link'));
  });

  it('is made from the main repository, beside those that are there, wherever it is asked for', async () => {
    const first = await make('first');
    const tip = commit(first.worktree.path, 'of-first.txt');
    const second = await make('second', join(first.cwd, 'src')).catch((error: unknown) => error);
    // The state is not in an allowed folder here, so what is in it is no working directory for callers.
    expect(second).toMatchObject({ code: 'INVALID_INPUT' });
    policy = { ...policy, allowedPaths: [home, folder] };
    const third = await make('third', join(first.cwd, 'src'));
    expect(third.worktree).toEqual({ path: join(folder, 'third'), branch: 'orc/third', repository: join(repository, '.git'), base: tip });
    expect(third.cwd).toBe(join(folder, 'third', 'src'));
    const linked = join(home, 'linked');
    git('worktree', 'add', '--quiet', '-b', 'by-hand', linked);
    expect((await make('fourth', linked)).worktree).toMatchObject({ path: join(folder, 'fourth'), repository: join(repository, '.git') });
    for (const path of listed()) expect(listed().filter((other) => other.startsWith(`${path}/`))).toEqual([]);
  }); // prettier-ignore

  it('is made while another process is making or removing one', async () => {
    const half = join(repository, '.git/worktrees/half');
    // As git leaves it for a moment: there, and empty still.
    write(join(half, 'gitdir'), `${root}/half/.git\n`);
    write(join(half, 'HEAD'), 'ref: refs/heads/main\n');
    write(join(half, 'commondir'), '');
    expect(() => git('worktree', 'add', join(root, 'raw'))).toThrow(/commondir/);
    const done = setTimeout(() => { rmSync(half, { recursive: true }); }, 60); // prettier-ignore
    const { worktree } = await make('one');
    clearTimeout(done);
    expect([existsSync(half), listed()]).toEqual([false, [repository, worktree.path]]);
  });

  it('takes another folder and branch where those of the name are in use', async () => {
    const made = await Promise.all(['same', 'a', 'b', 'c'].map((name) => make(name)));
    expect(made.map(({ worktree }) => worktree.branch)).toEqual(['orc/same', 'orc/a', 'orc/b', 'orc/c']);
    expect((await make('same')).worktree).toMatchObject({ path: join(folder, 'same-2'), branch: 'orc/same-2' });
    expect((await make('same')).worktree).toMatchObject({ path: join(folder, 'same-3'), branch: 'orc/same-3' });
    // One that was moved away by hand is still known to git by its old place.
    renameSync(join(folder, 'a'), join(root, 'moved'));
    expect((await make('a')).worktree).toMatchObject({ path: join(folder, 'a-2'), branch: 'orc/a-2' });
    // Neither is somebody else's folder.
    mkdirSync(join(folder, 'mine'));
    expect((await make('mine')).worktree).toMatchObject({ path: join(folder, 'mine-2'), branch: 'orc/mine' });
  });

  it('takes a branch that is left only where nothing on it is new', async () => {
    git('branch', 'orc/old');
    const tip = commit(repository, 'later.txt');
    expect((await make('old')).worktree).toMatchObject({ path: join(folder, 'old'), branch: 'orc/old', base: tip });
    expect(gitIn(join(folder, 'old'))('rev-parse', 'HEAD', 'orc/old')).toBe(`${tip}\n${tip}`);
    expect(gitIn(join(folder, 'old'))('status', '--porcelain')).toBe('');
    git('checkout', '--quiet', '-b', 'orc/ahead');
    const ahead = commit(repository, 'ahead.txt');
    git('checkout', '--quiet', 'main');
    expect((await make('ahead')).worktree).toMatchObject({ path: join(folder, 'ahead'), branch: 'orc/ahead-2' });
    git('branch', 'orc/deep/er');
    git('branch', 'orc/UPPER');
    expect((await make('deep')).worktree.branch).toBe('orc/deep-2');
    expect((await make('upper')).worktree.branch).toBe('orc/upper-2');
    expect(git('rev-parse', 'orc/ahead')).toBe(ahead);
  });

  it('has a name that tells repositories apart and is no path', async () => {
    const strange = join(home, '..-x', '.git', '-$(id)é.git');
    init(strange);
    commit(strange, 'a');
    const { worktree } = await make('x', strange);
    expect(worktree.path).toMatch(/\/worktrees\/\$?_id_[a-z_.]*-[0-9a-f]{8}\/x$/);
    const twin = join(home, 'other', 'my project');
    init(twin);
    commit(twin, 'a');
    expect(dirname((await make('x', twin)).worktree.path)).not.toBe(folder);
  });
}); // prettier-ignore

describe('no worktree is made', () => {
  it.each(['plain', 'bare', 'bare with commits', 'empty', 'git folder'])('of what is no working tree with a commit: %s', async (kind) => {
    const path = join(home, 'other');
    mkdirSync(path);
    if (kind.startsWith('bare')) gitIn(path)('init', '--quiet', '--bare');
    if (kind === 'bare with commits') git('push', '--quiet', path, 'main');
    if (kind === 'empty') init(path);
    const error = await failure(make('x', kind === 'git folder' ? join(repository, '.git') : path));
    expect(error.code).toBe(kind === 'empty' ? 'CONFLICT' : 'INVALID_INPUT');
    expect(existsSync(join(root, 'state'))).toBe(false);
  }); // prettier-ignore

  it('without git', async () => {
    expect(await failure(make('x', repository, open({ PATH: join(root, 'nothing') })))).toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('of a repository that lies outside the allowed folders, or is named by one inside', async () => {
    policy = { ...policy, allowedPaths: [join(repository, 'src')] };
    expect(await failure(make('x', join(repository, 'src/lib')))).toMatchObject({ code: 'INVALID_INPUT' });
    policy = { ...policy, allowedPaths: [] };
    const secret = join(home, '.password-store');
    init(secret);
    commit(secret, 'secret.gpg');
    const bait = join(home, 'bait');
    write(join(bait, '.git'), `gitdir: ${join(secret, '.git')}\n`);
    expect(await failure(make('x', bait))).toMatchObject({ code: 'INVALID_INPUT', rule: 'path_traversal' });
    write(join(bait, '.git'), `gitdir: ${join(repository, '.git')}\n`);
    const outside = join(root, 'outside');
    mkdirSync(outside);
    git('config', 'core.worktree', outside);
    expect(await failure(make('x', repository))).toMatchObject({ code: 'INVALID_INPUT' });
    expect(existsSync(join(root, 'state'))).toBe(false);
  });

  it('inside another one: where the state folder lies in a repository', async () => {
    const by = open({}, join(repository, 'state'));
    const error = await failure(make('x', repository, by));
    expect(error).toMatchObject({ code: 'CONFLICT', hint: expect.stringContaining('XDG_STATE_HOME') });
    expect([listed(), branches()]).toEqual([[repository], ['main']]);
  });

  it('where a branch leaves no room, and nothing stays behind', async () => {
    git('branch', 'orc');
    expect(await failure(make('x'))).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('"orc"') });
    expect([readdirSync(folder), listed(), branches()]).toEqual([[], [repository], ['main', 'orc']]);
  });

  it('where the checkout fails, and nothing stays behind', async () => {
    commit(repository, '.gitattributes', '*.txt filter=broken\n');
    git('config', 'filter.broken.smudge', 'false');
    git('config', 'filter.broken.required', 'true');
    expect(await failure(make('x'))).toMatchObject({ code: 'CONFLICT' });
    expect([readdirSync(folder), listed(), branches()]).toEqual([[], [repository], ['main']]);
  });

  it('when the call is cancelled while files are written, and nothing stays behind', async () => {
    const begun = join(root, 'begun');
    git('config', 'filter.slow.smudge', `echo $$ > '${begun}'; exec sleep 1000`);
    commit(repository, '.gitattributes', '*.txt filter=slow\n');
    const controller = new AbortController();
    const making = make('x', repository, worktrees, controller.signal);
    making.catch(() => undefined);
    const pid = await until('the filter to run', () => existsSync(begun) && Number(readFileSync(begun, 'utf8')));
    onTestFinished(() => {
      // Git is gone; what it has started waits for its input in vain.
      process.kill(pid, 'SIGKILL');
    });
    controller.abort();
    await expect(making).rejects.toThrow();
    expect([readdirSync(folder), listed(), branches()]).toEqual([[], [repository], ['main']]);
  });
});

describe('what a repository or the environment names', () => {
  it('as hooks or file system monitor is not run, by making and removing', async () => {
    const canary = join(root, 'canary');
    const hook = join(root, 'hook');
    script(hook, `echo "$0 $*" >> '${canary}'`);
    const names = ['post-checkout', 'post-index-change', 'reference-transaction', 'post-commit', 'pre-auto-gc'];
    for (const name of names) script(join(repository, '.git/hooks', name), `echo ${name} >> '${canary}'`);
    // They would run if they were let.
    git('branch', 'proof');
    expect(readFileSync(canary, 'utf8')).toContain('reference-transaction');
    git('branch', '-D', 'proof');
    git('config', 'core.fsmonitor', hook);
    git('config', 'core.hooksPath', join(repository, '.git/hooks'));
    git('config', 'core.pager', hook);
    git('config', 'log.showSignature', 'true');
    git('config', 'gpg.program', hook);
    const signature = 'gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----\n';
    const signed = git('cat-file', 'commit', 'HEAD').replace(/^(committer .*\n)/m, `$1${signature}`);
    write(join(root, 'signed'), `${signed}\n`);
    git('stash', 'store', '-m', 'signed', git('hash-object', '-t', 'commit', '-w', join(root, 'signed')));
    rmSync(canary);
    const { worktree } = await make('x');
    expect(await worktrees.remove(worktree)).toEqual({ removed: true });
    expect(existsSync(canary)).toBe(false);
  });

  it('as its own place does not lead git elsewhere', async () => {
    const other = join(root, 'other');
    init(other);
    commit(other, 'other.txt');
    const names = ['GIT_DIR', 'GIT_COMMON_DIR', 'GIT_OBJECT_DIRECTORY'];
    const leaking = Object.fromEntries(names.map((name) => [name, join(other, '.git')]));
    const by = open({ ...leaking, GIT_WORK_TREE: other, GIT_INDEX_FILE: join(root, 'index'), GIT_NAMESPACE: 'x' });
    const { worktree } = await make('x', repository, by);
    expect(existsSync(join(worktree.path, 'src/lib/one.txt'))).toBe(true);
    expect([gitIn(other)('worktree', 'list').split('\n').length, existsSync(join(root, 'index'))]).toEqual([1, false]);
    expect(await by.remove(worktree)).toEqual({ removed: true });
  });

  it('as a bare repository that a clone brought along is not taken for one', async () => {
    const embedded = join(repository, 'embedded');
    gitIn(repository)('clone', '--quiet', '--bare', repository, embedded);
    gitIn(embedded)('config', 'core.bare', 'false');
    gitIn(embedded)('config', 'core.worktree', '..');
    expect(await failure(make('x', embedded))).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('as the place of missing objects is not asked', async () => {
    const canary = join(root, 'canary');
    const partial = join(home, 'partial');
    git('config', 'uploadpack.allowFilter', 'true');
    git('clone', '--quiet', '--no-checkout', '--filter=blob:none', `file://${repository}`, partial);
    script(join(root, 'fetch'), `echo run >> '${canary}'; exit 1`);
    gitIn(partial)('config', 'remote.origin.url', `ext::${join(root, 'fetch')}`);
    gitIn(partial)('config', 'protocol.ext.allow', 'always');
    expect(await failure(make('x', partial))).toMatchObject({ code: 'CONFLICT' });
    expect(existsSync(canary)).toBe(false);
    expect(() => gitIn(partial)('cat-file', '-p', 'HEAD:src/lib/one.txt')).toThrow();
    expect(existsSync(canary)).toBe(true);
  });
});

describe('a worktree stays', () => {
  let worktree: AgentWorktree;
  let at: string;
  let here: (...argv: string[]) => string;
  beforeEach(async () => {
    ({ worktree } = await make('agent'));
    at = worktree.path;
    here = gitIn(at);
  });
  const file = (name: string, text = 'text'): void => {
    write(join(at, name), text);
  };
  /** Twice the same answer, and nothing was touched. */
  const stays = async (reason: RegExp): Promise<void> => {
    const before = [readdirSync(at, { recursive: true }).sort(), branches(), listed()];
    for (let time = 0; time < 2; time++)
      expect(await worktrees.remove(worktree)).toEqual({ removed: false, reason: expect.stringMatching(reason) });
    expect([readdirSync(at, { recursive: true }).sort(), branches(), listed()]).toEqual(before);
  };
  const FILES = /changes or files that are in no commit/;

  it.each<[string, () => void, RegExp]>([
    ['a changed file', () => file('src/lib/one.txt', 'other'), FILES],
    ['a staged file', () => { file('new'); here('add', 'new'); }, FILES],
    ['a removed file', () => rmSync(join(at, 'src/lib/one.txt')), FILES],
    ['a new file', () => file('new'), FILES],
    ['a new file that settings hide', () => { here('config', 'status.showUntrackedFiles', 'no'); file('new'); }, FILES],
    ['a new file in a new folder', () => file('deep/er/new'), FILES],
    ['another repository in it', () => { init(join(at, 'nested')); commit(join(at, 'nested'), 'a'); }, FILES],
    ['an ignored .env', () => file('.env', 'KEY=1'), /ignored files/],
    ['an ignored .env in a folder of tracked ones', () => file('src/.env', 'KEY=1'), /ignored files/],
    ['an ignored folder of notes', () => file('notes/today.md'), /ignored files/],
    ['ignored files beside what is made again', () => { file('local/a.db'); file('local/x.log'); }, /ignored files/],
    ['another repository in an ignored folder', () => { init(join(at, 'notes/nested')); }, /ignored files/],
    ['a change that is hidden', () => { here('update-index', '--assume-unchanged', 'src/lib/one.txt'); file('src/lib/one.txt', 'x'); }, /hides changes/],
    ['a change that is hidden otherwise', () => { here('update-index', '--skip-worktree', 'src/lib/one.txt'); file('src/lib/one.txt', 'x'); }, /hides changes/],
    ['a stash of its branch', () => { file('src/lib/one.txt', 'x'); here('stash'); }, /stash/],
    ['a stash with words of its own', () => { file('src/lib/one.txt', 'x'); here('stash', 'push', '-m', 'later: more'); }, /stash/],
    ['a stash of the branch it is on now', () => { here('checkout', '-q', '-b', 'feature'); file('src/lib/one.txt', 'x'); here('stash'); }, /stash/],
    ['a commit that no branch has', () => { here('checkout', '-q', '--detach'); commit(at, 'lost.txt'); }, /no branch holds/],
    ['a commit that only a remote has', () => { here('checkout', '-q', '--detach'); git('update-ref', 'refs/remotes/origin/x', commit(at, 'lost.txt')); }, /no branch holds/],
    ['a lock', () => { git('worktree', 'lock', at); }, /locked/],
    ['git at work', () => { writeFileSync(join(repository, '.git/worktrees/agent/index.lock'), ''); }, /at work/],
    ['a bisection', () => { commit(at, 'a'); commit(at, 'b'); here('bisect', 'start', 'HEAD', 'HEAD~2'); }, /under way|refs of its own/],
    ['refs of its own', () => { here('update-ref', 'refs/worktree/mine', 'HEAD'); }, /refs of its own/],
  ])('with %s', async (_what, prepare, reason) => {
    prepare();
    await stays(reason);
  }); // prettier-ignore

  it.each(['merge', 'rebase', 'cherry-pick', 'revert'])('in the middle of a %s', async (what) => {
    git('checkout', '--quiet', '-b', 'theirs');
    commit(repository, 'src/lib/one.txt', 'theirs');
    git('checkout', '--quiet', 'main');
    const mine = commit(at, 'src/lib/one.txt', 'mine');
    commit(at, 'src/lib/one.txt', 'mine again');
    expect(() => here(what, what === 'revert' ? mine : 'theirs')).toThrow();
    // What git would call clean.
    here('checkout', 'HEAD', '--', '.');
    await stays(/under way/);
  });

  it('with a submodule of its own', async () => {
    const other = join(root, 'sub');
    init(other);
    commit(other, 'a');
    here('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other, 'sub');
    here('commit', '--quiet', '-m', 'sub');
    await stays(/submodules/);
  });

  it('that is none any more, or lies elsewhere', async () => {
    const elsewhere: AgentWorktree = { ...worktree, path: repository };
    expect(await worktrees.remove(elsewhere)).toMatchObject({ removed: false });
    expect(await worktrees.remove({ ...worktree, path: folder })).toMatchObject({ removed: false });
    const linked = join(home, 'linked');
    git('worktree', 'add', '--quiet', '-b', 'by-hand', linked);
    expect(await worktrees.remove({ ...worktree, path: linked, branch: 'by-hand' })).toMatchObject({ removed: false });
    expect(existsSync(linked)).toBe(true);
    renameSync(at, join(root, 'kept'));
    expect(await worktrees.remove(worktree)).toEqual({ removed: false, reason: expect.stringContaining('not there') });
    symlinkSync(join(root, 'kept'), at);
    expect(await worktrees.remove(worktree)).toEqual({
      removed: false,
      reason: expect.stringContaining('not that worktree'),
    });
    rmSync(at);
    init(at);
    commit(at, 'a');
    expect(await worktrees.remove(worktree)).toEqual({
      removed: false,
      reason: expect.stringContaining('not that worktree'),
    });
    expect([existsSync(join(at, 'a')), existsSync(join(root, 'kept/src/lib/one.txt'))]).toEqual([true, true]);
  });

  it('when git cannot be asked', async () => {
    expect(await open({ PATH: join(root, 'nothing') }).remove(worktree)).toMatchObject({ removed: false });
    expect(existsSync(at)).toBe(true);
  });

  describe('not: it goes', () => {
    const goes = async (left: string[]): Promise<void> => {
      expect(await worktrees.remove(worktree)).toEqual({ removed: true });
      expect([existsSync(at), listed(), branches()]).toEqual([false, [repository], left]);
    };

    it('with what tools make again', async () => {
      for (const name of ['node_modules/a/index.js', 'build/out.o', 'src/build/x', 'debug.log', 'local/x.log'])
        file(name);
      await goes(['main']);
    });

    it('without its branch where another one has the commits, else with it', async () => {
      const tip = commit(at, 'work.txt');
      await goes(['main', 'orc/agent']);
      expect(git('rev-parse', 'orc/agent')).toBe(tip);
      ({ worktree } = await make('again'));
      at = worktree.path;
      git('merge', '--quiet', commit(at, 'more.txt'));
      gitIn(at)('config', 'branch.orc/again.remote', 'origin');
      await goes(['main', 'orc/agent']);
      expect(git('config', '--list', '--local')).not.toContain('again');
    });

    it('with its branch where only a remote has the commits', async () => {
      git('update-ref', 'refs/remotes/origin/agent', commit(at, 'work.txt'));
      await goes(['main', 'orc/agent']);
    });

    it('with a branch that it went over to', async () => {
      here('checkout', '--quiet', '-b', 'feature');
      const tip = commit(at, 'work.txt');
      await goes(['feature', 'main']);
      expect(git('rev-parse', 'feature')).toBe(tip);
    });

    it('at a commit that a branch or tag holds', async () => {
      here('checkout', '--quiet', '--detach');
      commit(at, 'work.txt');
      git('tag', 'kept', here('rev-parse', 'HEAD'));
      await goes(['main']);
    });

    it('though there are stashes of others', async () => {
      write(join(repository, 'src/lib/one.txt'), 'x');
      git('stash');
      await goes(['main']);
    });

    it('though the repository has submodules that were not set up there', async () => {
      await goes(['main']);
      const other = join(root, 'sub');
      init(other);
      commit(other, 'a');
      git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other, 'sub');
      git('commit', '--quiet', '-m', 'sub');
      ({ worktree } = await make('agent'));
      file('sub/precious');
      await stays(/submodules/);
      rmSync(join(at, 'sub/precious'));
      await goes(['main']);
    });
  });
});
