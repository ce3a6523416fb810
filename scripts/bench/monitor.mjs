// What it costs to watch over a tmux server: a process that does nothing else, at several numbers of panes. Of five panes
// one is an agent: by turns a plain shell, and a program that shows what Claude Code shows while it is idle. The others are
// programs without a word, and some of all panes print when they are told to.
import { fork } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { quantile, table } from './measure.mjs';
import { cpuMs, residentMb, startedBy } from './proc.mjs';
import { openKeys, screenFile, workingShell } from './subjects.mjs';
import { inAgentWorld } from './world.mjs';

const PROCESS = join(dirname(fileURLToPath(import.meta.url)), 'monitor-process.mjs');
const COUNTS = [10, 50, 100, 200];
const AGENT_EVERY = 5;
const PRINT_MS = 200;
const SETTLING_MS = 5000;
/** The world is made by a server that does not watch. */
const UNWATCHED = { TMUX_ORC_MONITORING_ENABLED: 'false' };

/** Starts the process that watches. @param {Record<string, string>} settings environment of it */
async function startMonitor({ env }, settings = {}) {
  const child = fork(PROCESS, { env: { ...env, TMUX_ORC_MONITORING_ENABLED: 'true', ...settings }, execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const waiting = new Map();
  let last = 0;
  const answer = (id) => new Promise((resolve) => waiting.set(id, resolve));
  child.on('message', ({ id, value }) => {
    waiting.get(id)?.(value);
    waiting.delete(id);
  });
  const gone = ended.then(() => Promise.reject(new Error('the process that watches has ended')));
  gone.catch(() => undefined);
  await Promise.race([answer(0), gone]);
  const ask = (what) => {
    const id = ++last;
    child.send({ id, ask: what });
    return Promise.race([answer(id), gone]);
  };
  const stats = async (is) => {
    const deadline = performance.now() + SETTLING_MS * 4;
    for (;;) {
      const found = await ask('stats');
      if (is(found)) return found;
      if (performance.now() > deadline) throw new Error('the monitor does not get on');
      await sleep(50);
    }
  };
  await stats(({ rounds }) => rounds > 1);
  return {
    pid: child.pid,
    ask,
    close: async () => {
      const id = ++last;
      child.send({ id, ask: 'close' });
      await ended;
    },
  };
} // prettier-ignore

/** So many panes in all; agents first, so that some of them print too. */
async function fill({ call, spawnTmux }, folder, count) {
  const idle = screenFile(folder, 'claude', 'idle');
  const shown = ['sh', '-c', 'cat "$0"; exec sleep 100000', idle];
  await call('create_session', { name: 'screens', command: shown, width: 120, height: 45 });
  const agents = count / AGENT_EVERY;
  for (let n = 0; n < agents; n++) {
    if (n % 2 === 0) await call('spawn_agent', { name: `shell-${n}`, provider: 'shell' });
    else {
      const { pane } = await call('create_window', { session: 'screens', name: `screen-${n}`, command: shown });
      await call('adopt_agent', { target: pane.id, name: `screen-${n}`, provider: 'claude' });
    }
  }
  // The world begins with two panes, and the session of the screens with one.
  for (let n = agents + 3; n < count; n++) await spawnTmux(['new-window', '-d', '-t', 'bench:', 'sleep', '100000']);
}

/** One of ten prints a line again and again: by its terminal, without a process. @returns what stops it */
async function printing({ spawnTmux }) {
  const { stdout } = await spawnTmux(['list-panes', '-a', '-F', '#{pane_tty}']);
  const files = stdout.trim().split('\n').filter((_, index) => index % 10 === 0).map((tty) => openSync(tty, 'w')); // prettier-ignore
  let lines = 0;
  const timer = setInterval(() => {
    for (const file of files) writeSync(file, `line ${++lines} of what a program tells while it works\r\n`);
  }, PRINT_MS);
  return () => {
    clearInterval(timer);
    for (const file of files) closeSync(file);
  };
}

/** @returns percent of one processor, of the monitor and of tmux, and times of rounds */
async function costOf(world, monitor, seconds) {
  await monitor.ask('times');
  const cpu = () => [monitor.pid, world.pids.tmux].map(cpuMs);
  const [before, started] = [cpu(), performance.now()];
  await sleep(seconds * 1000);
  const whole = performance.now() - started;
  const percent = cpu().map((after, index) => ((after - before[index]) / whole) * 100);
  return { percent, times: await monitor.ask('times') };
}

const percent = (value) => `${value.toFixed(2)} %`;
const spread = (times) => [0.5, 0.95].map((part) => quantile(times, part).toFixed(1)).join(' / ');

async function costAt(world, folder, count, seconds) {
  await fill(world, folder, count);
  const monitor = await startMonitor(world);
  try {
    await sleep(SETTLING_MS);
    let idle;
    const processes = await startedBy([monitor.pid, world.pids.tmux], async () => {
      idle = await costOf(world, monitor, seconds);
    });
    const stop = await printing(world);
    await sleep(1000);
    const busy = await costOf(world, monitor, seconds);
    stop();
    const memory = residentMb(monitor.pid);
    const cells = ({ percent: parts, times }) => [...parts.map(percent), spread(times)];
    return [String(count), ...cells(idle), ...cells(busy), processes, memory === undefined ? '' : `${memory.toFixed(0)} MB`];
  } finally {
    await monitor.close();
  }
} // prettier-ignore

/** From what is done to an agent to its event on record, both on the clock of the machine. */
async function lagsOf(world, folder, rounds) {
  await fill(world, folder, 50);
  const keys = openKeys(world.env);
  const names = Array.from({ length: 5 }, (_, n) => `worker-${n}`);
  const subjects = [];
  for (const name of names) subjects.push([name, await workingShell(world, keys, folder, name)]);
  const monitor = await startMonitor(world);
  const acts = [];
  const work = async ([agent, { changes }]) => {
    for (let round = 0; round < rounds; round++)
      for (const { prepare, act, to } of changes) {
        await prepare();
        await sleep(1200 + Math.random() * 1000);
        acts.push({ agent, to, at: Date.now() });
        await act();
      }
    await sleep(2500);
  };
  try {
    await Promise.all(subjects.map(work));
    const events = await monitor.ask('events');
    const told = ({ agent, to, at }) => events.find((event) => event.agent === agent && event.state === to && event.at >= at);
    const lags = acts.flatMap((act) => told(act)?.at - act.at || []);
    const shown = [0.5, 0.95, 1].map((part) => quantile(lags, part).toFixed(0)).join(' / ');
    return [['from a change to its event on record, ms, p50 / p95 / max', shown, String(acts.length - lags.length)]];
  } finally {
    await monitor.close();
    await keys.close();
  }
} // prettier-ignore

/** As fast as rounds may come. */
const HURRIED = { TMUX_ORC_MONITORING_INTERVAL_MS: '1' };

async function memoryOver(world, folder, rounds) {
  await fill(world, folder, 50);
  const monitor = await startMonitor(world, HURRIED);
  const stop = await printing(world);
  const rows = [];
  try {
    for (let part = 0; part <= 10; part++) {
      let done = 0;
      // Its first rounds are no measure.
      const wanted = Math.max(rounds * 0.05, (rounds * part) / 10);
      for (; done < wanted; await sleep(200)) done = (await monitor.ask('stats')).rounds;
      rows.push([String(done), (await monitor.ask('heap')).toFixed(1), residentMb(monitor.pid)?.toFixed(1) ?? '']);
    }
    return rows;
  } finally {
    stop();
    await monitor.close();
  }
}

/**
 * @param {string} folder
 * @param {string} bin
 * @param {{quick: boolean, long: boolean}} extent long: memory over 10,000 rounds too, which takes some minutes
 * @returns {Promise<string[]>} tables
 */
export async function measureMonitor(folder, bin, { quick, long }) {
  const seconds = quick ? 5 : 20;
  const within = (name, work) => inAgentWorld(join(folder, name), bin, (world) => work(world, join(folder, name)), UNWATCHED);
  const costs = [];
  for (const count of COUNTS)
    costs.push(await within(`panes-${count}`, (world, own) => costAt(world, own, count, seconds)));
  const lags = await within('events', (world, own) => lagsOf(world, own, quick ? 2 : 6));
  const tables = [
    table(['watched panes', 'idle: our processor', 'tmux', 'round ms, p50 / p95', '10 % print: our processor', 'tmux', 'round ms, p50 / p95', 'processes', 'memory'], costs),
    table(['lag', '', 'never told'], lags),
  ];
  if (long) tables.push(table(['rounds', 'heap after a collection, MB', 'resident, MB'], await within('rounds', (world, own) => memoryOver(world, own, 10_000))));
  return tables;
} // prettier-ignore
