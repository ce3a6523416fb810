import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cli, cliJson, type Host, legacyHost, modernHost, okOf } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

let world: World;
let host: Host;
const more: Host[] = [];

const git = (...argv: string[]): string =>
  execFileSync('git', argv, { cwd: world.folder, env: world.env, encoding: 'utf8' }).trimEnd();
const worktrees = (): string[] => git('worktree', 'list', '--porcelain').split('\n').filter((line) => line.startsWith('worktree ')); // prettier-ignore
const branches = (): string[] => git('for-each-ref', '--format=%(refname:short)', 'refs/heads').split('\n');

beforeEach(async () => {
  world = createWorld();
  writeFileSync(join(world.home, '.gitconfig'), '[user]\n\tname = Tester\n\temail = tester@example.invalid\n');
  git('init', '--quiet', '--initial-branch', 'main');
  mkdirSync(join(world.folder, 'src'));
  writeFileSync(join(world.folder, 'src', 'one.txt'), 'one\n');
  git('add', '.');
  git('commit', '--quiet', '-m', 'one');
  host = await legacyHost(world);
});
afterEach(async () => {
  await Promise.all([host, ...more.splice(0)].map((each) => each.close()));
  await world.close();
});

/** A host of the same world with other settings. */
const hostWith = async (settings: Record<string, string>, connect = legacyHost): Promise<Host> => {
  const other = await connect({ ...world, env: { ...world.env, ...settings } });
  more.push(other);
  return other;
};
const ok = (name: string, args: Record<string, unknown> = {}, by = host): Promise<any> => okOf(by, name, args);
const spawn = (name: string, args: Record<string, unknown> = {}, by = host): Promise<any> =>
  ok('spawn_agent', { name, provider: 'shell', worktree: true, ...args }, by);
const refused = async (args: Record<string, unknown>, by = host): Promise<any> =>
  (await by.call('spawn_agent', { provider: 'shell', worktree: true, ...args })).structuredContent.error;
const run = async (pane: string, command: string): Promise<string> =>
  (await ok('run_command', { target: pane, command })).output.trimEnd();
const end = async (name: string, pane: string): Promise<void> => {
  await ok('send_keys', { target: pane, text: 'exit 0', keys: ['Enter'] });
  await until('its end', async () => (await ok('get_agent_status', { agent: name })).state === 'exited');
};

describe('an agent with a worktree', () => {
  it.each([
    ['legacy', legacyHost],
    ['modern', modernHost],
  ] as const)('is started in it, and tells it (%s client)', async (_era, connect) => {
    const by = await hostWith({}, connect);
    const { agent, worktree } = await spawn('build', { cwd: join(world.folder, 'src') }, by);
    expect(worktree).toEqual({ path: expect.stringMatching(/\/worktrees\/project-[0-9a-f]{8}\/build$/), branch: 'orc/build' });
    expect(worktree.path.startsWith(realpathSync(world.env.XDG_STATE_HOME!))).toBe(true);
    expect(statSync(worktree.path).mode & 0o777).toBe(0o700);
    expect(await world.tmux('display-message', '-p', '-t', agent.pane, '#{pane_current_path}')).toBe(join(worktree.path, 'src'));
    await ok('run_command', { target: agent.pane, command: 'echo two > two.txt && git add . && git commit --quiet -m two' }, by);
    expect(git('log', '--format=%s', 'orc/build')).toBe('two\none');
    expect([git('status', '--porcelain'), git('log', '--format=%s')]).toEqual(['', 'one']);
    expect((await ok('get_agent_status', { agent: 'build' }, by)).worktree).toEqual(worktree);
    expect((await spawn('plain', { worktree: false }, by)).worktree).toBeUndefined();
    expect((await ok('get_agent_status', { agent: 'plain' }, by)).worktree).toBeUndefined();
  }); // prettier-ignore

  it('is started by the command line', async () => {
    const spawned = await cli(world, ['agent', 'spawn', 'x', '--provider', 'shell', '--worktree']);
    expect([spawned.code, spawned.stderr]).toEqual([0, expect.stringMatching(/^Its worktree: \/.*\/x, branch orc\/x\.$/m)]);
    const { stdout } = await cli(world, ['agent', 'status', 'x']);
    expect(stdout).toMatch(/^worktree +\/.*\/x, branch orc\/x$/m);
    const json = await cliJson(world, ['agent', 'spawn', 'y', '--provider', 'shell', '--worktree', '--cwd', world.home]);
    expect(json).toMatchObject({ code: 2, error: { code: 'INVALID_INPUT', message: expect.stringContaining('git repository') } });
    // What git writes for everybody to read is for nobody else where it lies.
    const checked = await cliJson(world, ['security', 'check']);
    expect((checked as any).data.checks.find(({ check }: { check: string }) => check === 'state files')).toMatchObject({ verdict: 'pass' });
  });

  it('gives it back to the next of its name, unless something would be lost', async () => {
    const first = await spawn('x');
    await end('x', first.agent.pane);
    expect(existsSync(first.worktree.path)).toBe(true);
    const second = await spawn('x');
    expect(second.worktree).toEqual(first.worktree);
    expect([worktrees().length, branches()]).toEqual([2, ['main', 'orc/x']]);
    await run(second.agent.pane, 'echo new > new.txt');
    await end('x', second.agent.pane);
    const third = await spawn('x');
    expect(third.worktree).toEqual({ path: `${first.worktree.path}-2`, branch: 'orc/x-2' });
    expect(readFileSync(join(second.worktree.path, 'new.txt'), 'utf8')).toBe('new\n');
    await end('x', third.agent.pane);
    // Also where the next one has none of its own, or runs already.
    await spawn('x', { worktree: false });
    expect(existsSync(third.worktree.path)).toBe(false);
    const taken = await spawn('y');
    await end('y', taken.agent.pane);
    const { pane } = await ok('create_session', { name: 'there', command: ['cat'] });
    await ok('adopt_agent', { target: pane.id, name: 'y', provider: 'codex' });
    expect([existsSync(taken.worktree.path), branches()]).toEqual([false, ['main', 'orc/x']]);
  });

  it('keeps it while something else works there', async () => {
    const { agent, worktree } = await spawn('x');
    await end('x', agent.pane);
    await world.tmux('new-session', '-d', '-s', 'guest', '-c', worktree.path, 'cat');
    expect((await spawn('x')).worktree.path).toBe(`${worktree.path}-2`);
    expect(existsSync(worktree.path)).toBe(true);
  });

  it('is one of several at once', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const made = await Promise.all(names.map((name) => spawn(name)));
    expect(made.map(({ worktree }) => worktree.branch)).toEqual(names.map((name) => `orc/${name}`));
    const same = await Promise.all(['e', 'e', 'e'].map((name) => host.call('spawn_agent', { name, provider: 'shell', worktree: true })));
    expect(same.map(({ structuredContent }) => structuredContent.error?.code ?? 'ok').sort()).toEqual(['CONFLICT', 'CONFLICT', 'ok']);
    const { worktree } = await ok('get_agent_status', { agent: 'e' });
    expect(existsSync(join(worktree.path, 'src', 'one.txt'))).toBe(true);
    expect([worktrees().length, branches().length]).toEqual([6, 6]);
  });
}); // prettier-ignore

describe('no agent, and no worktree either', () => {
  const nothingIsLeft = (): void => {
    expect([worktrees().length, branches(), git('status', '--porcelain')]).toEqual([1, ['main'], '']);
  };

  it('where the start is refused after it was made', async () => {
    const asking = await hostWith({ TMUX_ORC_SECURITY_RISK_RULES: '[]' });
    const args = { name: 'x', provider: 'pi', session: 'mine' };
    const programs = join(world.home, 'programs');
    mkdirSync(programs);
    writeFileSync(join(programs, 'pi'), '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
    const able = await hostWith({ TMUX_ORC_SECURITY_RISK_RULES: '[]', PATH: `${programs}:${world.env.PATH ?? ''}` });
    expect(await refused(args, asking)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refused(args, able)).toMatchObject({ code: 'CONFIRMATION_REQUIRED' });
    nothingIsLeft();
  });

  it('where there is no repository, and nothing is said of what is there', async () => {
    rmSync(join(world.folder, '.git'), { recursive: true });
    const error = await refused({ name: 'x' });
    expect(error).toMatchObject({ code: 'INVALID_INPUT', message: 'cwd: is in no working tree of a git repository.' });
    git('init', '--quiet');
    expect(await refused({ name: 'x' })).toMatchObject({ code: 'CONFLICT', message: 'The git repository has no commit yet.' });
    expect(await refused({ name: 'x', worktree: 'yes' })).toMatchObject({ code: 'INVALID_INPUT' });
    expect((await ok('list_agents')).agents).toEqual([]);
  });

  it('where the role starts no program in the folder that was asked for', async () => {
    const only = (folder: string): Record<string, string> => ({
      TMUX_ORC_SECURITY_PERMISSIONS: JSON.stringify({ host: { paths: { execute: [folder] } } }),
    });
    const elsewhere = await hostWith(only(world.home));
    expect(await refused({ name: 'x', cwd: world.folder }, elsewhere)).toMatchObject({ code: 'DENIED', message: expect.stringContaining('in this folder') });
    nothingIsLeft();
    const here = await hostWith(only(world.folder));
    const { worktree } = await spawn('x', { cwd: world.folder }, here);
    expect(await refused({ name: 'y', cwd: worktree.path, worktree: false }, here)).toMatchObject({ code: expect.stringMatching(/DENIED|INVALID_INPUT/) });
    expect(dirname(worktree.path).startsWith(world.folder)).toBe(false);
  });
}); // prettier-ignore
