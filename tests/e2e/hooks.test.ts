import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hosted } from '../support/hosted.js';
import { cli, okOf } from '../support/program.js';
import { hookedWorld } from '../support/programs.js';
import { until } from '../support/world.js';

const here = hosted(hookedWorld);
let pane: string;

const log = (): string => join(here.world.home, 'log');
const ok = (name: string, args: Record<string, unknown> = {}): Promise<any> => okOf(here.host, name, args);
const noted = (): any[] => (existsSync(log()) ? readFileSync(log(), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line)) : []); // prettier-ignore
const fact = (name: string): Promise<any> => until(name, () => noted().find((facts) => name in facts)?.[name]);
const status = (): Promise<any> => ok('get_agent_status', { agent: 'hooked', explain: true });
const type = (text: string): Promise<unknown> => ok('send_keys', { target: pane, text, keys: ['Enter'] });
const becomes = (state: string): Promise<unknown> =>
  until(`hooked to be ${state}`, async () => (await status()).state === state);

it('is ready by its own word, though nothing on its screen is known', async () => {
  const started = await ok('spawn_agent', { name: 'hooked', provider: 'claude', env: { HOOKED_LOG: log() } });
  expect(started).toMatchObject({ ready: true, agent: { state: 'idle' } });
  ({ pane } = started.agent);
  expect((await status()).evidence).toMatchObject([{ source: 'hook', rule: 'started', decided: true }]);
});

it('is at work and idle again as it tells, and every turn counts, seen or not', async () => {
  await type('begin');
  await becomes('working');
  expect(await status()).toMatchObject({ seq: 1, evidence: [{ source: 'hook', says: 'working', rule: 'submitted' }] });
  await type('end');
  await becomes('idle');
  expect((await status()).seq).toBe(2);
  await ok('send_keys', { target: pane, text: 'begin', keys: ['Enter'] });
  await ok('send_keys', { target: pane, text: 'fail', keys: ['Enter'] });
  await becomes('error');
  expect(await status()).toMatchObject({ seq: 4, text: 'overloaded' });
});

it('says why, with the command of its own', async () => {
  const { stdout } = await cli(here.world, ['agent', 'explain', 'hooked']);
  expect(stdout).toMatch(/decided by +hook says error \(failed/);
});

it('is offered our server, which is its own: by its name and role', async () => {
  const tools = await fact('tools');
  expect(tools).toContain('list_agents');
  // A developer starts no agents.
  expect(tools).not.toContain('spawn_agent');
  const { agents } = await fact('listed');
  expect(agents).toMatchObject([{ name: 'hooked' }]);
  const folder = join(here.world.env.XDG_STATE_HOME!, 'tmux-orchestrator', 'audit');
  const text = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8')).join(''); // prettier-ignore
  expect(text).toContain('"agent:hooked"');
});

it('is crashed when it is killed, and its server ends with it', async () => {
  const server = await fact('server');
  expect(existsSync(`/proc/${String(server)}`)).toBe(true);
  process.kill(Number(await here.world.tmux('display-message', '-p', '-t', pane, '#{pane_pid}')), 'SIGKILL');
  await becomes('crashed');
  await until('its server to end', () => !existsSync(`/proc/${String(server)}`));
});
