// Where the demo happens: a folder and a tmux server of its own. The user's tmux servers are not asked, and their
// tmux configuration is not read: its plugins could save and restore sessions.
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { DemoError } from './problems.mjs';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const BIN = join(ROOT, 'bin', 'tmux-orc.js');

/**
 * @typedef {object} Place
 * @property {string} folder everything the demo writes
 * @property {string} socket the tmux server's socket
 * @property {Record<string, string>} env what the server sees
 * @property {Record<string, string>} paneEnv what programs in the panes see
 * @property {() => void} start starts the tmux server
 * @property {(argv: string[]) => Promise<string>} cli what a tmux-orc command line prints; it names the socket itself
 * @property {() => void} remove ends the tmux server with its programs and removes the folder
 */

/** A socket's path has a bound of about 100 bytes. */
const LONGEST_TMPDIR = 60;
const TMUX_MS = 5000;
const END_MS = 3000;
const CLI_MS = 20_000;
const PANE_VARIABLES = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ'];

const isOurs = (variable) => /^(?:TMUX|TMUX_PANE|TMUX_ORC_.*)$/.test(variable);

/** @returns {Record<string, string>} */
function pick(wanted) {
  return Object.fromEntries(Object.entries(process.env).filter(([name, value]) => value !== undefined && wanted(name)));
}

/** Blocks; cleaning up also happens while the process exits, when nothing can be awaited. */
function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** @param {number[]} pids */
function waitForEnd(pids) {
  const deadline = performance.now() + END_MS;
  while (pids.some(isAlive) && performance.now() < deadline) pause(20);
  return pids.filter(isAlive);
}

/** @param {string} text numbers separated by space */
const toPids = (text) =>
  text
    .split(/\s+/)
    .filter((word) => /^[1-9][0-9]*$/.test(word))
    .map(Number);

/** @param {boolean} plain the agents are plain shells: they see little, and no files of the user's shell @returns {Place} */
export function createPlace(plain) {
  const base = tmpdir().length > LONGEST_TMPDIR ? '/tmp' : tmpdir();
  const folder = realpathSync(mkdtempSync(join(base, 'orc-demo-')));
  const name = `demo-${process.pid}`;
  const socket = join(folder, `tmux-${process.getuid?.() ?? 0}`, name);
  const own = { TMUX_TMPDIR: folder };
  const paneEnv = {
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    ...pick((variable) => (plain ? PANE_VARIABLES.includes(variable) : !isOurs(variable))),
    ...(plain ? { SHELL: '/bin/sh' } : {}),
    TMPDIR: join(folder, 'tmp'),
    ...own,
  };
  const cliEnv = {
    ...pick((variable) => !isOurs(variable)),
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_STATE_HOME: join(folder, 'state'),
    ...own,
  };
  const env = {
    ...cliEnv,
    TMUX_ORC_TMUX_SOCKET_NAME: name,
    // Three agents at once ask more often than a model does; their calls take turns.
    TMUX_ORC_SECURITY_RATE_LIMIT_BLOCK_ON_LIMIT: 'true',
  };
  let removed = false;

  const tmux = (...argv) =>
    spawnSync('tmux', ['-u', '-L', name, ...argv], { env: paneEnv, encoding: 'utf8', timeout: TMUX_MS });

  return {
    folder,
    socket,
    env,
    paneEnv,
    start: () => {
      mkdirSync(paneEnv.TMPDIR);
      const result = tmux('-f', '/dev/null', 'start-server', ';', 'set-option', '-s', 'exit-empty', 'off');
      if (result.error?.code === 'ENOENT')
        throw new DemoError('There is no tmux program. Start the demo with: npm run demo', 2);
      if (result.status !== 0) throw new DemoError(`tmux does not start: ${result.stderr.trim()}`);
    },
    cli: (argv) =>
      new Promise((resolve, reject) => {
        const options = { cwd: ROOT, env: cliEnv, timeout: CLI_MS, encoding: 'utf8' };
        execFile(process.execPath, [BIN, ...argv], options, (error, stdout, stderr) => {
          if (error) reject(new DemoError(`tmux-orc ${argv.join(' ')} failed: ${stderr || error.message}`));
          else resolve(stdout);
        });
      }),
    remove: () => {
      if (removed) return;
      removed = true;
      const server = toPids(tmux('display-message', '-p', '#{pid}').stdout ?? '');
      const panes = toPids(tmux('list-panes', '-a', '-F', '#{pane_pid}').stdout ?? '');
      tmux('kill-server');
      for (const pid of waitForEnd(server)) process.kill(pid, 'SIGKILL');
      waitForEnd(panes);
      // A program that is just ending may still write into it.
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** A word as a POSIX shell reads it back. */
const quoted = (word) => (/^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`);
export const commandLine = (argv) => argv.map(quoted).join(' ');

/** @returns {string | undefined} the folder of a program on PATH */
export function folderOf(program) {
  const file = spawnSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', program], { encoding: 'utf8' }).stdout?.trim();
  return file?.startsWith('/') ? dirname(file) : undefined;
}

/** Where programs that a desktop starts look for others. */
export const PLAIN_PATH = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'];
export const toPath = (folders) => folders.join(delimiter);
