import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawn as drawnIn, type Drawn, drawnWorld } from '../support/drawn-agents.js';
import { hosted } from '../support/hosted.js';
import { BIN, cli, cliJson, okOf } from '../support/program.js';
import { until } from '../support/world.js';

const here = hosted(drawnWorld);
// The server ends with its last session.
beforeAll(() => ok('create_session', { name: 'stays' }));

const ok = (name: string, args: Record<string, unknown> = {}): Promise<any> => okOf(here.host, name, args);
const drawn = (deaf = '', more: Readonly<Record<string, unknown>> = {}): Promise<Drawn> =>
  drawnIn(here.world, here.host, { env: { DRAWN_DEAF: deaf }, ...more });
/** One that has ended stays, without words, until its parent has looked (proc(5), cmdline). */
function runs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'latin1') !== '';
  } catch {
    return false;
  }
}
const panes = (): Promise<string> => here.world.tmux('list-panes', '-a', '-F', '#{pane_id}');

/** It runs no more, has no pane, and its name is free. */
async function isGone({ name, pane, pid }: { name: string; pane: string; pid: number }): Promise<void> {
  expect(runs(pid)).toBe(false);
  expect((await panes()).split('\n')).not.toContain(pane);
  const { agents } = await ok('list_agents');
  expect(agents.map((agent: { name: string }) => agent.name)).not.toContain(name);
}

describe('the end of an agent', () => {
  it('is by its own command where it waits for a message', async () => {
    const agent = await drawn();
    const killed = await ok('kill_agent', { agent: agent.name });
    expect(killed).toMatchObject({ ended_by: 'exit_command', agent: { name: agent.name, state: 'exited' } });
    expect(agent.noted()).toContain('said /exit');
    await isGone(agent);
    await ok('spawn_agent', { name: agent.name, provider: 'shell' });
  });

  it('is by a signal where it works, or takes no command, or has a draft', async () => {
    const works = await drawn('', { briefing: ' work' });
    const asks = await drawn('EXIT');
    const writes = await drawn();
    await ok('send_keys', { target: writes.pane, text: 'half a line' });
    for (const agent of [works, asks, writes]) {
      const killed = await ok('kill_agent', { agent: agent.name, grace_seconds: 6 });
      expect(killed).toMatchObject({ ended_by: 'signal', agent: { state: 'crashed' } });
      await isGone(agent);
    }
    for (const agent of [works, writes]) expect(agent.keys()).toEqual([]);
  });

  it('is with its pane where it takes no notice, also of that', { timeout: 60_000 }, async () => {
    for (const deaf of ['EXIT,TERM', 'EXIT,TERM,HUP']) {
      const agent = await drawn(deaf);
      expect(await ok('kill_agent', { agent: agent.name, grace_seconds: 3 })).toMatchObject({ ended_by: 'pane' });
      expect(agent.noted()).toContain('SIGTERM');
      await isGone(agent);
    }
  });

  it('is at once without grace, and none where it has ended before', async () => {
    const agent = await drawn('TERM');
    expect(await ok('kill_agent', { agent: agent.name, grace_seconds: 0 })).toMatchObject({ ended_by: 'pane' });
    await isGone(agent);
    const ended = await drawn();
    process.kill(ended.pid, 'SIGKILL');
    await ended.becomes('crashed');
    const { stdout, stderr } = await cli(here.world, ['agent', 'kill', ended.name]);
    expect(stdout + stderr).toContain(`${ended.name} had ended (crashed).`);
    await isGone(ended);
    expect(await cliJson(here.world, ['agent', 'kill', ended.name])).toMatchObject({ code: 3, error: { code: 'NOT_FOUND' } });
  }); // prettier-ignore

  it('of a shell is by its command, but never behind a half-typed line', async () => {
    const spawned = async (name: string): Promise<{ name: string; pane: string; pid: number }> => {
      const { agent } = await ok('spawn_agent', { name, provider: 'shell', cwd: here.world.folder });
      const pid = Number(await here.world.tmux('display-message', '-p', '-t', agent.pane, '#{pane_pid}'));
      return { name, pane: agent.pane, pid };
    };
    const plain = await spawned('plain');
    expect(await ok('kill_agent', { agent: 'plain' })).toMatchObject({ ended_by: 'exit_command' });
    await isGone(plain);
    const typed = await spawned('typed');
    await ok('send_keys', { target: typed.pane, text: 'touch ' });
    expect(await ok('kill_agent', { agent: 'typed', grace_seconds: 3 })).toMatchObject({ ended_by: 'signal' });
    await isGone(typed);
    expect(existsSync(join(here.world.folder, 'exit'))).toBe(false);
  });

  it('of an adopted one leaves the shell that it was started in', async () => {
    const { pane } = await ok('create_session', { name: 'theirs' });
    await ok('send_keys', { target: pane.id, text: `DRAWN_DEAF=EXIT ${join(here.world.home, 'programs', 'claude')}`, keys: ['Enter'] });
    await until('the program', async () => (await here.world.tmux('capture-pane', '-p', '-t', pane.id)).includes('? for shortcuts'));
    await ok('adopt_agent', { target: pane.id, name: 'adopted', provider: 'claude' });
    expect(await ok('kill_agent', { agent: 'adopted', grace_seconds: 3 })).toMatchObject({ ended_by: 'signal', agent: { state: 'exited' } });
    expect(await ok('run_command', { target: pane.id, command: 'echo still here' })).toMatchObject({ output: 'still here\n' });
    expect(await here.world.tmux('display-message', '-p', '-t', pane.id, '#{@orc_agent}')).toBe('');
  }); // prettier-ignore

  it('touches no other program that has its pane by now', async () => {
    const agent = await drawn();
    await here.world.tmux('respawn-pane', '-k', '-t', agent.pane, 'sleep 1000');
    expect((await ok('kill_agent', { agent: agent.name })).ended_by).toBeUndefined();
    expect((await panes()).split('\n')).toContain(agent.pane);
    expect(await here.world.tmux('display-message', '-p', '-t', agent.pane, '#{pane_current_command}')).toBe('sleep');
  });

  it('is none of what the call itself runs in, or of what somebody else started without a yes', async () => {
    const { agent } = await ok('spawn_agent', { name: 'own', provider: 'shell' });
    const { output } = await ok('run_command', { target: agent.pane, command: `node ${BIN} --json agent kill own` });
    expect(JSON.parse(output)).toMatchObject({ ok: false, error: { code: 'DENIED' } });
    const asking = { ...here.world, env: { ...here.world.env, TMUX_ORC_SECURITY_RISK_RULES: '[]' } };
    expect(await cliJson(asking, ['agent', 'kill', 'own'])).toMatchObject({ error: { code: 'CONFIRMATION_REQUIRED' } });
    expect(await cliJson(asking, ['agent', 'kill', 'own', '--yes'])).toMatchObject({ code: 0, data: { ended_by: 'exit_command' } });
  }); // prettier-ignore

  it('takes its worktree along where nothing is lost by that', async () => {
    const repository = join(here.world.folder, 'repository');
    mkdirSync(repository);
    const git = (...words: string[]): string => execFileSync('git', ['-C', repository, ...words], { encoding: 'utf8' });
    git('init', '-q');
    git('-c', 'user.name=t', '-c', 'user.email=t@t', 'commit', '-q', '--allow-empty', '-m', 'first');
    const spawned = (name: string): Promise<any> => ok('spawn_agent', { name, provider: 'shell', cwd: repository, worktree: true });
    const { worktree } = await spawned('clean');
    const killed = await ok('kill_agent', { agent: 'clean' });
    expect(killed.worktree).toEqual({ ...worktree, removed: true });
    expect(existsSync(worktree.path)).toBe(false);
    const { worktree: kept } = await spawned('busy');
    writeFileSync(join(kept.path, 'work'), 'not committed');
    expect((await ok('kill_agent', { agent: 'busy' })).worktree).toEqual({ ...kept, removed: false, reason: expect.any(String) });
    expect(existsSync(join(kept.path, 'work'))).toBe(true);
  }); // prettier-ignore
});
