import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { attachLock } from '../../src/app/attach-lock.js';
import { serverStateFolder } from '../../src/app/state-folder.js';
import { createTurns } from '../../src/tmux/turns.js';

const run = promisify(execFile);
let count = 0;

/** A private place for one test file: a home, a working folder and a tmux server of its own. */
export interface World {
  readonly home: string;
  /** An allowed working directory: the server's own folder. */
  readonly folder: string;
  readonly socketName: string;
  readonly socketPath: string;
  /** Environment for programs under test. */
  readonly env: Record<string, string>;
  /** Runs the real tmux on this world's server; rejects when tmux does. */
  readonly tmux: (...argv: string[]) => Promise<string>;
  /** Ends the tmux server, and waits until it has ended: until then a new one cannot be started in its place. */
  readonly killServer: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export function createWorld(settings: Readonly<Record<string, string>> = {}): World {
  const runFolder = process.env.TMUX_TMPDIR;
  if (runFolder === undefined || runFolder === '') throw new Error('the global set-up did not run');
  const root = realpathSync(mkdtempSync(join(runFolder, 'w-')));
  const home = join(root, 'home');
  const folder = join(root, 'project');
  mkdirSync(home);
  mkdirSync(folder);
  const socketName = `t${String(process.pid)}-${String(count++)}`;
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    SHELL: '/bin/bash',
    TERM: 'xterm-256color',
    TMUX_TMPDIR: runFolder,
    XDG_STATE_HOME: join(root, 'state'),
    XDG_CONFIG_HOME: join(root, 'config'),
    TMUX_ORC_TMUX_SOCKET_NAME: socketName,
    // Most tests call more often, and the same again, than a host does; those of the limits switch them on.
    TMUX_ORC_SECURITY_RATE_LIMIT_ENABLED: 'false',
    TMUX_ORC_SECURITY_BUDGET_ENABLED: 'false',
    TMUX_ORC_SECURITY_LOOP_DETECTION_ENABLED: 'false',
    // They change what tmux itself has made, and some kill the last of it; those of confirmations use the default.
    TMUX_ORC_SECURITY_RISK_RULES: '[{"risk":"low"}]',
    ...settings,
  };
  const socketPath = join(runFolder, `tmux-${String(process.getuid?.() ?? 0)}`, socketName);
  // What tests do themselves must not end the server while the program attaches to it, either.
  const lock = attachLock(socketPath, env);
  const turns = createTurns(lock);
  const isKept = (): boolean => existsSync(serverStateFolder(socketPath, env));
  const tmux: World['tmux'] = async (...argv) => {
    const { TMUX_ORC_TMUX_SOCKET_NAME: _name, ...clean } = env;
    const command = ['-u', '-L', socketName, '-f', '/dev/null', ...argv];
    const ask = (): Promise<{ stdout: string }> => run('tmux', command, { env: clean, cwd: folder });
    const { stdout } = await (isKept() ? turns.change(ask) : ask());
    return stdout.trimEnd();
  };
  const killServer = async (): Promise<void> => {
    const pid = Number(await tmux('-N', 'display-message', '-p', '#{pid}').catch(() => ''));
    await tmux('kill-server').catch(() => undefined);
    if (pid > 0) await ended(pid);
  };
  return {
    ...{ home, folder, socketName, socketPath, env, tmux, killServer },
    close: async () => {
      await killServer();
      lock.close();
      rmSync(socketPath, { force: true });
      // tmux leaves its lock behind where several clients start the same server at once (client.c, client_connect).
      rmSync(`${socketPath}.lock`, { force: true });
      await removeAll(root);
    },
  };
}

const END_MS = 2000;

/** Programs in panes may write to the home while they end, so that a folder is not empty any more when it is removed. */
async function removeAll(path: string): Promise<void> {
  const deadline = Date.now() + 2 * END_MS;
  for (;;) {
    try {
      rmSync(path, { recursive: true, force: true });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || Date.now() > deadline) throw error;
    }
    await sleep(50);
  }
}

/** A process that has ended stays until the system's first process collects it, which may take seconds (proc(5), state Z). */
function isZombie(pid: number): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
}

/**
 * Waits for the end of a tmux server. tmux 3.3a waits for ever when a control client was killed while output for it was
 * pending, which tests do on purpose; then it is killed too.
 */
async function ended(pid: number): Promise<void> {
  const alive = (): boolean => {
    try {
      process.kill(pid, 0);
      return !isZombie(pid);
    } catch {
      return false;
    }
  };
  for (const deadline = Date.now() + END_MS; alive() && Date.now() < deadline;) await sleep(20);
  if (alive()) process.kill(pid, 'SIGKILL');
}

/** Waits until `look` gives a value that is neither undefined nor false; the error says what was waited for. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited ${String(timeoutMs)} ms for ${what}`);
    await sleep(20);
  }
}
