// What the demo runs, and how it does so with the tools of the server. No other file knows the tools that start,
// follow and read programs.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine, ROOT } from './place.mjs';
import { DemoError } from './problems.mjs';

/**
 * A job is a command of a shell's, or a program that has a pane of its own.
 *
 * @typedef {object} Job
 * @property {string} name
 * @property {string} shown the command for people
 * @property {string[]} argv
 * @property {'run' | 'program'} kind
 * @property {RegExp} [expected] a line of its output when it worked
 * @property {string} [pane] id
 * @property {number} startedAt monotonic milliseconds
 * @property {number} [endedAt]
 * @property {number} [exitCode]
 * @property {string[]} output
 */

export const SESSION = 'demo';
const SHELL = ['/bin/sh'];
const LOOK_MS = 400;
const LONGEST_MS = 180_000;
const WAIT_SECONDS = 50;
const KEPT_LINES = 200;
/** How vitest ends: its live summary has no such line. The server looks for it in linear time. */
const END_OF_TESTS = 'Duration .*[(]transform|No test files found';

/** @returns {Job} */
const job = (kind, name, shown, argv, more = {}) => ({ kind, name, shown, argv, startedAt: 0, output: [], ...more });

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
  const short = hasHistory(env)
    ? ['git', '--no-pager', 'log', '--oneline', '--shortstat', '-n', '4']
    : ['wc', '-l', 'package.json', 'README.md'];
  const cruise = ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'err'];
  return [
    job('run', 'types', 'tsc -p . --diagnostics', node('typescript/bin/tsc', '-p', '.', '--diagnostics'), {
      expected: /^Files:\s+\d+/,
    }),
    job('program', 'tests', 'vitest run tests/unit/kernel', node('vitest/vitest.mjs', 'run', 'tests/unit/kernel'), {
      expected: /^ *Tests .*[1-9]\d* passed/,
    }),
    job('run', 'layers', 'depcruise src --output-type err', node('dependency-cruiser/bin/dependency-cruise.mjs', ...cruise), {
      expected: /no dependency violations/,
    }), // prettier-ignore
    job('run', 'shell', short.join(' '), short),
  ];
}

/**
 * @param {import('./host.mjs').Host} host
 * @param {Job[]} jobs
 * @param {AbortSignal} signal
 */
export async function startPanes(host, [types, tests, layers, shell], signal) {
  const start = async (job, tool, args) => {
    signal.throwIfAborted();
    job.startedAt = performance.now();
    const { pane } = await host.call(tool, { ...args, command: job.kind === 'run' ? SHELL : job.argv });
    job.pane = pane.id;
  };
  await start(types, 'create_session', { name: SESSION, window_name: 'checks', width: 160, height: 48 });
  await start(tests, 'split_pane', { target: types.pane, direction: 'right' });
  await start(layers, 'split_pane', { target: types.pane, direction: 'down' });
  await start(shell, 'create_window', { session: SESSION, name: 'shell' });
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
 * Runs the jobs side by side until all have ended.
 *
 * @param {import('./host.mjs').Host} host
 * @param {Job[]} jobs
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {(jobs: Job[]) => void} options.onLook
 */
export async function followJobs(host, jobs, { signal, onLook }) {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]);
  const look = setInterval(() => onLook(jobs), LOOK_MS);
  try {
    await Promise.all(jobs.map((job) => (job.kind === 'run' ? run(host, job, limit) : follow(host, job, limit))));
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    const running = jobs.filter(({ endedAt }) => endedAt === undefined).map(({ name }) => name);
    throw new DemoError(`Still running after ${LONGEST_MS / 1000} s: ${running.join(', ')}.`);
  } finally {
    clearInterval(look);
    onLook(jobs);
  }
}

/** The lines of an output that are not empty. @param {string} text */
const linesOf = (text) => text.split('\n').filter((line) => line.trim() !== '');

/** run_command gives exactly what the command wrote, and its exit code; what takes longer is asked for again. */
async function run(host, job, signal) {
  const command = commandLine(job.argv);
  let answer = await host.call('run_command', { target: job.pane, command, timeout_seconds: LOOK_MS / 1000 });
  while (answer.job.state === 'running') {
    signal.throwIfAborted();
    job.output = linesOf(answer.output);
    answer = await host.call('get_job', { job_id: answer.job.id, timeout_seconds: LOOK_MS / 1000 });
  }
  if (answer.job.state !== 'done') throw new DemoError(`${job.name}: ${answer.job.state}, ${answer.job.reason}.`);
  job.output = linesOf(answer.output);
  job.exitCode = answer.job.exit_code;
  job.endedAt = performance.now();
}

const DEAD_LOOKS = 3;

/** A program in a pane of its own: wait for what it prints at its end, then for its exit code. */
async function follow(host, job, signal) {
  let since = await read(host, job);
  for (;;) {
    if (job.output.some((line) => new RegExp(END_OF_TESTS).test(line))) break;
    signal.throwIfAborted();
    const waited = await host.call('wait_for_output', {
      ...{ target: job.pane, pattern: END_OF_TESTS, regex: true },
      ...{ since, timeout_seconds: WAIT_SECONDS },
    });
    since = waited.cursor;
    await read(host, job);
    if (waited.outcome !== 'timeout') break;
  }
  for (let dead = 0; ;) {
    const pane = await findPane(host, job);
    if (pane.dead) dead++;
    // A program closes its terminal a moment before it ends; one that was killed has no exit status at all.
    if (pane.exit_status !== undefined || dead === DEAD_LOOKS) {
      await read(host, job);
      job.exitCode = pane.exit_status;
      job.endedAt = performance.now();
      return;
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** @param {Job} job @returns {Promise<string>} the cursor behind what was read */
async function read(host, job) {
  const { text, cursor } = await host.call('capture_pane', { target: job.pane, lines: KEPT_LINES });
  // tmux itself writes the last line into a pane whose program has ended.
  job.output = linesOf(text).filter((line) => !/^Pane is dead\b/.test(line));
  return cursor;
}

async function findPane(host, job) {
  const { sessions } = await host.call('list_sessions', { session: SESSION, detail: 'panes' });
  const panes = sessions.flatMap(({ windows }) => windows.flatMap((window) => window.panes));
  const found = panes.find(({ id }) => id === job.pane);
  if (found === undefined) throw new DemoError(`The pane of ${job.name} is gone.`);
  return found;
}
