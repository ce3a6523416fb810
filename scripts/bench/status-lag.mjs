// How long an agent has changed before a look tells so. Looks follow each other at once, and the change comes at a moment of
// its own among them. The time runs from the act that makes the change, so no lag is shown too short: it contains what the
// agent itself takes (a shell its new process, tmux the death of one).
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, timeEach } from './measure.mjs';
import { childCpuMs, cpuMs } from './proc.mjs';

const LONGEST_MS = 10_000;
const POLLED_MS = { least: 5, spread: 25 };
const TURN = 50;

async function until(look, state) {
  const deadline = performance.now() + LONGEST_MS;
  while ((await look()) !== state) if (performance.now() > deadline) throw new Error(`no look says ${state}`);
}

/** @returns milliseconds, and how many looks said neither what was nor what is */
async function lagOf(look, { from, to, act }) {
  let at;
  const acting = sleep(POLLED_MS.least + Math.random() * POLLED_MS.spread).then(() => {
    at = performance.now();
    return act();
  });
  let neither = 0;
  const told = async () => {
    const state = await look();
    if (state !== to && state !== from) neither++;
    return at === undefined ? from : state;
  };
  await Promise.all([acting, until(told, to)]);
  return { ms: performance.now() - at, neither };
}

/** @returns for each kind of change the lags of both ways to look */
export async function measureLags(subject, rounds) {
  const found = new Map();
  for (let round = 0; round < rounds; round++)
    for (const way of ['ours', 'spawned'])
      for (const change of subject.changes) {
        await change.prepare();
        for (const look of [subject.ours, subject.spawned]) await until(look, change.from);
        const kinds = found.get(change.what) ?? { ours: [], spawned: [] };
        kinds[way].push(await lagOf(subject[way], change));
        found.set(change.what, kinds);
      }
  return found;
}

const spread = (lags) => [0.5, 0.95, 1].map((part) => quantile(lags, part));

/** @returns cells: the kind, p50, p95 and max of both ways, the ratio of the medians, looks of ours that said neither */
export function lagRow([what, { ours, spawned }]) {
  const [one, other] = [ours, spawned].map((lags) => spread(lags.map(({ ms }) => ms)));
  const shown = [one, other].map((parts) => parts.map((ms) => ms.toFixed(1)).join(' / '));
  const neither = ours.reduce((total, lag) => total + lag.neither, 0);
  return [what, ...shown, (one[0] / other[0]).toFixed(2), String(neither)];
}

/** One look in both ways: its time, and the processor time of all that takes part but the caller. */
export async function measureLook(world, subject, rounds) {
  const { server, tmux } = world.pids;
  const cpu = () => cpuMs(server) + cpuMs(tmux) + childCpuMs(process.pid);
  const found = { ours: { times: [], cpu: 0 }, spawned: { times: [], cpu: 0 } };
  for (let round = 0; round < rounds; round += TURN)
    for (const way of ['ours', 'spawned']) {
      const before = cpu();
      found[way].times.push(...(await timeEach(TURN, subject[way])));
      found[way].cpu += cpu() - before;
    }
  return found;
}
