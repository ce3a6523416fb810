import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeFleet, openFakeFleet } from '../support/fake-fleet.js';
import { cli, cliJson } from '../support/program.js';
import { addScript } from '../support/programs.js';
import { until } from '../support/world.js';

let fleet: FakeFleet;
beforeEach(async () => {
  fleet = await openFakeFleet();
});
afterEach(() => fleet.close());

const status = (agent: string): Promise<any> => fleet.ok('get_agent_status', { agent });
const names = async (): Promise<string[]> =>
  (await fleet.ok('list_agents')).agents.map(({ name }: { name: string }) => name);
const restore = (...argv: readonly string[]): Promise<any> => cliJson(fleet.world, ['restore', ...argv]);
const named = ({ data }: { data: { agents: { agent: string }[] } }): string[] => data.agents.map(({ agent }) => agent);

/** Three agents, one of which leads and was started last, and two that nobody wants back. */
async function fleetOfThree(): Promise<string> {
  const build = await fleet.spawn('build', {}, { session: 'work', model: 'opus', role: 'qa' });
  await fleet.spawn('silent');
  await fleet.spawn('lead', {}, { role: 'pm' });
  await fleet.spawn('ended');
  await fleet.ok('kill_agent', { agent: 'ended' });
  const done = await fleet.spawn('done');
  await fleet.world.tmux('send-keys', '-t', done.pane, '-l', '/exit');
  await fleet.world.tmux('send-keys', '-t', done.pane, 'Enter');
  await until('its end', async () => (await status('done')).state === 'exited');
  await fleet.ok('send_message', { agent: 'build', message: 'SAY hello' });
  await until('its turn', async () => (await status('build')).agent.seq >= 2 && (await status('build')).state === 'idle');
  const { conversation } = await status('build');
  expect(build.session).toBe('work');
  return conversation as string;
} // prettier-ignore

describe('restore', () => {
  it('brings a fleet back after the end of its server, those that lead first', { timeout: 120_000 }, async () => {
    const conversation = await fleetOfThree();
    await fleet.ok('send_message', { agent: 'build', message: 'SLOW 30' });
    await until('its work', async () => (await status('build')).state === 'working');
    await fleet.ok('send_message', { agent: 'build', message: 'SAY later', timeout_seconds: 0.5 });
    await fleet.world.killServer();
    const plan = await restore('--dry-run');
    expect(plan.data.agents).toMatchObject([
      { agent: 'lead', role: 'pm', provider: 'claude', resumes: false },
      { agent: 'build', role: 'qa', session: 'work', resumes: true, cwd: fleet.world.folder, permission_mode: 'ask' },
      { agent: 'silent', resumes: false },
    ].toSorted((a, b) => (a.agent === 'lead' ? -1 : 0) - (b.agent === 'lead' ? -1 : 0)));
    expect(await restore()).toMatchObject({ code: 4, error: { code: 'CONFIRMATION_REQUIRED' } });
    await expect(fleet.world.tmux('-N', 'list-sessions')).rejects.toThrow();
    const done = await restore('--yes');
    expect(done).toMatchObject({ code: 0, ok: true });
    expect(named(done)).toEqual(['lead', 'build', 'silent']);
    expect(done.data.agents).toMatchObject([{ ready: true }, { ready: true, resumed: true }, { ready: true }]);
    await until('what waited', () => fleet.taken('build').includes('SAY later'));
    const back = await status('build');
    expect(back).toMatchObject({ conversation, agent: { role: 'qa', session: 'work' } });
    expect((await names()).toSorted()).toEqual(['build', 'lead', 'silent']);
    expect(await restore('--yes')).toMatchObject({ code: 0, data: { agents: [] } });
    // They are still of whoever started them, and what was ended by itself comes back where it is asked for.
    for (const agent of await names()) await fleet.ok('kill_agent', { agent });
    expect(named(await restore('--yes', '--only', 'done'))).toEqual(['done']);
  }); // prettier-ignore

  it('goes on with the rest where one fails, and says so', { timeout: 60_000 }, async () => {
    await fleet.ok('spawn_agent', { name: 'plain', provider: 'shell', role: 'pm' });
    await fleet.spawn('build');
    await fleet.ok('spawn_agent', { name: 'other', provider: 'shell' });
    await fleet.world.killServer();
    rmSync(join(fleet.world.programs, 'claude'));
    addScript(fleet.world, 'claude', 'exit 3');
    expect(await restore('--only', 'nobody')).toMatchObject({ code: 3, error: { code: 'NOT_FOUND' } });
    const { code, stdout } = await cli(fleet.world, ['restore', '--yes']);
    expect(code).toBe(8);
    expect(stdout).toMatch(/plain +yes[^]*build +no +crashed[^]*other +yes/);
  });

  it('is nothing that an agent does', { timeout: 60_000 }, async () => {
    const { agent } = await fleet.ok('spawn_agent', { name: 'plain', provider: 'shell' });
    const command = `${process.execPath} ${join(import.meta.dirname, '../../bin/tmux-orc.js')} --json restore --dry-run`;
    const { output } = await fleet.ok('run_command', { target: agent.pane, command });
    expect(JSON.parse(output)).toMatchObject({ ok: false, error: { code: 'DENIED' } });
  });
});
