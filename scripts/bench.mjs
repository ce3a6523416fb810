// Measures the built program against one `tmux` process per call, side by side in one run. Prints ratios: absolute
// times differ from machine to machine. `--peer "<command>"` measures another stdio MCP server for start-up too;
// `--quick` makes fewer rounds, `--agents` measures only agents, `--long` twice as many of them, `--messages` only messages
// to them and waits, `--monitor` only what watching costs, with `--long` also its memory over 10,000 rounds.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { measureAgents, measureMessages } from './bench/agents.mjs';
import { startServer } from './bench/client.mjs';
import { median, table, timeEach } from './bench/measure.mjs';
import { measureMonitor } from './bench/monitor.mjs';
import { residentMb, startedBy } from './bench/proc.mjs';
import { measureRings } from './bench/ring.mjs';
import { createBenchWorld } from './bench/world.mjs';

const BIN = join(dirname(fileURLToPath(import.meta.url)), '..', 'bin', 'tmux-orc.js');
const argv = process.argv.slice(2);
const quick = argv.includes('--quick');
const peer = argv.includes('--peer') ? argv[argv.indexOf('--peer') + 1] : undefined;
const ROUNDS = quick ? 60 : 300;
const TURN = 10;
/** A server of a fleet runs for days: what is measured is not its first calls. */
const WARM_UP = quick ? 60 : 200;
const STARTS = quick ? 7 : 15;
const SWEEPS = 20;

const milliseconds = (value) => `${value.toFixed(2)} ms`;
const ratioRow = (what, ours, other, aim) => [
  what,
  milliseconds(ours),
  milliseconds(other),
  (ours / other).toFixed(2),
  aim,
];

async function startUp(command, args, env) {
  const server = startServer(command, args, { env });
  const ms = await server.initialize();
  await server.close();
  return ms;
}

function bareNode(env) {
  return new Promise((resolve) => {
    const started = performance.now();
    spawn(process.execPath, ['-e', '0'], { env, stdio: 'ignore' }).once('close', () =>
      resolve(performance.now() - started),
    );
  });
}

/** In turns of a few, so that a change of the machine's speed falls on both. */
async function against(what, aim, ours, theirs) {
  const [a, b] = [[], []];
  await timeEach(WARM_UP, ours);
  for (let round = 0; round < ROUNDS; round += TURN) {
    a.push(...(await timeEach(TURN, ours)));
    b.push(...(await timeEach(TURN, theirs)));
  }
  return ratioRow(what, median(a), median(b), aim);
}

async function starts(env) {
  const [ours, bare, others] = [[], [], []];
  for (let n = 0; n < STARTS; n++) {
    ours.push(await startUp(process.execPath, [BIN, 'serve'], env));
    bare.push(await bareNode(env));
    if (peer !== undefined) others.push(await startUp('/bin/sh', ['-c', `exec ${peer}`], env));
  }
  const rows = [ratioRow('start to initialize / node -e 0', median(ours), median(bare), '<= 3.5')];
  if (peer !== undefined) rows.push(ratioRow('the peer: start to initialize', median(others), median(bare), ''));
  return rows;
}

/** The calls that may start no process at all, in our server, in tmux or in the shell. */
async function childless({ pids }, calls) {
  const found = [];
  for (const [name, work] of Object.entries(calls)) {
    await work();
    found.push([name, await startedBy(Object.values(pids), () => timeEach(20, work))]);
  }
  return found;
}

async function measure(world) {
  const { call, pane, quiet, spawnTmux } = world;
  const oneSpawn = () => spawnTmux(['display-message', '-p', '-t', pane, 'x']);
  const calls = {
    list_sessions: () => call('list_sessions', {}),
    capture_pane: () => call('capture_pane', { target: pane, lines: 20 }),
    send_keys: () => call('send_keys', { target: quiet, text: 'x' }),
    'run_command true': () => call('run_command', { target: pane, command: 'true' }),
  };
  const aims = ['<= 0.25', '<= 0.25', '<= 0.25', '<= 0.6'];
  await calls['run_command true']();
  const rows = [];
  for (const [index, [name, work]] of Object.entries(calls).entries())
    rows.push(await against(`${name} / one spawn`, aims[index], work, oneSpawn));
  // At least 1,200 calls so far, as the aim says, where the rounds are not quick.
  const memory = residentMb(world.pids.server);

  const started = performance.now();
  await Promise.all(Array.from({ length: 1000 }, () => call('list_sessions', { detail: 'sessions' })));
  rows.push(['1,000 list_sessions at once', milliseconds(performance.now() - started), '', '', '']);

  const waiting = () => call('wait_for_output', { target: quiet, pattern: 'never', timeout_seconds: 0.1 });
  const processes = await childless(world, { ...calls, wait_for_output: waiting });

  await world.manyPanes(100);
  const sweep = await timeEach(SWEEPS, () => call('list_sessions', { detail: 'panes' }));
  rows.push(ratioRow('100 panes listed / one spawn', median(sweep), median(await timeEach(SWEEPS, oneSpawn)), '<= 3'));
  rows.push(...(await starts(world.env)));
  return { rows, processes, memory };
}

/** In this process, so that no protocol is measured with them. */
async function rings(folder) {
  const { rows, perSecond } = await measureRings(folder, quick ? 1000 : 5000);
  const shown = rows.map(([what, p50, p99]) => [what, milliseconds(p50), milliseconds(p99), '0.25 and 2 ms']);
  return [...shown, ['reads a second, 10 at once', perSecond.toFixed(0), '', '>= 2000']];
}

async function calls(folder) {
  const world = await createBenchWorld(folder, BIN);
  try {
    const { rows, processes, memory } = await measure(world);
    const found = [table(['what', 'ours', 'other', 'ratio', 'aim'], rows), table(['processes started by', ''], processes)];
    if (memory !== undefined)
      found.push(`memory of the server after ${4 * (ROUNDS + WARM_UP)} calls: ${memory.toFixed(1)} MB (aim <= 75)`);
    return [...found, table(['all guards on', 'p50', 'p99', 'aim'], await rings(folder))];
  } finally {
    await world.close();
  }
} // prettier-ignore

const folder = mkdtempSync(join(tmpdir(), 'orc-bench-'));
const print = (texts) => process.stdout.write(`${texts.join('\n\n')}\n`);
try {
  const extent = { quick, long: argv.includes('--long') };
  if (argv.includes('--messages')) print(await measureMessages(folder, BIN, extent));
  else if (argv.includes('--monitor')) print(await measureMonitor(folder, BIN, extent));
  else {
    if (!argv.includes('--agents')) print([...(await calls(folder)), '']);
    print([...(await measureAgents(folder, BIN, extent)), '']);
    // Memory takes minutes: only where it is asked for.
    print(await measureMonitor(folder, BIN, { ...extent, long: false }));
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
