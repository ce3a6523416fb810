// A private tmux server with our server on it.
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { startServer } from './client.mjs';

const run = promisify(execFile);

/**
 * @param {string} folder of its own
 * @param {string} bin
 * @param {Record<string, string>} settings environment for our server
 */
export async function createBenchWorld(folder, bin, settings = {}) {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    SHELL: '/bin/sh',
    TERM: 'xterm-256color',
    TMUX_TMPDIR: folder,
    TMUX_ORC_TMUX_SOCKET_NAME: 'bench',
    // The calls of a benchmark are no attack.
    TMUX_ORC_PROFILE: 'development',
    ...settings,
  };
  const spawnTmux = (argv) => run('tmux', ['-u', '-L', 'bench', ...argv], { env });
  const server = startServer(process.execPath, [bin, 'serve'], { env, cwd: folder });
  await server.initialize();
  // Without a history, which a shell that is hung up would write while the folder is removed.
  const shell = { command: ['env', 'PS1=$ ', 'HISTFILE=', 'bash', '--norc', '-i'] };
  const made = await server.call('create_session', { name: 'bench', ...shell });
  const quiet = await server.call('create_window', {
    session: 'bench',
    name: 'quiet',
    command: ['sh', '-c', 'stty -echo; exec cat >/dev/null'],
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { stdout } = await spawnTmux(['display-message', '-p', '-t', made.pane.id, '#{pid} #{pane_pid}']);
  const [tmux, pane] = stdout.trim().split(' ').map(Number);
  return {
    call: server.call,
    pane: made.pane.id,
    quiet: quiet.pane.id,
    /** The processes that could start others for a call. */
    pids: { server: server.pid, tmux, shell: pane },
    env,
    spawnTmux,
    pidOf: async (pane) => Number((await spawnTmux(['display-message', '-p', '-t', pane, '#{pane_pid}'])).stdout),
    manyPanes: async (count) => {
      for (let n = 0; n < count; n++) await spawnTmux(['new-window', '-d', '-t', 'bench:', 'sleep', '1000']);
    },
    close: async () => {
      await server.close();
      await spawnTmux(['kill-server']).catch(() => undefined);
    },
  };
}

/** As many as are asked for, on any machine. */
const MANY = { TMUX_ORC_AGENTS_MAX_AGENTS: '1000', TMUX_ORC_AGENTS_MIN_FREE_MEMORY_MB: '0' };

/**
 * @template T
 * @param {string} folder of its own
 * @param {string} bin
 * @param {(world: any) => Promise<T>} work
 * @param {Record<string, string>} settings environment for our server
 * @returns {Promise<T>}
 */
export async function inAgentWorld(folder, bin, work, settings = {}) {
  mkdirSync(folder, { recursive: true });
  const world = await createBenchWorld(folder, bin, { ...MANY, ...settings });
  try {
    return await work(world);
  } finally {
    await world.close();
  }
}
