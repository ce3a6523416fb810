import { describe, expect, it } from 'vitest';
import { drawn as drawnIn, type Drawn, drawnWorld } from '../support/drawn-agents.js';
import { hosted } from '../support/hosted.js';
import { BIN, cli, cliJson, legacyHost, okOf } from '../support/program.js';

const here = hosted(() => drawnWorld({ TMUX_ORC_SECURITY_RISK_RULES: '[]' }));

const ok = (name: string, args: Record<string, unknown> = {}): Promise<any> => okOf(here.host, name, args);
const drawn = (more: Readonly<Record<string, unknown>> = {}): Promise<Drawn> => drawnIn(here.world, here.host, more);
const restart = ({ name }: Drawn, more: object = {}): Promise<any> => ok('restart_agent', { agent: name, ...more });
/** The words that it was started with, each time. */
const starts = ({ noted }: Drawn): string[][] =>
  noted().flatMap((line) => (line.startsWith('argv ') ? [JSON.parse(line.slice(5)) as string[]] : []));
const valueOf = (words: readonly string[] | undefined, flag: string): string | undefined =>
  words?.[words.indexOf(flag) + 1];

describe('a restart', () => {
  it('goes on with the conversation, in a pane in the place of its own, as the same agent', async () => {
    const agent = await drawn({ briefing: 'say hello', role: 'qa', model: 'opus', permission_mode: 'auto' });
    const before = await agent.status();
    const again = await restart(agent);
    expect(again).toMatchObject({ ready: true, resumed: true, briefed: false });
    expect(again.agent).toMatchObject({ name: agent.name, role: 'qa', state: 'idle' });
    const panes = await here.world.tmux('list-panes', '-a', '-F', '#{pane_id}');
    expect(panes.split('\n')).toContain(again.agent.pane);
    expect(panes.split('\n')).not.toContain(agent.pane);
    expect(again.agent.seq).toBeGreaterThanOrEqual(before.seq);
    const [first, second] = starts(agent);
    expect(agent.noted().filter((line) => line.startsWith('said'))).toEqual(['said say hello', 'said /exit']);
    expect(valueOf(second, '--resume')).toBe(valueOf(first, '--session-id'));
    for (const flag of ['--model', '--permission-mode']) expect(valueOf(second, flag)).toBe(valueOf(first, flag));
    const shown = '#{@orc_agent} #{@orc_role} #{pane_current_path}';
    expect(await here.world.tmux('display-message', '-p', '-t', again.agent.pane, shown)).toBe(
      `${agent.name} qa ${here.world.folder}`,
    );
    // It is still of who started it: no yes is asked for.
    await ok('kill_pane', { target: again.agent.pane });
  });

  it('begins a new conversation with the briefing where that is asked for, or nothing was said before', async () => {
    const agent = await drawn({ briefing: 'say hello' });
    expect(await restart(agent, { resume: false })).toMatchObject({ ready: true, resumed: false, briefed: true });
    const [first, second] = starts(agent);
    expect(valueOf(second, '--session-id')).not.toBe(valueOf(first, '--session-id'));
    expect(second?.at(-1)).toBe('say hello');
    const silent = await drawn();
    expect(await restart(silent)).toMatchObject({ ready: true, resumed: false, briefed: false });
  });

  it('begins a new one where the CLI has no such conversation', async () => {
    const agent = await drawn({ briefing: 'say hello', env: { DRAWN_DEAF: 'RESUME' } });
    expect(await restart(agent)).toMatchObject({ ready: true, resumed: false, briefed: true });
    const words = starts(agent);
    expect(words.map((all) => all.includes('--resume'))).toEqual([false, true, false]);
  });

  it('is of one that works, or has crashed, or whose pane is gone', { timeout: 60_000 }, async () => {
    const works = await drawn({ briefing: ' work' });
    expect(await restart(works)).toMatchObject({ ready: true, agent: { state: 'idle' } });
    const crashed = await drawn({ briefing: 'say hello' });
    process.kill(crashed.pid, 'SIGKILL');
    await crashed.becomes('crashed');
    expect(await restart(crashed)).toMatchObject({ ready: true, resumed: true });
    const gone = await drawn({ briefing: 'say hello' });
    await ok('kill_pane', { target: gone.pane });
    const again = await restart(gone);
    expect(again).toMatchObject({ ready: true, resumed: true });
    expect(again.agent.pane).not.toBe(gone.pane);
    expect(await gone.status()).toMatchObject({ state: 'idle' });
  });

  it('of a shell gives it a new proof of who it is', async () => {
    await ok('spawn_agent', { name: 'plain', provider: 'shell' });
    const { agent, ready } = await ok('restart_agent', { agent: 'plain' });
    expect([ready, agent.state]).toEqual([true, 'idle']);
    const command = `node ${BIN} --json agent spawn child --provider shell`;
    const { output } = await ok('run_command', { target: agent.pane, command });
    expect(JSON.parse(output)).toMatchObject({ ok: false, error: { details: { rule: 'spawn_depth' } } });
    const own = await ok('run_command', { target: agent.pane, command: `node ${BIN} --json agent restart plain` });
    expect(JSON.parse(own.output)).toMatchObject({ ok: false, error: { code: 'DENIED' } });
  });

  it('is made once by two that ask for it at the same moment', { timeout: 60_000 }, async () => {
    const agent = await drawn({ briefing: 'say hello' });
    const other = await legacyHost(here.world);
    const calls = [here.host, other].map((by) => by.call('restart_agent', { agent: agent.name }));
    const results = (await Promise.all(calls)).map(({ structuredContent }) => structuredContent.error?.code ?? 'ok');
    await other.close();
    expect(results).toContain('ok');
    expect(await agent.status()).toMatchObject({ state: 'idle' });
    expect(await here.world.tmux('list-panes', '-s', '-t', 'agents', '-F', '#{@orc_agent}')).toContain(agent.name);
  });

  it('is none of what tmux-orc has not started, and needs a yes for what somebody else has', async () => {
    const { pane } = await ok('create_session', { name: 'theirs', command: ['sleep', '1000'] });
    await ok('adopt_agent', { target: pane.id, name: 'adopted', provider: 'codex' });
    const { error } = (await here.host.call('restart_agent', { agent: 'adopted' })).structuredContent;
    expect(error).toMatchObject({ code: 'CONFLICT', hint: expect.stringContaining('spawn_agent') });
    expect(await cliJson(here.world, ['agent', 'restart', 'nobody'])).toMatchObject({ code: 3 });
    const agent = await drawn({ briefing: 'say hello' });
    expect(await cliJson(here.world, ['agent', 'restart', agent.name])).toMatchObject({ error: { code: 'CONFIRMATION_REQUIRED' } });
    expect(agent.noted()).not.toContain('said /exit');
    const { code, stdout, stderr } = await cli(here.world, ['agent', 'restart', agent.name, '--yes', '--no-resume']);
    expect([code, stdout + stderr]).toEqual([0, expect.stringContaining('a new conversation with its briefing')]);
    // It stays of who started it.
    await ok('kill_agent', { agent: agent.name });
  }); // prettier-ignore
});
