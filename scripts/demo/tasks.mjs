// What the agents of the demo are told to do: real work on this repository.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { commandLine, folderOf, ROOT } from './place.mjs';
import { DemoError } from './problems.mjs';

/**
 * One agent with its task, and what has become of it.
 *
 * @typedef {object} Agent
 * @property {string} name
 * @property {string} shown the task for people
 * @property {string} message the task as it is sent
 * @property {boolean} isCommand a shell runs it, and tells an exit code
 * @property {RegExp} [expected] a line of the answer when it worked
 * @property {string} [pane] id
 * @property {string} state what it was last seen to do
 * @property {any} [receipt] of send_message
 * @property {number} startedAt monotonic milliseconds
 * @property {number} [endedAt]
 * @property {boolean} complete the whole answer is there
 * @property {number} [exitCode]
 * @property {string[]} output lines of its answer
 * @property {string[]} [trouble] why it has no answer, and what to do
 */

export const SHELL = 'shell';
/** Each is started by the program of its name. */
const CLIS = ['claude', 'codex', 'gemini', 'opencode', 'qwen', 'pi'];

/** @param {string} provider */
export function checkProvider(provider) {
  if (provider === SHELL) return;
  if (!CLIS.includes(provider))
    throw new DemoError(`There is no provider ${JSON.stringify(provider)}. One of: ${[SHELL, ...CLIS].join(', ')}.`, 2);
  if (folderOf(provider) !== undefined) return;
  throw new DemoError(
    `The CLI "${provider}" is not installed: it is not on PATH.\nInstall it and log in, or leave --provider away: the demo works with shells.`,
    2,
  );
}

/** @returns {Agent} */
const agent = (name, shown, task) => ({ name, shown, state: 'starting', startedAt: 0, complete: false, output: [], ...task }); // prettier-ignore

/** @param {string} file @param {string[]} argv */
const node = (file, ...argv) => [process.execPath, `node_modules/${file}`, ...argv];

/** @param {string} name @param {string} shown @param {string[]} argv @param {RegExp} [expected] */
const command = (name, shown, argv, expected) => agent(name, shown, { message: commandLine(argv), isCommand: true, expected }); // prettier-ignore

/** @param {string} name @param {string} text */
const order = (name, text) => agent(name, text, { message: text, isCommand: false });

/** @param {Record<string, string>} env what git will see */
function hasHistory(env) {
  const result = spawnSync('git', ['log', '-n', '1', '--format=%h'], { cwd: ROOT, env, encoding: 'utf8' });
  return result.status === 0 && result.stdout.trim() !== '';
}

/** @param {Record<string, string>} env */
function commands(env) {
  const short = hasHistory(env)
    ? ['git', '--no-pager', 'log', '--oneline', '--shortstat', '-n', '3']
    : ['wc', '-l', 'package.json', 'README.md'];
  const cruise = ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'err'];
  const tests = ['run', 'tests/unit/kernel'];
  return [
    command(
      'layers',
      'depcruise src --output-type err',
      node('dependency-cruiser/bin/dependency-cruise.mjs', ...cruise),
      /no dependency violations/,
    ),
    command('tests', 'vitest run tests/unit/kernel', node('vitest/vitest.mjs', ...tests), /^ *Tests .*[1-9]\d* passed/),
    command('history', short.join(' '), short),
  ];
}

const orders = () => [
  order('counter', 'Count the TypeScript files below src and answer with the number only.'),
  order('reader', 'Which version of Node does package.json ask for? Answer with its range only.'),
  order('reviewer', 'Read src/kernel/errors.ts and say in one sentence what it is for. Change nothing.'),
];

/**
 * @param {string} provider
 * @param {Record<string, string>} env
 * @returns {Agent[]}
 */
export const chooseTasks = (provider, env) => (provider === SHELL ? commands(env) : orders());

/** The line that stands for an answer: the expected one, once it is there, else the last. @param {Agent} agent */
export function headline({ expected, output }) {
  const found = expected === undefined ? undefined : output.findLast((line) => expected.test(line));
  return (found ?? output.at(-1) ?? '').trim();
}

/** @param {Agent} agent */
export function passed({ trouble, complete, isCommand, exitCode, expected, output }) {
  if (trouble !== undefined || !complete || output.length === 0) return false;
  return (!isCommand || exitCode === 0) && (expected === undefined || output.some((line) => expected.test(line)));
}
