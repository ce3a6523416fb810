import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInProviders } from '../../src/providers/index.js';
import { until } from '../support/world.js';
import { CHOSEN, drive, type Driven } from './support/driven.js';
import { runs, serversBelow } from './support/servers.js';

/** Where an exact source tells, and elsewhere; a loaded machine may take three times as long. */
const LATEST_MS = { exact: 3 * 500, screen: 3 * 1500 };

describe.each(CHOSEN)('$id, driven by the built server', (cli) => {
  let driven: Driven;
  beforeAll(async () => {
    driven = await drive(cli);
  });
  afterAll(() => driven.close());
  const { ok, spawn, say, becomes } = {
    ok: ((...all) => driven.ok(...all)) as Driven['ok'],
    spawn: ((...all) => driven.spawn(...all)) as Driven['spawn'],
    say: ((...all) => driven.say(...all)) as Driven['say'],
    becomes: ((...all) => driven.becomes(...all)) as Driven['becomes'],
  };

  it('is started with a briefing, and is seen to be ready, at work and idle', { timeout: 180_000 }, async () => {
    const started = await spawn('worker', { briefing: 'SAY briefed' });
    expect(started).toMatchObject({ ready: true, briefed: true, agent: { name: 'worker', provider: cli.id } });
    await until(
      'the briefing',
      () => driven.stub.received.some(({ order }) => order.kind === 'say' && order.text === 'briefed'),
      20_000,
    );
    const { pane } = started.agent;
    await becomes('worker', 'idle', 60_000);
    const { seq } = (await ok('get_agent_status', { agent: 'worker' })) as { seq: number };
    await say(pane, 'SLOW 6');
    await until('the request', () => driven.stub.received.at(-1)?.order.kind === 'slow', 60_000);
    await becomes('worker', 'working', LATEST_MS.screen);
    const { evidence } = await ok('get_agent_status', { agent: 'worker', explain: true });
    process.stdout.write(`${cli.id} working: ${JSON.stringify(evidence)}\n`);
    await becomes('worker', 'idle', 15_000);
    expect((await ok('get_agent_status', { agent: 'worker' })).seq).toBeGreaterThanOrEqual(seq + 2);
    expect((await ok('list_agents')).agents).toMatchObject([{ name: 'worker', state: 'idle' }]);
  });

  it('asks before a command', { timeout: 120_000 }, async () => {
    if (!cli.asks) return;
    const { pane } = (await ok('list_agents')).agents[0];
    await say(pane, 'TOOL touch lab-proof');
    await becomes('worker', 'waiting_permission', 30_000);
    // A file of its own may tell of it before it is drawn.
    const dialog = await until('the question', async () => (await ok('get_agent_status', { agent: 'worker' })).dialog);
    process.stdout.write(`${cli.id} asks: ${JSON.stringify(dialog)}\n`);
    expect(dialog.options.length).toBeGreaterThan(1);
    await ok('send_keys', { target: pane, keys: ['Escape'] });
    await becomes('worker', 'idle', 15_000);
  });

  it('is crashed when it is killed, whatever its last screen says', { timeout: 60_000 }, async () => {
    const { pane } = (await ok('list_agents')).agents[0];
    await say(pane, 'SLOW 30');
    await becomes('worker', 'working', 15_000);
    const pid = Number(await driven.world.tmux('display-message', '-p', '-t', pane, '#{pane_pid}'));
    const servers = serversBelow(pid);
    // pi takes no MCP servers; Gemini CLI cannot be told of one at its start.
    expect(servers).toHaveLength(['pi', 'gemini'].includes(cli.id) ? 0 : 1);
    process.kill(pid, 'SIGKILL');
    await becomes('worker', 'crashed', LATEST_MS.exact);
    expect(await ok('get_agent_status', { agent: 'worker' })).toMatchObject({ confidence: 1 });
    await until('its server to end', () => servers.every((server) => !runs(server)));
  });

  it('is exited when it is told to end', { timeout: 120_000 }, async () => {
    const { agent } = await spawn('leaving');
    await becomes('leaving', 'idle', 60_000);
    await say(agent.pane, builtInProviders.byId(cli.id)!.exitCommand!);
    await becomes('leaving', 'exited', 15_000);
    expect((await ok('get_agent_status', { agent: 'leaving' })).evidence).toMatchObject([{ rule: 'exit_0' }]);
  });

  it('is crashed at once when it cannot start, with what it said', { timeout: 60_000 }, async () => {
    const failing = await drive(cli, undefined, () => ({
      TMUX_ORC_AGENTS_PROVIDERS: JSON.stringify({ [cli.id]: { args: ['--no-such-flag-at-all'] } }),
    }));
    try {
      const started = await failing.spawn('failing', { briefing: 'touch typed-into-a-shell' });
      process.stdout.write(`${cli.id} fails: ${JSON.stringify(started)}\n`);
      expect(started).toMatchObject({ ready: false, agent: { state: 'crashed' } });
      expect(started.last_lines).not.toBe('');
      expect(existsSync(join(failing.home.project, 'typed-into-a-shell'))).toBe(false);
    } finally {
      await failing.close();
    }
  });
});
