// Measures the built program against one `tmux` process per call, side by side in one run. Prints ratios: absolute
// times differ from machine to machine. `--peer "<command>"` measures another stdio MCP server for start-up too;
// `--quick` makes fewer rounds.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { createBenchWorld } from './bench/world.mjs';
import { median, table, timeEach } from './bench/measure.mjs';

const BIN = join(dirname(fileURLToPath(import.meta.url)), '..', 'bin', 'tmux-orc.js');
const argv = process.argv.slice(2);
const quick = argv.includes('--quick');
const peer = argv.includes('--peer') ? argv[argv.indexOf('--peer') + 1] : undefined;
const ROUNDS = quick ? 60 : 300;

/** Milliseconds from spawn to the answer of initialize, and the process's own memory then. */
function startUp(command, args, env) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
    child.once('error', reject);
    child.stdout.once('data', () => {
      resolve(performance.now() - started);
      child.kill();
    });
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } };
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`);
  });
}

function bareNode() {
  return new Promise((resolve) => {
    const started = performance.now();
    spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }).once('close', () => resolve(performance.now() - started));
  });
}

/** Processes forked on this machine since it started (proc(5), /proc/stat); undefined where there is no /proc. */
function forks() {
  try {
    return Number(/^processes (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

function residentMb(pid) {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return undefined;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'orc-bench-'));
const world = await createBenchWorld(folder, BIN);
const rows = [];
const add = (what, ours, other, aim) => {
  const ratio = other === undefined ? undefined : ours / other;
  rows.push([
    what,
    `${ours.toFixed(2)} ms`,
    other === undefined ? '' : `${other.toFixed(2)} ms`,
    ratio?.toFixed(2) ?? '',
    aim ?? '',
  ]);
};
try {
  const { host, pane, spawnTmux } = world;
  const call = (name, args) => host.callTool({ name, arguments: args });
  const spawned = median(await timeEach(ROUNDS, () => spawnTmux(['display-message', '-p', 'x'])));
  const against = async (what, aim, ours, theirs) => {
    // In turns, so that a change of the machine's speed falls on both.
    const [a, b] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      a.push(...(await timeEach(1, ours)));
      b.push(...(await timeEach(1, theirs)));
    }
    add(what, median(a), median(b), aim);
  };
  const oneSpawn = () => spawnTmux(['display-message', '-p', '-t', pane, 'x']);
  await call('list_sessions', {});
  await call('run_command', { target: pane, command: 'true' });
  await against('list_sessions / one spawn', '<= 0.25', () => call('list_sessions', {}), oneSpawn);
  await against(
    'capture_pane / one spawn',
    '<= 0.25',
    () => call('capture_pane', { target: pane, lines: 20 }),
    oneSpawn,
  );
  await against(
    'send_keys / one spawn',
    '<= 0.25',
    () => call('send_keys', { target: world.quiet, text: 'x' }),
    oneSpawn,
  );
  await against(
    'run_command true / one spawn',
    '<= 0.6',
    () => call('run_command', { target: pane, command: 'true' }),
    oneSpawn,
  );

  const pipelined = performance.now();
  await Promise.all(Array.from({ length: 1000 }, () => call('list_sessions', { detail: 'sessions' })));
  add('1,000 list_sessions at once', performance.now() - pipelined, undefined);

  await world.manyPanes(100);
  const sweep = median(await timeEach(20, () => call('list_sessions', { detail: 'panes' })));
  add('100 panes listed / one spawn', sweep, spawned, '<= 3');

  const starts = await timeEach(1, () => undefined).then(async () => {
    const [ours, bare, others] = [[], [], []];
    for (let n = 0; n < (quick ? 7 : 15); n++) {
      ours.push(await startUp(process.execPath, [BIN, 'serve'], world.env));
      bare.push(await bareNode());
      if (peer !== undefined) others.push(await startUp('/bin/sh', ['-c', peer], world.env));
    }
    return { ours: median(ours), bare: median(bare), peer: others.length > 0 ? median(others) : undefined };
  });
  add('start to initialize / node -e 0', starts.ours, starts.bare, '<= 3.5');
  if (starts.peer !== undefined) add('the peer: start to initialize / node -e 0', starts.peer, starts.bare);

  const before = forks();
  const counted = quick ? 60 : 300;
  for (let n = 0; n < counted; n++) {
    await call('list_sessions', {});
    await call('capture_pane', { target: pane });
    await call('send_keys', { target: world.quiet, text: 'x' });
    await call('wait_for_output', { target: world.quiet, pattern: 'never', timeout_seconds: 0.1 }).catch(
      () => undefined,
    );
  }
  const after = forks();
  process.stdout.write(`${table(['what', 'ours', 'other', 'ratio', 'aim'], rows)}\n\n`);
  if (before !== undefined && after !== undefined) {
    process.stdout.write(
      `processes started by this machine during ${counted * 4} list, capture, send, wait calls: ${after - before}\n`,
    );
  }
  const memory = residentMb(world.pid);
  if (memory !== undefined)
    process.stdout.write(
      `memory of the server after ${String(world.calls())} calls: ${memory.toFixed(1)} MB (aim <= 75)\n`,
    );
} finally {
  await world.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
