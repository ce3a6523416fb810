import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withOtherTmux } from '../support/other-tmux.js';
import { ok, refused } from '../support/panes.js';
import { cli, cliJson, type Host, legacyHost, modernHost } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

const VERSION = /^[0-9]+\.[0-9]+\.[0-9]+/;

describe.each([
  ['legacy', legacyHost],
  ['modern', modernHost],
] as const)('get_system_status through the %s client', (_name, connect) => {
  let world: World;
  let host: Host;
  beforeAll(async () => {
    world = createWorld({ TMUX_ORC_LOG_LEVLE: 'info' });
    host = await connect(world);
  });
  afterAll(async () => {
    await host.close();
    await world.close();
  });

  it('answers where no server runs, and starts none', async () => {
    const status = await ok(host, 'get_system_status');
    expect(status).toMatchObject({
      tmux: { state: 'no_server', socket: world.socketPath },
      ...{ sessions: 0, windows: 0, panes: 0, outcomes: [] },
      concurrency: { working: 1, max_working: 10, waiting: 0, max_waiting: 100, queued: 0, max_queued: 2048 },
      config: { profile: 'standard', scope: 'all' },
      versions: { tmux_orc: expect.stringMatching(VERSION), node: process.versions.node, tmux: expect.any(String) },
    });
    expect(status.config.warnings).toEqual([expect.stringMatching(/TMUX_ORC_LOG_LEVLE.*TMUX_ORC_LOG_LEVEL/)]);
    expect(status.tmux).not.toHaveProperty('server');
    await expect(world.tmux('-N', 'list-sessions')).rejects.toThrow();
  });

  it('counts, and tells of the server and the connection', async () => {
    await ok(host, 'create_session', { name: 'one', command: ['sleep', '1000'] });
    await ok(host, 'create_session', { name: 'two', command: ['sleep', '1000'] });
    await ok(host, 'create_window', { session: 'two', command: ['sleep', '1000'] });
    await ok(host, 'split_pane', { target: 'two', command: ['sleep', '1000'] });
    await world.tmux('link-window', '-d', '-s', 'one:0', '-t', 'two:7');
    const status = await ok(host, 'get_system_status');
    const [pid, version] = (await world.tmux('display-message', '-p', '#{pid} #{version}')).split(' ');
    expect(status).toMatchObject({
      tmux: {
        state: 'running',
        server: { pid: Number(pid), version },
        connection: { mode: 'control', connected: true, connects: 1 },
      },
      ...{ sessions: 2, windows: 3, panes: 4 },
    });
    expect(status.tmux.server.uptime_seconds).toBeLessThan(600);
    expect(Date.parse(status.tmux.server.started_at)).toBeGreaterThan(Date.now() - 600_000);
    const text = (await host.call('get_system_status')).content[0]!.text;
    expect(text).toContain(`pid ${pid!}`);
    expect(text).toContain('2, with 3 windows and 4 panes');
  });

  it('tells how many calls wait', async () => {
    const waiting = [1, 2].map(() =>
      host.call('wait_for_output', { target: 'one', pattern: 'never', timeout_seconds: 3 }),
    );
    await until('the waits', async () => (await ok(host, 'get_system_status')).concurrency.waiting === 2);
    expect((await ok(host, 'get_system_status')).concurrency).toMatchObject({ working: 1, waiting: 2 });
    await Promise.all(waiting);
    expect((await ok(host, 'get_system_status')).concurrency).toMatchObject({ working: 1, waiting: 0 });
  });
});

describe('get_system_status with a server that does not answer', () => {
  let world: World;
  let host: Host;
  let pid = 0;
  beforeAll(async () => {
    world = createWorld({ TMUX_ORC_SECURITY_TIMEOUTS_TMUX_MS: '1000' });
    host = await legacyHost(world);
    await ok(host, 'create_session', { name: 'one', command: ['sleep', '1000'] });
    pid = Number(await world.tmux('display-message', '-p', '#{pid}'));
  });
  afterEach(() => {
    process.kill(pid, 'SIGCONT');
  });
  afterAll(async () => {
    await host.close();
    await world.close();
  });

  it('says so, with what it knows', async () => {
    process.kill(pid, 'SIGSTOP');
    const started = performance.now();
    const status = await ok(host, 'get_system_status');
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(status.tmux).toMatchObject({ state: 'not_answering', socket: world.socketPath });
    expect(status.tmux.problem).toMatch(/does not answer/);
    for (const count of ['sessions', 'windows', 'panes']) expect(status).not.toHaveProperty(count);
    expect(status.versions.tmux).toEqual(expect.any(String));
    process.kill(pid, 'SIGCONT');
    expect((await ok(host, 'get_system_status')).tmux.state).toBe('running');
  });

  it('says so in the CLI too', async () => {
    process.kill(pid, 'SIGSTOP');
    const result = await cli(world, ['status']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/^tmux +not answering\nproblem +tmux does not answer\.\n/);
    expect(result.stdout).toContain(world.socketPath);
    expect(result.stdout).toMatch(/\nversions +tmux-orc /);
  });
});

describe('get_system_status after a change whose outcome was unknown', () => {
  it('lists it, and what became of it', async () => {
    const world = createWorld({ TMUX_ORC_SECURITY_TIMEOUTS_TMUX_MS: '1500' });
    // Whatever asks to kill a session hangs; everything else goes on.
    const stuck = withOtherTmux(
      world,
      'case "$*" in *source-file*) text=$(cat); case $text in kill-session*) exec sleep 60;; esac; printf "%s\\n" "$text" | "$TMUX_REAL" "$@"; exit;; esac',
    );
    const host = await legacyHost(stuck);
    await ok(host, 'create_session', { name: 'one', command: ['sleep', '1000'] });
    const error = await refused(host, 'kill_session', { session: 'one' });
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', hint: expect.stringContaining('get_system_status') });
    const [outcome] = (await ok(host, 'get_system_status')).outcomes;
    expect(outcome).toMatchObject({
      id: error.details.outcome_id,
      operation: 'kill-session',
      target: '$0',
      state: 'open',
    });
    await until('the outcome', async () => (await ok(host, 'get_system_status')).outcomes[0].state === 'not_executed');
    const text = (await host.call('get_system_status')).content[0]!.text;
    expect(text).toMatch(/OUTCOME +OPERATION +TARGET +AT +STATE\n\S+ +kill-session +\$0 +\S+ +not_executed/);
    await host.close();
    await world.close();
  });
});

describe('tmux-orc status', () => {
  let world: World;
  beforeAll(() => {
    world = createWorld();
  });
  afterAll(async () => {
    await world.close();
  });

  it('is one word, with help and JSON', async () => {
    expect((await cli(world, ['--help'])).stdout).toMatch(/\n {2}status /);
    expect((await cli(world, ['status', '--help'])).code).toBe(0);
    expect(await cliJson(world, ['status'])).toMatchObject({
      code: 0,
      ok: true,
      data: { tmux: { state: 'no_server' } },
    });
    expect(await cliJson(world, ['status', 'x'])).toMatchObject({ code: 2, error: { code: 'INVALID_INPUT' } });
    expect(await cliJson(world, ['status', '--', 'x'])).toMatchObject({ code: 2, error: { code: 'INVALID_INPUT' } });
  });

  it('is a list of facts, the same on pipes of any kind', async () => {
    await world.tmux('new-session', '-d', '-s', 'work', '-x', '120', 'sleep 1000');
    const { stdout } = await cli(world, ['status']);
    expect(stdout).toMatch(/^tmux +running, version \S+, pid [0-9]+, up [0-9]+ s\n/);
    expect(stdout).toContain('1, with 1 window and 1 pane\n');
    expect(stdout).not.toContain('\u001b');
    const columns = stdout.trimEnd().split('\n').map((line) => line.search(/(?<= {2,})\S/)); // prettier-ignore
    expect(new Set(columns).size).toBe(1);
  });

  it('counts only own sessions where only those may be seen', async () => {
    const found = await cliJson(world, ['status', '--set', 'tmux.scope=owned']);
    expect(found).toMatchObject({ data: { sessions: 0, tmux: { state: 'running' }, config: { scope: 'owned' } } });
  });

  it('answers without a tmux program', async () => {
    const empty = join(world.folder, 'empty');
    mkdirSync(empty);
    const bare = { ...world, env: { ...world.env, PATH: empty } };
    const found = await cliJson(bare, ['status']);
    expect(found).toMatchObject({ code: 0, data: { tmux: { state: 'not_installed' }, outcomes: [] } });
    expect((found as any).data).not.toHaveProperty('sessions');
    expect((await cli(bare, ['status'])).stdout).toMatch(/^tmux +not installed\nproblem +No tmux program/);
  });
});
