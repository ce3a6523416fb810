// What waiting costs: callers that wait for the same idle agents look at them together.
import { setTimeout as sleep } from 'node:timers/promises';
import { table } from './measure.mjs';
import { cpuMs } from './proc.mjs';

const SECONDS = 5;
const WAITERS = [0, 1, 10];

/** Until all calls have been let in. */
const BEGINNING_MS = 2500;

/**
 * Processor seconds in each second of our server, and of tmux: over all of the work, and without its beginning, when
 * each call is checked, and its end.
 */
async function costOf({ pids }, work) {
  const now = () => ({ at: performance.now(), cpu: [pids.server, pids.tmux].map(cpuMs) });
  const between = (from, to) => to.cpu.map((ms, index) => (ms - from.cpu[index]) / (to.at - from.at));
  const started = now();
  const [, middle] = await Promise.all([
    work(),
    sleep(BEGINNING_MS).then(async () => {
      const from = now();
      await sleep(SECONDS * 1000 - BEGINNING_MS - 200);
      return between(from, now());
    }),
  ]);
  return [...between(started, now()), ...middle];
}

/** Nobody asks for the same twice, which would be taken for a loop. */
let asked = 0;

async function wait({ call }, agents) {
  const timeout = SECONDS + ++asked / 1000;
  const { outcome } = await call('wait_for_agents', { agents, until: 'exited', timeout_seconds: timeout });
  if (outcome !== 'timeout') throw new Error(`a wait for idle agents ended: ${outcome}`);
}

/**
 * @param world with nothing else to do
 * @param {string[]} agents names of idle ones
 * @param {{quick: boolean}} extent
 * @returns {Promise<string>} a table
 */
export async function measureWaits(world, agents, { quick }) {
  const rounds = quick ? 1 : 3;
  const found = WAITERS.map(() => [0, 0, 0, 0]);
  // What was started just now settles.
  await sleep(1000);
  for (let round = 0; round < rounds; round++)
    for (const [index, waiters] of WAITERS.entries()) {
      const work = waiters === 0 ? () => sleep(SECONDS * 1000) : () => Promise.all(Array.from({ length: waiters }, () => wait(world, agents)));
      const cost = await costOf(world, work);
      found[index] = found[index].map((sum, part) => sum + cost[part] / rounds);
    } // prettier-ignore
  const rows = found.map((parts, index) => [String(WAITERS[index]), ...parts.map((part) => part.toFixed(3))]);
  return table(
    [
      `waiting for ${agents.length} idle agents, at once`,
      'processor: our server',
      'tmux',
      'after the beginning',
      'tmux',
    ],
    rows,
  );
}
