// The programs that come from the system: tmux, and for the tests four shells.
import { BootstrapError, lastLines } from './errors.mjs';
import {
  choosePackageManager,
  commandForUser,
  installCommands,
  isTmuxNewEnough,
  parseTmuxVersion,
  TMUX_MINIMUM,
} from './plan.mjs';
import { LONG_MS } from './run.mjs';

/** @typedef {import('./plan.mjs').Manager} Manager */
/** @typedef {import('./run.mjs').RunResult} RunResult */

/**
 * @typedef {object} System
 * @property {string[]} needs
 * @property {import('./run.mjs').Run} run
 * @property {(program: string) => string | undefined} find
 * @property {(line: string) => void} log
 * @property {string} platform
 * @property {Record<string, string>} osRelease
 * @property {boolean} root
 * @property {NodeJS.ProcessEnv} env
 */

/**
 * @typedef {object} Missing
 * @property {string} program
 * @property {string} problem why it counts as missing
 * @property {boolean} absent whether it is not there at all
 */

const MINIMUM = `${TMUX_MINIMUM.major}.${TMUX_MINIMUM.minor}`;

/**
 * @param {Pick<System, 'needs' | 'run' | 'find'>} system
 * @returns {Promise<Missing[]>}
 */
export async function missingPrograms({ needs, run, find }) {
  const missing = [];
  for (const program of needs) {
    const file = find(program);
    if (file === undefined) {
      missing.push({ program, problem: `${program} is missing`, absent: true });
    } else if (program === 'tmux') {
      const problem = await tmuxProblem(file, run);
      if (problem) missing.push({ program, problem, absent: false });
    }
  }
  return missing;
}

/**
 * @param {string} file
 * @param {System['run']} run
 */
async function tmuxProblem(file, run) {
  const { ok, how, output } = await run([file, '-V']);
  if (!ok) return `${file} does not run (${how})`;
  if (isTmuxNewEnough(parseTmuxVersion(output))) return '';
  return `${file} is ${output.trim()}, and ${MINIMUM} or newer is needed`;
}

/**
 * Installs what is missing, or throws an error that tells the user what to do.
 *
 * @param {System} system
 */
export async function ensurePrograms(system) {
  const missing = await missingPrograms(system);
  if (missing.length === 0) return;
  const programs = missing.map(({ program }) => program);
  const problems = missing.map(({ problem }) => problem).join('; ');
  const { platform, osRelease, find } = system;
  const manager = choosePackageManager({
    platform,
    osRelease,
    has: (program) => find(program) !== undefined,
  });
  if (manager === undefined) {
    throw new BootstrapError(
      `${problems}. No package manager known to this script was found here; ` +
        `install by hand: ${programs.join(', ')}.`,
      2,
    );
  }
  const sudo = !system.root && manager !== 'brew' && (await sudoWorks(system));
  const commands = installCommands(manager, programs, { root: system.root, sudo });
  if (commands.length === 0) throw notAllowed(system, manager, programs, problems);

  system.log(`Installing ${programs.join(', ')} with ${manager} …`);
  await install(system, manager, programs, commands);

  const still = await missingPrograms(system);
  if (still.length > 0) throw stillMissing(manager, still);
}

/** @param {System} system */
async function sudoWorks({ find, run }) {
  return find('sudo') !== undefined && (await run(['sudo', '-n', 'true'])).ok;
}

/**
 * @param {System} system
 * @param {Manager} manager
 * @param {string[]} programs
 * @param {string} problems
 */
function notAllowed({ find }, manager, programs, problems) {
  const sudo = find('sudo') !== undefined;
  const command = commandForUser(manager, programs, { sudo });
  const hint =
    manager === 'brew'
      ? 'brew does not run as root. Run as your own user'
      : sudo
        ? 'Installing needs root, and sudo would ask for a password. Run'
        : 'Installing needs root, and there is no sudo. Run as root';
  return new BootstrapError(`${problems}. ${hint}:\n  ${command}`, 2);
}

/**
 * @param {System} system
 * @param {Manager} manager
 * @param {string[]} programs
 * @param {string[][]} commands
 */
async function install({ run, env }, manager, programs, commands) {
  const quietEnv = { ...env, DEBIAN_FRONTEND: 'noninteractive', NONINTERACTIVE: '1' };
  /** @type {string[]} */
  const failures = [];
  for (const [index, argv] of commands.entries()) {
    const result = await run(argv, { env: quietEnv, timeoutMs: LONG_MS });
    if (result.ok) continue;
    failures.push(describeFailure(argv, result));
    // `apt-get update` also fails because of one unrelated broken source, while the lists that
    // are there suffice. So only the install itself decides.
    if (index < commands.length - 1) continue;
    const title = `Installing ${programs.join(', ')} with ${manager} failed.`;
    throw new BootstrapError([title, ...failures].join('\n'), 2);
  }
}

/**
 * @param {string[]} argv
 * @param {RunResult} result
 */
function describeFailure(argv, { how, output }) {
  const command = `The command was (${how}): ${argv.join(' ')}`;
  return output.trim() === '' ? command : `${command}\n${lastLines(output)}`;
}

/**
 * @param {Manager} manager
 * @param {Missing[]} still
 */
function stillMissing(manager, still) {
  const lines = still.map(({ problem, absent }) =>
    absent
      ? `${manager} reported success, but ${problem} on PATH.`
      : `After installing with ${manager}: ${problem}. Install a newer tmux by hand.`,
  );
  return new BootstrapError(lines.join('\n'), 2);
}
