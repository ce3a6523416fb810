// Many agents, messages to them all the time, and random ends: of panes, of agents, of servers of ours, the one that
// watches among them, and of the tmux server. In the end the books have to balance: no message was taken twice, what was
// said of each is so, the audit log is sound, and nothing is left behind.
// `--minutes 3`, `--agents 100`, `--fakes 4` (of them; each is a Node process, the others are shells), `--seed n`.
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createBooks } from './soak/books.mjs';
import { createFleet, fakeOnPath } from './soak/fleet.mjs';
import { startHosts } from './soak/hosts.mjs';
import { leftovers } from './soak/leftovers.mjs';
import { createRandom } from './soak/random.mjs';

const run = promisify(execFile);
const BIN = join(dirname(fileURLToPath(import.meta.url)), '..', 'bin', 'tmux-orc.js');
const given = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const [minutes, agents, fakes] = [given('minutes', 3), given('agents', 100), given('fakes', 4)];
const seed = given('seed', randomInt(2 ** 31));
const random = createRandom(seed);
const SENDERS = 4;
const HOSTS = 3;
/** Of the time that is left for messages to settle, and for the end. */
const SETTLING_MS = 45_000;
const say = (text) => process.stdout.write(`${text}\n`);

const folder = mkdtempSync(join(tmpdir(), 'orc-soak-'));
const temporary = join(folder, 'tmp');
for (const name of ['home', 'tmp']) mkdirSync(join(folder, name));
const env = {
  ...{ PATH: fakeOnPath(folder), HOME: join(folder, 'home'), SHELL: '/bin/bash', TERM: 'xterm-256color' },
  ...{ TMUX_TMPDIR: folder, TMPDIR: temporary, TMUX_ORC_TMUX_SOCKET_NAME: 'soak' },
  // Its calls are no attack, and it may change what tmux itself has made.
  ...{ TMUX_ORC_SECURITY_RATE_LIMIT_ENABLED: 'false', TMUX_ORC_SECURITY_BUDGET_ENABLED: 'false' },
  ...{ TMUX_ORC_SECURITY_LOOP_DETECTION_ENABLED: 'false', TMUX_ORC_SECURITY_RISK_RULES: '[{"risk":"low"}]' },
  ...{ TMUX_ORC_AGENTS_MAX_AGENTS: '1000', TMUX_ORC_AGENTS_MIN_FREE_MEMORY_MB: '0' },
};
const tmux = async (...argv) =>
  (await run('tmux', ['-u', '-L', 'soak', ...argv], { env, timeout: 10_000 })).stdout.trim();

/**
 * tmux 3.3a waits for ever at its end when a control client was killed while output for it was pending, which is what
 * happens here: then it is killed too.
 */
async function endTmux() {
  const pid = Number(await tmux('display-message', '-p', '#{pid}').catch(() => ''));
  await tmux('kill-server').catch(() => undefined);
  if (!(pid > 1)) return;
  try {
    for (const deadline = performance.now() + 3000; performance.now() < deadline; await sleep(50)) process.kill(pid, 0);
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** What ends, how often in relation to the others. */
function endings({ hosts, fleet, books, until }) {
  const oneOf = async (work) => {
    const agent = random.one(fleet.living());
    if (agent === undefined) return;
    books.ended(agent);
    fleet.gone(agent);
    await work(agent).catch(() => undefined);
  };
  const killPane = () => oneOf(({ pane }) => tmux('kill-pane', '-t', pane));
  const killAgent = () =>
    oneOf(async ({ pane }) => {
      const pid = Number(await tmux('display-message', '-p', '-t', pane, '#{pane_pid}'));
      if (pid > 1) process.kill(pid, 'SIGKILL');
    });
  const killServer = async () => {
    const pid = Number(await tmux('display-message', '-p', '#{pid}'));
    books.allEnded();
    fleet.allGone();
    if (pid > 1) process.kill(pid, 'SIGKILL');
    await sleep(500);
    await fleet.fill(until);
  };
  return { killPane, killAgent, killHost: hosts.kill, killServer };
}

async function disturb({ killPane, killAgent, killHost, killServer }, fleet, until) {
  const counts = { panes: 0, agents: 0, servers: 0, 'tmux servers': 0 };
  const started = performance.now();
  // One in the middle of each three minutes, when there is time left to begin anew.
  const every = 180_000;
  let serverAt = started + every / 2;
  while (performance.now() < until) {
    await sleep(random.between(500, 2000));
    const what = random.between(0, 10);
    if (performance.now() > serverAt && until - performance.now() > 40_000) {
      serverAt += every;
      await killServer();
      counts['tmux servers']++;
    } else if (what < 2) { await killHost(); counts.servers++; }
    else if (what < 6) { await killPane(); counts.panes++; }
    else { await killAgent(); counts.agents++; }
    await fleet.fill(until);
  }
  return counts;
} // prettier-ignore

async function soak() {
  const wrong = [];
  const hosts = await startHosts({ bin: BIN, env, cwd: join(folder, 'home'), count: HOSTS }, random);
  const fleet = createFleet(hosts, folder, { agents, fakes });
  const books = createBooks(hosts, fleet, random);
  try {
    await fleet.fill(performance.now() + 120_000);
    say(`${fleet.living().length} agents, of which ${fakes} are not shells`);
    const until = performance.now() + minutes * 60_000;
    const send = async () => {
      for (; performance.now() < until; await sleep(random.between(20, 200))) await books.send();
    };
    const senders = Array.from({ length: SENDERS }, send);
    const counts = await disturb(endings({ hosts, fleet, books, until }), fleet, until);
    await Promise.all(senders);
    say(`${books.count()} messages; ended: ${Object.entries(counts).map(([what, count]) => `${count} ${what}`).join(', ')}`);
    await books.settle(performance.now() + SETTLING_MS);
    await sleep(1000);
    const { text, wrong: unbalanced } = books.balance();
    say(text);
    wrong.push(...unbalanced);
  } finally {
    await hosts.close().catch((error) => wrong.push(error.message));
    await endTmux();
  }
  const audit = await run(process.execPath, [BIN, '--json', 'audit', 'verify'], { env, timeout: 60_000 }).catch((error) => error);
  const { data } = JSON.parse(audit.stdout || '{}');
  say(`audit log: ${data?.status}, ${data?.records} records, ${data?.open_intents} changes without an outcome`);
  if (data?.status !== 'ok') wrong.push('the audit log is not sound');
  return [...wrong, ...(await leftovers(folder, temporary))];
} // prettier-ignore

say(`seed ${seed}`);
try {
  const wrong = await soak();
  for (const line of wrong) say(`WRONG: ${line}`);
  say(wrong.length === 0 ? 'The books balance.' : `${wrong.length} things do not add up (seed ${seed}).`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
