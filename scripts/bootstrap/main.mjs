// Puts the steps together: look at all of them first, and take the lock only if there is work.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ensureBuild, inspectBuild } from './bundle.mjs';
import { BootstrapError } from './errors.mjs';
import { lockPath, withLock } from './lock.mjs';
import { parseOptions } from './options.mjs';
import { ensurePackages, inspectPackages } from './packages.mjs';
import { neededPrograms, parseOsRelease } from './plan.mjs';
import { findOnPath, run } from './run.mjs';
import { readOptional } from './stamp.mjs';
import { ensurePrograms, missingPrograms } from './system.mjs';

/** @typedef {import('./options.mjs').Options} Options */

/**
 * @typedef {object} Step
 * @property {() => Promise<string[]>} problems what is not right, one line each
 * @property {() => Promise<boolean>} done whether there is nothing to do at all
 * @property {() => Promise<void>} ensure
 */

const STOP_CODES = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 });
const RUNNING = 'TMUX_ORC_BOOTSTRAP_RUNNING';

/**
 * @param {string[]} argv
 * @param {object} [context]
 * @param {string} [context.root]
 * @param {NodeJS.ProcessEnv} [context.env]
 * @returns {Promise<number>} the exit code
 */
export async function main(argv, context = {}) {
  const root = context.root ?? fileURLToPath(new URL('../..', import.meta.url));
  const env = context.env ?? process.env;
  // `npm ci` runs the project's own install scripts. Should one of them come back here, it would
  // wait for the lock that its own caller holds.
  if (env[RUNNING]) return 0;

  const controller = new AbortController();
  const listeners = Object.entries(STOP_CODES).map(([name, code]) => {
    const listener = () => controller.abort(new BootstrapError(`Stopped by ${name}.`, code));
    process.on(name, listener);
    return { name, listener };
  });
  try {
    return await bootstrap(parseOptions(argv), root, env, controller.signal);
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  } finally {
    for (const { name, listener } of listeners) process.off(name, listener);
  }
}

/**
 * @param {Options} options
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal} signal
 */
async function bootstrap(options, root, env, signal) {
  /** @param {string} line */
  const log = (line) => {
    // On stderr, so that the output of the command that follows stays clean.
    if (!options.quiet) process.stderr.write(`${line}\n`);
  };
  const all = allSteps(options.purpose, { root, env, signal, log });
  const steps = options.steps.map((name) => all[name]).filter((step) => step !== undefined);

  if (options.check) {
    const problems = [];
    for (const step of steps) problems.push(...(await step.problems()));
    for (const problem of problems) process.stdout.write(`${problem}\n`);
    return problems.length === 0 ? 0 : 2;
  }
  let done = true;
  for (const step of steps) done &&= await step.done();
  if (!done) {
    const work = async () => {
      // Each step looks again: another bootstrap may have done it while we waited.
      for (const step of steps) await step.ensure();
    };
    await withLock(lockPath(root), work, { signal, log });
  }
  signal.throwIfAborted();
  return 0;
}

/**
 * @param {string} purpose
 * @param {object} context
 * @param {string} context.root
 * @param {NodeJS.ProcessEnv} context.env
 * @param {AbortSignal} context.signal
 * @param {(line: string) => void} context.log
 * @returns {Record<string, Step>}
 */
function allSteps(purpose, { root, env, signal, log }) {
  /** @type {import('./run.mjs').Run} */
  const runHere = (argv, options = {}) => run(argv, { env, ...options, signal });
  const system = {
    needs: neededPrograms(purpose),
    run: runHere,
    /** @param {string} program */
    find: (program) => findOnPath(program, env['PATH']),
    log,
    env,
    ...describeSystem(env),
  };
  const project = { root, run: runHere, log, env: { ...env, [RUNNING]: '1' } };
  return {
    system: {
      problems: async () => (await missingPrograms(system)).map(({ problem }) => `${problem}.`),
      done: async () => (await missingPrograms(system)).length === 0,
      ensure: () => ensurePrograms(system),
    },
    packages: {
      problems: async () =>
        inspectPackages(root) === 'stale' ? ['The npm packages do not match package-lock.json.'] : [],
      done: async () => inspectPackages(root) === 'fresh',
      ensure: () => ensurePackages(project),
    },
    build: {
      problems: async () => (inspectBuild(root) === 'stale' ? ['The build is out of date.'] : []),
      done: async () => inspectBuild(root) === 'fresh',
      ensure: () => ensureBuild(project),
    },
  };
}

/**
 * The environment can override what the system looks like. That is for the tests.
 *
 * @param {NodeJS.ProcessEnv} env
 */
function describeSystem(env) {
  const override = env['TMUX_ORC_BOOTSTRAP_OS_RELEASE'];
  const files = override ? [override] : ['/etc/os-release', '/usr/lib/os-release'];
  const text = files.map(readOptional).find((content) => content !== undefined) ?? '';
  const uid = Number(env['TMUX_ORC_BOOTSTRAP_UID'] ?? process.getuid?.() ?? -1);
  return {
    platform: env['TMUX_ORC_BOOTSTRAP_PLATFORM'] ?? process.platform,
    osRelease: parseOsRelease(text),
    root: uid === 0,
  };
}
