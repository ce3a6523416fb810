import { describe, expect, it } from 'vitest';
import { asking, drawn, drawnWorld } from '../support/drawn-agents.js';
import { hosted } from '../support/hosted.js';
import { BIN, cli, cliJson, legacyHost, okOf } from '../support/program.js';
import { until } from '../support/world.js';

const here = hosted(drawnWorld);

const ok = (name: string, args: Record<string, unknown> = {}): Promise<any> => okOf(here.host, name, args);

describe('an interrupt', () => {
  it('stops a turn, proves it, and counts its end', async () => {
    const agent = await drawn(here.world, here.host, { briefing: ' work' });
    await agent.becomes('working');
    const { seq } = (await agent.status()) as { seq: number };
    const stopped = await ok('interrupt_agent', { agent: agent.name });
    expect(stopped).toMatchObject({ pressed: ['Escape'], agent: { state: 'idle', seq: seq + 1 } });
    expect(agent.keys()).toEqual(['Escape']);
  });

  it('presses nothing where nothing is at work', async () => {
    const agent = await drawn(here.world, here.host);
    expect(await ok('interrupt_agent', { agent: agent.name })).toMatchObject({ pressed: [], agent: { state: 'idle' } });
    expect((await cli(here.world, ['agent', 'interrupt', agent.name])).stderr).toContain('nothing was pressed');
    expect(agent.keys()).toEqual([]);
    expect(await cliJson(here.world, ['agent', 'interrupt', 'nobody'])).toMatchObject({ code: 3 });
  });

  it('refuses a permission where the question says that Escape does', async () => {
    const agent = await asking(here.world, here.host, {});
    const refused = await ok('interrupt_agent', { agent: agent.name });
    expect(refused).toMatchObject({ pressed: ['Escape'], agent: { state: 'idle' } });
    expect(agent.chosen()).toEqual([]);
  });

  it('is said to be unknown where it goes on', { timeout: 60_000 }, async () => {
    const agent = await drawn(here.world, here.host, { briefing: ' work', env: { DRAWN_DEAF: 'ESC' } });
    const { error } = (await here.host.call('interrupt_agent', { agent: agent.name })).structuredContent;
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(agent.keys()).toEqual(['Escape', 'Escape', 'Escape']);
  });

  it('stops the command of a shell', async () => {
    const { agent } = await ok('spawn_agent', { name: 'sleeper', provider: 'shell' });
    await ok('send_keys', { target: agent.pane, text: 'sleep 1000', keys: ['Enter'] });
    await until('the command', async () => (await ok('get_agent_status', { agent: 'sleeper' })).state === 'working');
    const stopped = await ok('interrupt_agent', { agent: 'sleeper' });
    expect(stopped).toMatchObject({ pressed: ['C-c'], agent: { state: 'idle' } });
  });

  it('is none of what the call itself runs in, or of what a worker has not started', async () => {
    const { agent } = await ok('spawn_agent', { name: 'own', provider: 'shell' });
    const command = `node ${BIN} --json agent interrupt own`;
    const { output } = await ok('run_command', { target: agent.pane, command });
    expect(JSON.parse(output)).toMatchObject({ ok: false, error: { details: { rule: 'own_pane' } } });
    const { output: other } = await ok('run_command', {
      target: agent.pane,
      command: command.replace('own', 'sleeper'),
    });
    expect(JSON.parse(other)).toMatchObject({ ok: false, error: { details: { rule: 'foreign_access' } } });
  });
});

describe('an interrupt where nothing else goes on', () => {
  it('is made past all limits, and in a lockdown', async () => {
    const limits = { REQUESTS: '2', BURST: '2', WINDOW: '600' };
    const env = Object.fromEntries(Object.entries(limits).map(([name, value]) => [`TMUX_ORC_RATE_LIMIT_${name}`, value]));
    const other = drawnWorld({ TMUX_ORC_SECURITY_RATE_LIMIT_ENABLED: 'true', ...env });
    const by = await legacyHost(other);
    try {
      const agent = await drawn(other, by, { briefing: ' work' });
      const call = async (name: string): Promise<any> => (await by.call(name, { agent: agent.name })).structuredContent;
      for (let n = 0; n < 3; n++) await call('get_agent_status');
      expect((await call('get_agent_status')).error.code).toBe('RATE_LIMITED');
      expect((await cli(other, ['security', 'lockdown'])).code).toBe(0);
      expect(await call('interrupt_agent')).toMatchObject({ pressed: ['Escape'], agent: { state: 'idle' } });
      expect(await cliJson(other, ['agent', 'kill', agent.name])).toMatchObject({ error: { code: 'LOCKED_DOWN' } });
    } finally {
      await by.close();
      await other.close();
    }
  }); // prettier-ignore
});
