import process from 'node:process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serverName } from '../../src/app/state-folder.js';
import { createDoneMarks, isDone } from '../../src/agents/done.js';
import { createEventLog, type MonitorEvent } from '../../src/monitor/event-log.js';
import type { ManagedAgent } from '../../src/store/managed-agents.js';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { type FakeFleet, openFakeFleet } from '../support/fake-fleet.js';
import { createManagedPanes, type ManagedPanes } from '../support/managed-panes.js';
import { cli, cliJson } from '../support/program.js';
import { until } from '../support/world.js';

let fleet: FakeFleet;
let rows: ManagedPanes;
let store: ReturnType<typeof createSqliteStore>;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function enlist(name: string, more: Pick<ManagedAgent, 'role' | 'team'>): Promise<ManagedAgent> {
  await fleet.spawn(name);
  const row = { ...(await rows.byName(name))!, ...more };
  if (!(await rows.add(row))) throw new Error(`there is another agent ${name}`);
  return row;
}
const eventsOf = async (agent: string): Promise<MonitorEvent[]> =>
  (await createEventLog(store).after(0)).filter((event) => event.agent === agent && event.kind !== 'state');

beforeAll(async () => {
  fleet = await openFakeFleet();
  rows = createManagedPanes(fleet.world);
  await fleet.ok('create_session', { name: 'first' });
  const root = join(fleet.world.env.XDG_STATE_HOME!, 'tmux-orchestrator');
  const folder = join(root, serverName(fleet.world.socketPath));
  store = createSqliteStore({ root, folder, name: 'state.db', timeoutMs: () => 5000 });
});
afterAll(async () => {
  await store.close();
  await rows.close();
  await fleet.close();
});

it('a worker that crashes is told to the lead of its team, once, and to no other', { timeout: 90_000 }, async () => {
  await enlist('lead', { role: 'pm', team: 'red' });
  await enlist('stranger', { role: 'pm', team: 'blue' });
  const worker = await enlist('worker', { role: 'developer', team: 'red' });
  await until('the monitor to see it', async () => (await createEventLog(store).last()) > 0, 10_000);
  await sleep(1500);
  process.kill(worker.panePid, 'SIGKILL');
  await until('a digest', () => fleet.taken('lead').length > 0, 30_000);
  const [text = ''] = fleet.taken('lead');
  expect(text).toMatch(/^\[message ([0-9a-f]{12}) from the monitor of tmux-orc, not from your user\]\n[\s\S]*\n\[end of message \1\]$/);
  expect(text).toMatch(/\n- \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: worker has crashed\. /);
  await sleep(6000);
  expect(fleet.taken('lead')).toHaveLength(1);
  expect(fleet.taken('stranger')).toEqual([]);
  expect((await eventsOf('worker')).map(({ kind, team }) => `${kind} ${String(team)}`)).toEqual(['crashed red']);
  expect(fleet.host.stderr()).toContain('monitor: crashed of agent:worker');
  const answer = await cliJson(fleet.world, ['security', 'events', '-n', '50']);
  expect(answer.ok && answer.data.events).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ word: 'alert:agent_crashed', class: 'high', caller: 'agent:worker' }),
    ]),
  );
}); // prettier-ignore

it('that an agent is done it says itself, or whoever sends it the last message', { timeout: 60_000 }, async () => {
  const { env, agent } = await rows.manage((await fleet.ok('create_session', { name: 'inner' })).pane.id, { name: 'inner', team: 'red' });
  const inside = { ...fleet.world, env: { ...fleet.world.env, ...env } };
  expect((await cli(inside, ['agent', 'inbox', '--done'])).code).toBe(0);
  const marks = createDoneMarks(store);
  expect(isDone((await marks.all()).get('inner'), agent.panePid, 1)).toBe(true);
  expect(await cliJson(fleet.world, ['agent', 'inbox', 'lead', '--done'])).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } });
  await fleet.ok('send_message', { agent: 'stranger', message: 'thanks, that was all', done: true });
  expect([...(await marks.all()).keys()].sort()).toEqual(['inner', 'stranger']);
  await fleet.ok('send_message', { agent: 'stranger', message: 'one more thing' });
  expect([...(await marks.all()).keys()]).toEqual(['inner']);
}); // prettier-ignore
