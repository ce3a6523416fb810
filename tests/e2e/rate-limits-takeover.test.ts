import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FakeFleet, openFakeFleet } from '../support/fake-fleet.js';
import { type Host, legacyHost, okOf } from '../support/program.js';
import { until } from '../support/world.js';

let fleet: FakeFleet;
let other: Host | undefined;
beforeAll(async () => {
  fleet = await openFakeFleet();
});
afterAll(async () => {
  await other?.close();
  await fleet.close();
});

it('goes on where the process that watched was killed meanwhile', { timeout: 60_000 }, async () => {
  await fleet.spawn('ada');
  await fleet.ok('send_message', { agent: 'ada', message: 'LIMIT 8' });
  await until('the block', async () => (await fleet.ok('get_system_status')).blocked.length > 0);
  process.kill(fleet.host.pid, 'SIGKILL');
  other = await legacyHost(fleet.world);
  const { blocked } = await okOf(other, 'get_system_status');
  expect(blocked).toMatchObject([{ agents: ['ada'], guessed: false }]);
  await until('it to go on', () => fleet.taken('ada').length > 1, 30_000);
  await sleep(3000);
  expect(fleet.taken('ada')).toEqual(['LIMIT 8', 'LIMIT 8']);
  expect(fleet.truth('ada').filter(({ limited }) => limited === true)).toHaveLength(1);
});
