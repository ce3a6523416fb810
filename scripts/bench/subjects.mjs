// Agents whose changes the benchmark makes itself, so that it knows when each was.
import { execFile, spawn } from 'node:child_process';
import { closeSync, open, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const openFile = promisify(open);
const HERE = dirname(fileURLToPath(import.meta.url));
const SCREENS = join(HERE, '..', '..', 'tests', 'fixtures', 'screens');
const SIZE = { width: 120, height: 45 };
const SHELLS = ['sh', 'dash', 'bash'];
const FORMAT = '#{pane_dead} #{pane_current_command} #{pane_title}';

/**
 * Presses keys over a lasting connection of its own: a process for each would take longer than what is measured.
 * @param {Record<string, string>} env
 */
export function openKeys(env) {
  const argv = ['-u', '-L', 'bench', '-C', 'attach-session', '-f', 'no-output,ignore-size', '-t', 'bench'];
  const child = spawn('tmux', argv, { env, stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  return {
    /** @param {string} words of send-keys */
    press: (pane, words) => child.stdin.write(`send-keys -t ${pane} ${words}\n`),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** A recorded screen in a file, as a terminal takes it. */
export function screenFile(folder, provider, state) {
  const [version] = readdirSync(join(SCREENS, provider));
  const recorded = join(SCREENS, provider, version);
  const name = readdirSync(recorded).find((file) => file.endsWith(`-${state}.json`));
  const { title, lines } = JSON.parse(readFileSync(join(recorded, name), 'utf8'));
  const path = join(folder, `${provider}-${state}`);
  writeFileSync(path, `\x1b]2;${title}\x07\x1b[H\x1b[2J${lines.join('\r\n')}`);
  return path;
}

/** What others do: two processes for each look at a pane. @param judge of its facts and lines @returns its state */
export async function spawnedLook({ spawnTmux }, pane, judge) {
  const { stdout: lines } = await spawnTmux(['capture-pane', '-p', '-t', pane]);
  const { stdout: facts } = await spawnTmux(['display-message', '-p', '-t', pane, FORMAT]);
  const [dead, command, title] = facts.split(' ');
  return dead === '1' ? 'crashed' : judge({ command, title, lines });
}

export const shellState = ({ command }) => (SHELLS.includes(command) ? 'idle' : 'working');
export const interrupts = ({ lines }) => (/esc to (?:interrupt|cancel)/.test(lines) ? 'working' : 'idle');

const looks = (world, name, pane, judge) => ({
  ours: async () => (await world.call('get_agent_status', { agent: name })).state,
  spawned: () => spawnedLook(world, pane(), judge),
});

/** A shell that works while a program of ours runs in it, which ends when the benchmark lets it. */
export async function workingShell(world, keys, folder, name = 'shell') {
  const fifo = join(folder, `fifo-${name}`);
  await run('mkfifo', [fifo]);
  const { agent } = await world.call('spawn_agent', { name, provider: 'shell' });
  let held;
  return {
    ...looks(world, name, () => agent.pane, shellState),
    changes: [
      {
        ...{ what: 'processes: working', from: 'idle', to: 'working' },
        prepare: () => keys.press(agent.pane, `-l 'cat ${fifo}'`),
        act: () => keys.press(agent.pane, 'Enter'),
      },
      {
        ...{ what: 'processes: idle', from: 'working', to: 'idle' },
        prepare: async () => (held = await openFile(fifo, 'w')),
        act: () => closeSync(held),
      },
    ],
  };
}

/** A shell that is killed, and another one each time. */
export function killedShell(world) {
  let pane;
  let pid;
  return {
    ...looks(world, 'killed', () => pane, shellState),
    changes: [
      {
        ...{ what: 'processes: crashed', from: 'idle', to: 'crashed' },
        prepare: async () => {
          // Dead panes stay, and every look lists them all.
          if (pane !== undefined) await world.spawnTmux(['kill-pane', '-t', pane]);
          ({ pane } = (await world.call('spawn_agent', { name: 'killed', provider: 'shell' })).agent);
          pid = await world.pidOf(pane);
        },
        act: () => process.kill(pid, 'SIGKILL'),
      },
    ],
  };
}

/** A program that shows what a real CLI has shown, and changes when it is told to. */
export async function drawnAgent(world, folder, provider, what) {
  const command = [process.execPath, join(HERE, 'drawn-cli.mjs')];
  const screens = ['idle', 'working'].map((state) => screenFile(folder, provider, state));
  const { pane } = await world.call('create_session', { name: provider, command: [...command, ...screens], ...SIZE });
  await world.call('adopt_agent', { target: pane.id, name: provider, provider });
  const pid = await world.pidOf(pane.id);
  const change = { what, prepare: () => undefined, act: () => process.kill(pid, 'SIGUSR2') };
  return {
    ...looks(world, provider, () => pane.id, interrupts),
    changes: [
      { ...change, from: 'idle', to: 'working' },
      { ...change, from: 'working', to: 'idle' },
    ],
  };
}
