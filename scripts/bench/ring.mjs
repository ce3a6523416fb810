// What the rings cost: calls through the dispatcher with all guards on and the state on disk, on a tmux that answers at
// once.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { median, quantile, timeEach } from './measure.mjs';
import { loadSource } from './source.mjs';

/** Every guard does its work, and none of them refuses. */
const LIMITS = [
  ...['MAX_REQUESTS', 'BURST_SIZE', 'USER_MAX_REQUESTS', 'USER_BURST_SIZE'].map((name) => `RATE_LIMIT_${name}`),
  'BUDGET_MAX_TOOL_CALLS_PER_SESSION',
  ...['MAX_IDENTICAL_CALLS', 'MAX_IDENTICAL_READS'].map((name) => `LOOP_DETECTION_${name}`),
];
const WARM_UP = 500;
const AT_ONCE = 10;

const SERVER = { pid: 1, startedAt: 1 };

/** An answer for each call that the measured operations make of tmux. */
const TMUX = {
  list: () => Promise.resolve({ sessions: [] }),
  createSession: () =>
    Promise.resolve({
      session: { id: '$1', name: 'ring' },
      window: { id: '@1', index: 0, name: 'ring' },
      pane: { id: '%1', pid: 1, server: SERVER },
    }),
  endingBy: () => TMUX,
  status: () => ({ mode: 'control', connected: true, connects: 1, outcomes: [] }),
  close: () => Promise.resolve(),
};

/**
 * @param {string} folder of its own
 * @param {number} rounds
 */
export async function measureRings(folder, rounds) {
  const { createApp } = await loadSource({ createApp: 'src/app/create-app.ts' });
  const home = join(folder, 'ring-home');
  mkdirSync(home);
  const limits = Object.fromEntries(LIMITS.map((name) => [`TMUX_ORC_SECURITY_${name}`, '1000000']));
  const env = { PATH: process.env.PATH ?? '', HOME: home, ...limits };
  const app = await createApp({ env, cwd: home, flags: {}, tmux: TMUX });
  const call = async (name, args) => {
    const result = await app.dispatcher.dispatch({ name, args, surface: 'mcp', client: 'bench' });
    if (!result.ok) throw new Error(JSON.stringify(result.error));
  };
  const calls = {
    'a read': () => call('list_sessions', {}),
    'a change': () => call('create_session', { name: 'ring' }),
  };
  const rows = [];
  for (const [what, work] of Object.entries(calls)) {
    await timeEach(WARM_UP, work);
    const times = await timeEach(rounds, work);
    rows.push([`rings around ${what}`, median(times), quantile(times, 0.99)]);
  }
  const started = performance.now();
  const workers = Array.from({ length: AT_ONCE }, () => timeEach(rounds / AT_ONCE, calls['a read']));
  await Promise.all(workers);
  const perSecond = rounds / ((performance.now() - started) / 1000);
  await app.close();
  return { rows, perSecond };
}
