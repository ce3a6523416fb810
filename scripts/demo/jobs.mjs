// What the demo runs, and how it does so with the tools of the server. No other file knows the tools that start,
// follow and read programs.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './place.mjs';
import { DemoError } from './problems.mjs';

/**
 * A job is a program in a pane of its own.
 *
 * @typedef {object} Job
 * @property {string} name
 * @property {string} shown the command for people
 * @property {string[]} argv the program of the pane
 * @property {string} [typed] what is typed into it
 * @property {RegExp} [expected] a line of its output when it worked
 * @property {string} [pane] id
 * @property {number} startedAt monotonic milliseconds
 * @property {number} [deadAt] when it was first seen to have ended
 * @property {number} [endedAt] the same, once its exit code is known or given up
 * @property {number} [exitCode]
 * @property {string[]} output
 */

export const SESSION = 'demo';
const LOOK_MS = 400;
const LONGEST_MS = 180_000;
const KEPT_LINES = 200;
/** How long the exit status of a program that has ended may be missing. */
const STATUS_MS = 3000;
const PROMPT_MS = 2000;

/** @returns {Job} */
const job = (name, shown, argv, more = {}) => ({ name, shown, argv, startedAt: 0, output: [], ...more });

/** @param {string} file @param {string[]} argv */
const node = (file, ...argv) => [process.execPath, `node_modules/${file}`, ...argv];

/** @param {Record<string, string>} env what git will see */
function hasHistory(env) {
  const result = spawnSync('git', ['log', '-n', '1', '--format=%h'], { cwd: ROOT, env, encoding: 'utf8' });
  return result.status === 0 && result.stdout.trim() !== '';
}

/**
 * @param {Record<string, string>} env
 * @returns {Job[]}
 */
export function chooseJobs(env) {
  const typed = hasHistory(env) ? 'git --no-pager log --oneline --shortstat -n 4' : 'wc -l package.json src/*/*.ts';
  const cruise = ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'err'];
  return [
    job('types', 'tsc -p . --diagnostics', node('typescript/bin/tsc', '-p', '.', '--diagnostics'), {
      expected: /^Files:\s+\d+/,
    }),
    job('tests', 'vitest run tests/unit/config', node('vitest/vitest.mjs', 'run', 'tests/unit/config'), {
      expected: /^ *Tests .*[1-9]\d* passed/,
    }),
    job('layers', 'depcruise src --output-type err', node('dependency-cruiser/bin/dependency-cruise.mjs', ...cruise), {
      expected: /no dependency violations/,
    }),
    // exec, so that the pane ends with this command and its exit code.
    job('shell', typed, ['/bin/sh'], { typed: `exec ${typed}` }),
  ];
}

/**
 * @param {import('./host.mjs').Host} host
 * @param {Job[]} jobs
 * @param {AbortSignal} signal
 */
export async function startJobs(host, [types, tests, layers, shell], signal) {
  const start = async (job, tool, args) => {
    signal.throwIfAborted();
    job.startedAt = performance.now();
    const { pane } = await host.call(tool, { ...args, command: job.argv });
    job.pane = pane.id;
  };
  await start(types, 'create_session', { name: SESSION, window_name: 'checks', width: 160, height: 48 });
  await start(tests, 'split_pane', { target: types.pane, direction: 'right' });
  await start(layers, 'split_pane', { target: types.pane, direction: 'down' });
  await start(shell, 'create_window', { session: SESSION, name: 'shell' });
  await waitForPrompt(host, shell, signal);
  await host.call('send_keys', { target: shell.pane, text: shell.typed, keys: ['Enter'] });
}

/** A shell that is not ready yet would show what is typed twice. */
async function waitForPrompt(host, shell, signal) {
  const deadline = performance.now() + PROMPT_MS;
  while (performance.now() < deadline) {
    const { text } = await host.call('capture_pane', { target: shell.pane });
    if (text !== '') return;
    await sleep(50, undefined, { signal });
  }
}

/** For whoever attaches after --keep: the other panes have ended. */
export async function addShell(host) {
  await host.call('create_window', { session: SESSION, name: 'yours' });
}

/** The line that stands for a job: the expected one, once it is there, else the last. @param {Job} job */
export function headline({ expected, output }) {
  const found = expected === undefined ? undefined : output.findLast((line) => expected.test(line));
  return (found ?? output.at(-1) ?? '').trim();
}

/** @param {Job} job */
export function passed({ exitCode, expected, output }) {
  return exitCode === 0 && (expected === undefined || output.some((line) => expected.test(line)));
}

/**
 * Looks at the jobs until all have ended.
 *
 * @param {import('./host.mjs').Host} host
 * @param {Job[]} jobs
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {() => void} options.reap makes tmux collect the programs that have ended
 * @param {(jobs: Job[]) => void} options.onLook
 */
export async function followJobs(host, jobs, { signal, reap, onLook }) {
  const deadline = performance.now() + LONGEST_MS;
  for (;;) {
    const running = jobs.filter(({ endedAt }) => endedAt === undefined);
    const panes = await listPanes(host);
    for (const job of running) await look(host, job, panes.get(job.pane));
    if (jobs.some(({ deadAt, endedAt }) => deadAt !== undefined && endedAt === undefined)) reap();
    onLook(jobs);
    if (jobs.every(({ endedAt }) => endedAt !== undefined)) return;
    if (performance.now() > deadline)
      throw new DemoError(`Still running after ${LONGEST_MS / 1000} s: ${running.map(({ name }) => name).join(', ')}.`);
    await sleep(LOOK_MS, undefined, { signal });
  }
}

async function listPanes(host) {
  const { sessions } = await host.call('list_sessions', { session: SESSION, detail: 'panes' });
  const panes = sessions.flatMap(({ windows }) => windows.flatMap((window) => window.panes));
  return new Map(panes.map((pane) => [pane.id, pane]));
}

/**
 * @param {import('./host.mjs').Host} host
 * @param {Job} job
 * @param {{dead: boolean, exit_status?: number} | undefined} pane
 */
async function look(host, job, pane) {
  if (pane === undefined) throw new DemoError(`The pane of ${job.name} is gone.`);
  const { text } = await host.call('capture_pane', { target: job.pane, lines: KEPT_LINES });
  // tmux itself writes the last line into a pane whose program has ended.
  job.output = text.split('\n').filter((line) => line.trim() !== '' && !/^Pane is dead\b/.test(line));
  if (!pane.dead) return;
  job.deadAt ??= performance.now();
  if (pane.exit_status === undefined && performance.now() - job.deadAt < STATUS_MS) return;
  job.endedAt = job.deadAt;
  job.exitCode = pane.exit_status;
}
