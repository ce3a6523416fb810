import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeFleet, openFakeFleet } from '../support/fake-fleet.js';
import { cli, cliJson, legacyHost } from '../support/program.js';
import { addScript } from '../support/programs.js';
import { createWorld, until } from '../support/world.js';

let fleet: FakeFleet;
const open = async (settings: Readonly<Record<string, string>> = {}): Promise<void> => {
  fleet = await openFakeFleet(createWorld(settings));
};
afterEach(() => fleet.close());

const ON = { TMUX_ORC_MONITORING_AUTO_RESTART: 'true' };
const status = (agent: string): Promise<any> => fleet.ok('get_agent_status', { agent });
const pidOf = async (pane: string): Promise<number> =>
  Number(await fleet.world.tmux('display-message', '-p', '-t', pane, '#{pane_pid}'));
const crash = async ({ pane }: { pane: string }): Promise<void> => {
  process.kill(await pidOf(pane), 'SIGKILL');
};
const becomes = (name: string, state: string, timeoutMs?: number): Promise<any> =>
  until(`${name} to be ${state}`, async () => {
    const found = await status(name);
    return found.state === state && found;
  }, timeoutMs); // prettier-ignore
/** Has one turn, so that there is a conversation that can go on. */
const turn = async (agent: string): Promise<void> => {
  await fleet.ok('send_message', { agent, message: 'SAY done' });
  await becomes(agent, 'idle');
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('an agent that crashed', () => {
  it('is started again with its conversation, where the config says so, and gets what waited for it', { timeout: 60_000 }, async () => {
    await open(ON);
    const agent = await fleet.spawn('build');
    await turn('build');
    const { conversation } = await status('build');
    await fleet.ok('send_message', { agent: 'build', message: 'SLOW 30' });
    await becomes('build', 'working');
    await fleet.ok('send_message', { agent: 'build', message: 'SAY later', timeout_seconds: 0.5 });
    await crash(agent);
    await becomes('build', 'crashed');
    const back = await becomes('build', 'idle', 20_000);
    expect(back.conversation).toBe(conversation);
    expect(back.agent).toMatchObject({ name: 'build', role: 'developer' });
    expect(back.agent.pane).not.toBe(agent.pane);
    await until('the message', () => fleet.taken('build').includes('SAY later'));
    // It is still of whoever started it.
    await fleet.ok('kill_agent', { agent: 'build' });
    await pause(4000);
    expect(await fleet.ok('list_agents')).toMatchObject({ agents: [] });
  }); // prettier-ignore

  it('or whose window was closed, is started again where its own start says so, and no other one', { timeout: 60_000 }, async () => {
    await open();
    const own = await fleet.spawn('own', {}, { auto_restart: true });
    const other = await fleet.spawn('other');
    const shell = (await fleet.ok('spawn_agent', { name: 'plain', provider: 'shell', auto_restart: true })).agent;
    await fleet.world.tmux('kill-pane', '-t', own.pane);
    await crash(other);
    await fleet.world.tmux('send-keys', '-t', shell.pane, 'exit 0', 'Enter');
    await becomes('own', 'idle', 20_000);
    expect((await status('own')).agent.session).toBe(own.session);
    await pause(3000);
    expect([(await status('other')).state, (await status('plain')).state]).toEqual(['crashed', 'exited']);
  }); // prettier-ignore

  it('is given up after three tries, until somebody starts it', { timeout: 90_000 }, async () => {
    await open(ON);
    const agent = await fleet.spawn('build');
    rmSync(join(fleet.world.programs, 'claude'));
    const log = join(fleet.world.home, 'starts');
    addScript(fleet.world, 'claude', `[ "$1" = --version ] || { echo x >> ${log}; exit 3; }`);
    await crash(agent);
    const starts = (): number => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0);
    await until('three tries', () => starts() === 3, 40_000);
    await pause(12_000);
    expect([starts(), (await status('build')).state]).toEqual([3, 'crashed']);
  });

  it('is none that ended by itself, or does nothing', { timeout: 60_000 }, async () => {
    await open(ON);
    const done = await fleet.spawn('done');
    const idle = await fleet.spawn('idle');
    await fleet.world.tmux('send-keys', '-t', done.pane, '-l', '/exit');
    await fleet.world.tmux('send-keys', '-t', done.pane, 'Enter');
    await becomes('done', 'exited');
    await pause(5000);
    expect((await status('done')).state).toBe('exited');
    expect((await status('idle')).agent.pane).toBe(idle.pane);
  });

  it('is none whose session, window or pane somebody has ended by a call', { timeout: 60_000 }, async () => {
    await open(ON);
    const { tmux } = fleet.world;
    const [inSession, inWindow, inPane, linked, crashing] = await Promise.all(
      ['session', 'window', 'pane', 'linked', 'crashing'].map((name) => fleet.spawn(name, {}, { session: `of-${name}` })),
    );
    await fleet.ok('create_session', { name: 'stays' });
    await tmux('link-window', '-s', linked.window, '-t', 'stays:');
    await fleet.ok('kill_session', { session: 'of-session' });
    await fleet.ok('kill_session', { session: 'of-linked' });
    await fleet.ok('kill_window', { window: inWindow.window });
    expect((await cli(fleet.world, ['--yes', 'pane', 'kill', inPane.pane])).code).toBe(0);
    // What fails ends nothing for good.
    expect((await fleet.host.call('kill_window', { window: '@999' })).isError).toBe(true);
    await crash(crashing);
    const { pane } = (await status('linked')).agent;
    expect(pane).toBe(linked.pane);
    await crash(linked);
    for (const name of ['linked', 'crashing'])
      await until(`${name} to be back`, async () => (await status(name)).state === 'idle', 20_000);
    await pause(5000);
    for (const name of ['session', 'window', 'pane']) expect([name, (await status(name)).state]).toEqual([name, 'exited']);
    expect((await status('session')).agent.pane).toBe(inSession.pane);
    // Whoever wants it again starts it.
    expect(await fleet.ok('restart_agent', { agent: 'pane' })).toMatchObject({ ready: true });
  }); // prettier-ignore

  it('is none of which nobody knows what has become of it since a snapshot', { timeout: 90_000 }, async () => {
    await open(ON);
    for (const name of ['ended', 'anew', 'same']) await fleet.spawn(name);
    expect((await cli(fleet.world, ['state', 'backup'])).code).toBe(0);
    await fleet.ok('kill_agent', { agent: 'ended' });
    const { agent: anew } = await fleet.ok('restart_agent', { agent: 'anew' });
    await fleet.host.close();
    const states = join(fleet.world.env.XDG_STATE_HOME!, 'tmux-orchestrator');
    const path = join(states, readdirSync(states).find((name) => /^[0-9a-f]{12}$/.test(name))!, 'state.db');
    for (const part of ['-wal', '-shm']) rmSync(`${path}${part}`, { force: true });
    writeFileSync(path, 'damaged '.repeat(1000));
    const host = await legacyHost(fleet.world);
    try {
      const call = async (tool: string, args: object = {}): Promise<any> => (await host.call(tool, args as never)).structuredContent; // prettier-ignore
      await call('list_agents');
      await pause(6000);
      const shown = await fleet.world.tmux('list-panes', '-a', '-F', '#{@orc_agent}');
      expect(shown.split('\n').filter(Boolean).toSorted()).toEqual(['anew', 'same']);
      // Where it shows in another pane it is not started a second time by hand either.
      const again = await cliJson(fleet.world, ['--yes', 'agent', 'restart', 'anew']);
      expect(again).toMatchObject({ ok: false, error: { code: 'CONFLICT' } });
      expect(await call('adopt_agent', { target: anew.pane, name: 'anew', provider: 'claude' })).toMatchObject({ agent: { pane: anew.pane } });
      const same = (await call('get_agent_status', { agent: 'same' })).agent;
      await fleet.world.tmux('kill-pane', '-t', same.pane);
      await until('it to be back', async () => (await call('get_agent_status', { agent: 'same' })).state === 'idle', 20_000);
    } finally {
      await host.close();
    }
    await fleet.world.killServer();
    const restore = (...argv: readonly string[]): Promise<any> => cliJson(fleet.world, ['restore', '--dry-run', ...argv]);
    expect((await restore()).data).toMatchObject({ agents: [{ agent: 'same' }], from_snapshot: ['ended'] });
    expect((await restore('--only', 'ended')).data).toMatchObject({ agents: [{ agent: 'ended' }] });
    expect((await cli(fleet.world, ['restore', '--dry-run'])).stderr).toContain('--only ended');
  }); // prettier-ignore
});
