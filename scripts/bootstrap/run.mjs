// Starting other programs: never through a shell, never with a terminal to ask questions on.
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/**
 * @typedef {object} RunResult
 * @property {boolean} ok whether it exited with 0
 * @property {string} how the end in words, such as "exit 100"
 * @property {string} output stdout and stderr together, the last part of it
 */

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {AbortSignal} [signal]
 * @property {number} [timeoutMs]
 */

/** @typedef {(argv: string[], options?: RunOptions) => Promise<RunResult>} Run */

/** For commands that download or compile. */
export const LONG_MS = 30 * 60_000;

const SHORT_MS = 15_000;
const KEPT_CHARACTERS = 64 * 1024;
const GRACE_MS = 5_000;
const FLUSH_MS = 300;

/**
 * Never fails because of the program: the result says how it went. Rejects with the signal's
 * reason when the signal is aborted, after the program has ended.
 *
 * @type {Run}
 */
export function run(argv, { cwd, env, signal, timeoutMs = SHORT_MS } = {}) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const [file = '', ...args] = argv;
    const child = spawn(file, args, {
      cwd,
      env: env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let timedOut = false;
    /** @type {NodeJS.Timeout[]} */
    const timers = [];

    /** @param {string} how @param {boolean} ok */
    const settle = (how, ok) => {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      // A process left behind by the child may still hold the pipes; do not wait for it.
      child.stdout.destroy();
      child.stderr.destroy();
      if (signal?.aborted) reject(signal.reason);
      else resolve({ ok, how, output });
    };
    /** @param {number} ms @param {() => void} action */
    const later = (ms, action) => {
      timers.push(setTimeout(action, ms));
    };
    const stop = () => {
      child.kill('SIGINT');
      later(GRACE_MS, () => child.kill('SIGTERM'));
      later(2 * GRACE_MS, () => child.kill('SIGKILL'));
      // A child with other rights, such as sudo, may be out of reach of all three.
      later(3 * GRACE_MS, () => settle('did not end', false));
    };

    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-KEPT_CHARACTERS);
      });
    }
    child.on('error', (error) => {
      // With a pid this is a failed kill, and the exit is still to come.
      if (child.pid === undefined) settle(`could not start: ${error.message}`, false);
    });
    child.on('exit', (code, exitSignal) => {
      const how = timedOut
        ? `stopped after ${timeoutMs / 1000} s`
        : code === null
          ? `ended by ${exitSignal}`
          : `exit ${code}`;
      const finish = () => settle(how, code === 0 && !timedOut);
      child.once('close', finish);
      later(FLUSH_MS, finish);
    });
    later(timeoutMs, () => {
      timedOut = true;
      stop();
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/**
 * @param {string} program
 * @param {string | undefined} path the value of PATH
 * @returns {string | undefined} the file that would be run
 */
export function findOnPath(program, path) {
  for (const directory of (path ?? '').split(delimiter)) {
    if (directory === '') continue;
    const file = join(directory, program);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not here; the next directory may have it.
    }
  }
  return undefined;
}
