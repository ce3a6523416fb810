// What a message costs until it is proven to be taken, beside the usual way: six programs, two of which sleep, and a look
// at the screen at the end that proves nothing by itself.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { quantile, table, timeEach } from './measure.mjs';

const run = promisify(execFile);
const FAKE = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'tests', 'support', 'fake-agent.mjs');
const TURN_MS = '50';
const WARM_UP = 3;
const TURN = 5;

/** The environment in which `claude` is an agent that needs no model. @param {string} folder */
export function fakeOnPath(folder) {
  const programs = join(folder, 'programs');
  mkdirSync(programs, { recursive: true });
  symlinkSync(FAKE, join(programs, 'claude'));
  return { PATH: `${programs}:${process.env.PATH ?? ''}` };
}

/** An agent, and how to wait until it is at rest after the last message. */
async function startAgent(world, name, provider, env = {}) {
  const { agent, ready } = await world.call('spawn_agent', { name, provider, env });
  if (!ready) throw new Error(`${name} is ${agent.state}`);
  let { seq } = agent;
  const rest = async (after = seq) => {
    const waited = await world.call('wait_for_agents', { agents: [name], after_seq: after, timeout_seconds: 10 });
    if (waited.outcome !== 'met') throw new Error(`${name} does not come to rest`);
    ({ seq } = waited.agents[0]);
  };
  return { name, pane: agent.pane, rest };
}

/** From the call to the receipt, which has to say that it was taken. */
async function send({ call }, { name, rest }, message) {
  const started = performance.now();
  const { receipt } = await call('send_message', { agent: name, message, timeout_seconds: 10 });
  const ms = performance.now() - started;
  if (receipt.state !== 'submitted') throw new Error(`${receipt.state}: ${receipt.reason}`);
  await rest(receipt.seq);
  return ms;
}

/** With the times that others sleep, as processes of a shell script would. */
async function usualSend({ env, spawnTmux }, { pane, rest }, message) {
  const [ms] = await timeEach(1, async () => {
    const loading = run('tmux', ['-u', '-L', 'bench', 'load-buffer', '-'], { env });
    loading.child.stdin.end(message);
    await loading;
    await spawnTmux(['paste-buffer', '-p', '-t', pane]);
    await run('sleep', ['0.3']);
    await spawnTmux(['send-keys', '-t', pane, 'Enter']);
    await run('sleep', ['0.5']);
    await spawnTmux(['capture-pane', '-p', '-t', pane]);
  });
  await rest();
  return ms;
}

const textOf = (n) => `Message ${n}: look at src/index.ts, and say what "it" does; then wait.`;

/** How many of the texts an agent has really taken exactly once. */
function takenOnce(log, texts) {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
  const taken = lines.flatMap(({ taken: text }) => (text === undefined ? [] : [text]));
  return texts.filter((text) => taken.filter((one) => one === text).length === 1).length;
}

const spread = (times) => [0.5, 0.95].map((part) => quantile(times, part).toFixed(0)).join(' / ');

/**
 * In turns of a few, so that a change of the machine's speed falls on both.
 *
 * @param world with the fake agent on PATH
 * @param {string} folder
 * @param {{quick: boolean}} extent
 * @returns {Promise<string>} a table
 */
export async function measureSends(world, folder, { quick }) {
  const count = quick ? 20 : 60;
  const subjects = [];
  for (const [what, way] of [['ours', send], ['usual', usualSend]]) {
    const log = join(folder, `${what}.log`);
    const agent = await startAgent(world, what, 'claude', { FAKE_LOG: log, FAKE_TURN_MS: TURN_MS });
    for (let n = 0; n < WARM_UP; n++) await way(world, agent, `Warm-up ${n}`);
    subjects.push({ way, agent, log, times: [] });
  } // prettier-ignore
  const texts = Array.from({ length: count }, (_, n) => textOf(n));
  for (let from = 0; from < count; from += TURN)
    for (const { way, agent, times } of subjects)
      for (const text of texts.slice(from, from + TURN)) times.push(await way(world, agent, text));

  const shell = await startAgent(world, 'command', 'shell');
  const commands = [];
  for (let n = -WARM_UP; n < count; n++) {
    const ms = await send(world, shell, `: ${n}`);
    if (n >= 0) commands.push(ms);
  }
  const [ours, usual] = subjects;
  const ratio = (times) => (quantile(times, 0.5) / quantile(usual.times, 0.5)).toFixed(2);
  const once = ({ log }) => `${takenOnce(log, texts)} of ${count}`;
  return table(
    ['ms until a message is sent', 'p50 / p95', 'ratio', 'taken once'],
    [
      ['send_message, proven', spread(ours.times), ratio(ours.times), once(ours)],
      ['paste, sleep, Enter, sleep, capture', spread(usual.times), '1', once(usual)],
      ['send_message to a shell, proven', spread(commands), ratio(commands), ''],
    ],
  );
}
