// What many agents cost that do nothing: a host looks at all of them twice a second.
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, timeEach } from './measure.mjs';
import { childCpuMs, cpuMs, residentMb, startedBy } from './proc.mjs';
import { interrupts, screenFile, shellState, spawnedLook } from './subjects.mjs';

const INTERVAL_MS = 500;
const AT_ONCE = 5;
const STARTING_MS = 20_000;
const SINGLE_LOOKS = 50;

async function inParallel(count, work) {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

export const shells = {
  judge: shellState,
  start: (world, count) =>
    inParallel(count, (n) => world.call('spawn_agent', { name: `shell-${n}`, provider: 'shell' })),
};

/** Programs that show what Claude Code shows while it is idle. */
export const screens = {
  judge: interrupts,
  start: async (world, count, folder) => {
    const command = ['sh', '-c', 'cat "$0"; exec sleep 100000', screenFile(folder, 'claude', 'idle')];
    await world.call('create_session', { name: 'screens', command, width: 120, height: 45 });
    await inParallel(count, async (n) => {
      const { pane } = await world.call('create_window', { session: 'screens', name: `screen-${n}`, command });
      await world.call('adopt_agent', { target: pane.id, name: `screen-${n}`, provider: 'claude' });
    });
  },
};

const list = async ({ call }) => (await call('list_agents', { limit: 500 })).agents;

/** @returns the agents, once so many are there and idle */
export async function allIdle(world, count) {
  const deadline = performance.now() + STARTING_MS;
  for (;;) {
    const agents = await list(world);
    if (agents.length === count && agents.every(({ state }) => state === 'idle')) return agents;
    if (performance.now() > deadline) throw new Error('the agents do not come to rest');
    await sleep(INTERVAL_MS);
  }
}

/** @returns milliseconds of each call, and percent of one processor of our server and of tmux */
async function looks(world, seconds) {
  const { server, tmux } = world.pids;
  const cpu = () => [server, tmux].map(cpuMs);
  const [before, started] = [cpu(), performance.now()];
  const times = [];
  for (let due = started; due < started + seconds * 1000; due += INTERVAL_MS) {
    await sleep(Math.max(0, due - performance.now()));
    times.push(...(await timeEach(1, () => list(world))));
  }
  await sleep(Math.max(0, started + seconds * 1000 - performance.now()));
  const whole = performance.now() - started;
  const percent = cpu().map((after, index) => ((after - before[index]) / whole) * 100);
  return { times, percent };
}

/** Processor time of one look at all agents, in milliseconds: of all that takes part but the caller. */
async function cpuOf(world, rounds, work) {
  const cpu = () => cpuMs(world.pids.server) + cpuMs(world.pids.tmux) + childCpuMs(process.pid);
  const before = cpu();
  const times = await timeEach(rounds, work);
  return { ms: quantile(times, 0.5), cpu: (cpu() - before) / rounds };
}

/**
 * @param world with nothing in it
 * @param kind `shells` or `screens`
 * @returns rows: what, and a cell
 */
export async function measureIdle(world, kind, { count, seconds, rounds, folder }) {
  await kind.start(world, count, folder);
  const agents = await allIdle(world, count);
  const pids = await Promise.all(agents.map(({ pane }) => world.pidOf(pane)));
  let seen;
  const started = await startedBy([world.pids.server, world.pids.tmux, ...pids], async () => {
    seen = await looks(world, seconds);
  });
  const memory = residentMb(world.pids.server);
  const single = await timeEach(SINGLE_LOOKS, () => world.call('get_agent_status', { agent: agents[0].name }));
  const ours = await cpuOf(world, rounds * 10, () => list(world));
  const spawned = await cpuOf(world, rounds, async () => {
    for (const { pane } of agents) await spawnedLook(world, pane, kind.judge);
  });
  const ms = (value) => `${value.toFixed(1)} ms`;
  const [server, tmux] = seen.percent.map((value) => `${value.toFixed(1)} %`);
  return [
    ['list_agents each 500 ms, p50', ms(quantile(seen.times, 0.5))],
    ['list_agents each 500 ms, p95', ms(quantile(seen.times, 0.95))],
    ['processor meanwhile: our server', server],
    ['processor meanwhile: tmux', tmux],
    ['processes started meanwhile', started],
    ['memory of our server', memory === undefined ? 'unknown' : `${memory.toFixed(1)} MB`],
    ['get_agent_status of one, p50', ms(quantile(single, 0.5))],
    ['look at all: list_agents', ms(ours.ms)],
    ['look at all: spawned', ms(spawned.ms)],
    ['ratio', (ours.ms / spawned.ms).toFixed(3)],
    ['processor for that: list_agents', ms(ours.cpu)],
    ['processor for that: spawned', ms(spawned.cpu)],
    ['ratio', (ours.cpu / spawned.cpu).toFixed(3)],
  ];
}
