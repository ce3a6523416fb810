import { constants, existsSync, openSync, readFileSync, statSync, closeSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/kernel/clock.js';
import { allowedDirectory, type Directory } from '../../src/security/text/directory.js';
import { createTmux } from '../../src/tmux/create-tmux.js';
import type { PaneRow } from '../../src/tmux/listing.js';
import { serverAddress } from '../../src/tmux/server-address.js';
import type { Tmux } from '../../src/tmux/tmux.js';
import { createFakeTmux } from '../support/fake-tmux.js';
import { createWorld, until, type World } from '../support/world.js';
import type { Outside } from './outside.js';

/** One implementation of the port, opened on a server of its own that does not run yet. */
export interface Opened {
  readonly tmux: Tmux;
  readonly outside: Outside;
  /** Where sessions may be put. */
  readonly folder: Directory;
  /** Another folder below it. */
  readonly other: Directory;
  readonly world: World;
  readonly close: () => Promise<void>;
}

export interface Subject {
  readonly name: string;
  /** Real tmux: options, buffers and bytes can be looked at. */
  readonly real: boolean;
  readonly open: () => Promise<Opened>;
}

/** As long as a busy machine may need for anything. */
export const PATIENCE_MS = 30_000;

function createOutside(world: World): Outside {
  // The file is named by pane and process, so a respawned pane writes to a new one. It exists once the terminal is raw.
  const script = 'stty raw -echo; exec cat >"$1/$TMUX_PANE-$$"';
  const receiver = ['sh', '-c', script, 'sh', world.home] as const;
  const run = async (...argv: string[]): Promise<void> => {
    await world.tmux(...argv);
  };
  const state = (pane: PaneRow): Promise<string> =>
    world.tmux('display-message', '-p', '-t', pane.id, '#{pane_dead}|#{pane_mode}|#{pane_pid}');
  return {
    receiver,
    received: (pane, atLeast) => {
      const file = join(world.home, `${pane.id}-${String(pane.pid)}`);
      return until(
        `${String(atLeast)} bytes in ${pane.id}`,
        () => existsSync(file) && statSync(file).size >= atLeast && readFileSync(file),
        PATIENCE_MS,
      );
    },
    started: async ({ pid }) => {
      const words = (name: string): string[] =>
        readFileSync(`/proc/${String(pid)}/${name}`, 'utf8')
          .split('\0')
          .slice(0, -1);
      const pairs = words('environ').map((word): [string, string] => {
        const equals = word.indexOf('=');
        return [word.slice(0, equals), word.slice(equals + 1)];
      });
      return { argv: words('cmdline'), env: Object.fromEntries(pairs) };
    },
    print: async (pane, text) => {
      // O_NOCTTY: this process must not get the pane's terminal as its own.
      const tty = openSync(pane.tty, constants.O_WRONLY | constants.O_NOCTTY);
      writeSync(tty, text);
      closeSync(tty);
    },
    end: async (pane) => {
      process.kill(pane.pid, 'SIGKILL');
      await until('the end of the program', async () => (await state(pane)).startsWith('1'), PATIENCE_MS);
    },
    respawn: (pane) => run('respawn-pane', '-k', '-t', pane.id, '--', ...receiver),
    switchInputOff: (pane) => run('select-pane', '-d', '-t', pane.id),
    synchronize: (window, on) => run('set-option', '-w', '-t', window, 'synchronize-panes', on ? 'on' : 'off'),
    enterMode: (pane, mode) => run(mode, '-t', pane.id),
    isServerRunning: () =>
      world.tmux('-N', 'list-sessions').then(
        () => true,
        () => false,
      ),
  };
}

async function folders(world: World): Promise<{ folder: Directory; other: Directory }> {
  const policy = { allowedPaths: [world.folder, world.home], maxPathChars: 1024, home: '/nowhere', own: '/' };
  return { folder: await allowedDirectory(world.folder, policy), other: await allowedDirectory(world.home, policy) };
}

const real = (name: string, transport: 'control' | 'spawned'): Subject => ({
  name,
  real: true,
  open: async () => {
    const world = createWorld();
    const address = serverAddress({
      socketName: world.socketName,
      socketPath: null,
      envPassthrough: [],
      env: world.env,
    });
    const tmux = createTmux({
      ...{ address, timeoutMs: PATIENCE_MS, clock: systemClock, transport },
      jobsFolder: join(world.home, 'jobs'),
    });
    const close = async (): Promise<void> => {
      await tmux.close();
      await world.close();
    };
    return { tmux, outside: createOutside(world), world, close, ...(await folders(world)) };
  },
});

export const CONTROL = real('control mode', 'control');
export const SPAWNED = real('spawned clients', 'spawned');
export const FAKE: Subject = {
  name: 'the fake',
  real: false,
  open: async () => {
    const world = createWorld();
    const { outside, ...tmux } = createFakeTmux();
    return { tmux, outside, world, close: world.close, ...(await folders(world)) };
  },
};
