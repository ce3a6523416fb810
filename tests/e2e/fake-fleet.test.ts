import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FakeFleet, openFakeFleet } from '../support/fake-fleet.js';
import { until } from '../support/world.js';

let fleet: FakeFleet;
const panes = new Map<string, string>();
beforeAll(async () => {
  fleet = await openFakeFleet();
});
afterAll(() => fleet.close());

const NAMES = ['ada', 'bob', 'cyd'];
const status = (agent: string): Promise<any> => fleet.ok('get_agent_status', { agent, explain: true });
const became = (agent: string, state: string): Promise<any> =>
  until(`${agent} to be ${state}`, async () => {
    const found = await status(agent);
    return found.state === state && found;
  });
async function send(name: string, text: string): Promise<void> {
  await fleet.ok('send_keys', { target: panes.get(name), text, keys: ['Enter'] });
}

it('starts fake agents as real ones, which tell of themselves and are read', async () => {
  const agents = await Promise.all(NAMES.map((name) => fleet.spawn(name)));
  for (const { name, pane, provider, state } of agents) {
    panes.set(name, pane);
    expect([provider, state]).toEqual(['claude', 'idle']);
  }
  const { evidence } = await status('ada');
  expect(evidence.map(({ source, says, rule }: any) => [source, says, rule])).toEqual(
    expect.arrayContaining([['hook', 'idle', 'started'], ['screen', 'idle', 'composer']]),
  ); // prettier-ignore
});

it('keeps the truth of each, and its turns are counted', async () => {
  await Promise.all(NAMES.map((name) => send(name, `hello ${name}`)));
  for (const name of NAMES) {
    await until('it to be taken', () => fleet.taken(name).length > 0);
    expect(fleet.taken(name)).toEqual([`hello ${name}`]);
    await until('both ends of its turn', async () => (await status(name)).seq >= 2);
  }
  await became('ada', 'idle');
});

it('shows work and questions as they are', async () => {
  await send('ada', 'SLOW 1');
  await became('ada', 'working');
  await became('ada', 'idle');
  await send('ada', 'ASK');
  const { dialog } = await became('ada', 'waiting_permission');
  expect(dialog.options).toMatchObject([{ label: 'No', selected: true }, { label: 'Yes' }]);
  await fleet.ok('send_keys', { target: panes.get('ada'), keys: ['Enter'] });
  await until('the answer', () => fleet.truth('ada').some(({ answered }) => answered === 'No'));
});

it('has faults of one agent, before it starts too', async () => {
  await fleet.fault('bob', { swallow_enter: true });
  await send('bob', 'to nobody');
  await send('cyd', 'to cyd');
  await until('cyd to take it', () => fleet.taken('cyd').includes('to cyd'));
  await until('bob not to', () => fleet.truth('bob').at(-1)?.swallowed === 'enter');
  expect(fleet.taken('bob')).toEqual(['hello bob']);
  await fleet.fault('dan', { draft: 'half', no_hooks: true });
  const { pane } = await fleet.spawn('dan', { FAKE_TURN_MS: '0' });
  expect(await fleet.world.tmux('capture-pane', '-p', '-t', pane)).toMatch(/^❯.half$/m);
  expect((await status('dan')).evidence.map(({ source }: any) => source)).toEqual(['screen']);
});

it('takes a briefing as a message', async () => {
  await fleet.ok('spawn_agent', { name: 'eve', provider: 'claude', briefing: 'Your task: SAY nothing.', env: { FAKE_LOG: `${fleet.world.home}/eve` } }); // prettier-ignore
  await until('its turn', async () => (await status('eve')).seq >= 2);
});

it('ends by fault', async () => {
  await fleet.fault('cyd', { exit_mid_send: 'enter' });
  await send('cyd', 'last words');
  await became('cyd', 'crashed');
  expect(fleet.taken('cyd')).not.toContain('last words');
});
