import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FakeFleet, openFakeFleet } from '../support/fake-fleet.js';
import { cli } from '../support/program.js';
import { until } from '../support/world.js';

let fleet: FakeFleet;
const send = (agent: string, message: string, more: Record<string, unknown> = {}): Promise<any> =>
  fleet.ok('send_message', { agent, message, timeout_seconds: 0, ...more });
const blocked = async (): Promise<any[]> => (await fleet.ok('get_system_status')).blocked;
const settled = async (agent: string, message: string): Promise<boolean> => {
  await until(`${agent} to take it`, () => fleet.taken(agent).includes(message), 30_000);
  // Once more would come soon.
  await sleep(3000);
  return fleet.taken(agent).filter((text) => text === message).length === 1;
};

beforeAll(async () => {
  fleet = await openFakeFleet();
  await fleet.spawn('ada');
  await fleet.spawn('bob');
  await fleet.spawn('cyd', { CLAUDE_CONFIG_DIR: `${fleet.world.home}/other-account` });
});
afterAll(() => fleet.close());

it('pauses an account, lets others go on, and sends what was cut once more', { timeout: 60_000 }, async () => {
  await send('ada', 'LIMIT 9');
  const [block] = await until('the block', async () => {
    const all = await blocked();
    return all.length > 0 && all;
  });
  expect(block).toMatchObject({ account: 'claude (~/.claude)', guessed: false, agents: ['ada'] });
  const before = Date.parse(block.until);
  const { stdout } = await cli(fleet.world, ['status']);
  expect(stdout).toMatch(/^blocked +claude \(~\/\.claude\): blocked until \d\d:\d\d UTC; ada$/m);

  await send('ada', 'SAY later');
  await send('bob', 'SAY same account');
  await send('cyd', 'SAY another');
  await until('the other account to go on', () => fleet.taken('cyd').includes('SAY another'));
  const { messages } = await fleet.ok('read_inbox', { agent: 'bob' });
  expect(messages).toMatchObject([{ state: 'held', reason: 'rate_limited' }]);
  expect(Date.now()).toBeLessThan(before);

  await until('it to go on', () => fleet.taken('ada').length === 3, 20_000);
  expect(fleet.taken('ada')).toEqual(['LIMIT 9', 'LIMIT 9', 'SAY later']);
  expect(await settled('bob', 'SAY same account')).toBe(true);
  expect(fleet.taken('ada')).toHaveLength(3);
  const times = ['ada', 'bob'].flatMap((name) => fleet.truth(name).filter(({ taken }) => taken !== undefined).slice(name === 'ada' ? 1 : 0));
  for (const { at } of times) expect(at).toBeGreaterThanOrEqual(before - 1500);
  expect(await blocked()).toEqual([]);
}); // prettier-ignore

it('tells an agent that it may go on, whose turn nobody of ours has begun', { timeout: 60_000 }, async () => {
  const { agent } = await fleet.ok('get_agent_status', { agent: 'cyd' });
  await fleet.ok('send_keys', { target: agent.pane, text: 'LIMIT 5 typed by a person', keys: ['Enter'] });
  await until('the limit', async () => (await blocked()).length > 0);
  await until('it to go on', () => fleet.taken('cyd').length === 3, 30_000);
  expect(fleet.taken('cyd').at(-1)).toMatch(/^The usage limit is over\./);
  await sleep(2000);
  expect(fleet.taken('cyd')).toHaveLength(3);
});

it('is no limit where the words only stand on the screen', { timeout: 30_000 }, async () => {
  await send('bob', `SAY You've hit your limit · resets ${new Date(Date.now() + 3_600_000).toISOString()}`);
  await until('its answer', () => fleet.taken('bob').length === 2);
  await sleep(4000);
  expect(await blocked()).toEqual([]);
});
