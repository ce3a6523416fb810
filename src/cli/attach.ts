import type { Command } from 'commander';
import type { App } from '../app/create-app.js';
import { realPath } from '../config/places.js';
import type { Environment } from '../exec/clean-environment.js';
import { handOverTerminal, terminalEnvironment } from '../exec/hand-over-terminal.js';
import { OrcError } from '../kernel/errors.js';
import { parsePaneId, parseSessionId, parseWindowId } from '../kernel/ids.js';
import { shellWord } from '../kernel/text.js';
import type { ListedPane } from './watch/fleet.js';
import { createSource, type Source } from './watch/source.js';

/** What a command for people needs of the program that runs it. */
export interface Surroundings {
  /**
   * @param oneShot opens no lasting connection to tmux.
   * @param log `none` while the screen is ours.
   */
  readonly open: (oneShot: boolean, log?: 'short' | 'none') => Promise<App>;
  readonly json: boolean;
  readonly colour: boolean;
  readonly exit: (code: number) => void;
}

/** Where this terminal is, seen from a tmux server: $TMUX is `socket,pid,session` (tmux(1), ENVIRONMENT). */
export function insideOf(socketPath: string, env: NodeJS.ProcessEnv): 'no server' | 'this server' | 'another server' {
  const own = env.TMUX?.split(',')[0] ?? '';
  if (own === '') return 'no server';
  return realPath(own) === realPath(socketPath) ? 'this server' : 'another server';
}

/** A program that takes over the terminal. */
export interface Entry {
  readonly file: string;
  readonly argv: readonly string[];
  readonly env: Environment;
}

type Spot = Pick<ListedPane, 'id' | 'session' | 'window'>;

/** `$1:@2.%3`: ids only, so tmux has nothing to match. */
function exactTarget({ id, session, window }: Spot): string {
  const ids = [parseSessionId(session.id), parseWindowId(window.id), parsePaneId(id)] as const;
  if (ids.includes(undefined)) throw new OrcError('INTERNAL', 'An unexpected error happened.');
  return `${ids[0] ?? ''}:${ids[1] ?? ''}.${ids[2] ?? ''}`;
}

/**
 * How to show a pane in this terminal: attach, or, inside of the same server, switch its client.
 * @throws OrcError CONFLICT inside of another server: its keys and ours would be the same.
 */
export function entryTo(
  spot: Spot,
  server: ReturnType<App['server']>,
  env: NodeJS.ProcessEnv,
  readOnly: boolean,
): Entry {
  const target = exactTarget(spot);
  const inside = insideOf(server.socketPath, env);
  if (inside === 'another server') {
    const command = ['env', '-u', 'TMUX', 'tmux', ...server.flags, 'attach', '-t', target];
    throw new OrcError('CONFLICT', 'This terminal is inside another tmux server.', {
      hint: `Leave that one, or run: ${command.map(shellWord).join(' ')}`,
    });
  }
  if (inside === 'this server' && readOnly) {
    throw new OrcError('CONFLICT', 'Inside of tmux, --read-only would hold for all that this terminal shows.', {
      hint: 'Use it in a terminal outside of tmux, or attach without it.',
    });
  }
  const go =
    inside === 'this server'
      ? ['switch-client', '-t', target]
      : ['attach-session', ...(readOnly ? ['-r'] : []), '-t', target];
  return {
    file: server.binary,
    // Only select-pane shows a pane of a window that is zoomed on another one. `-N`: this starts no server.
    argv: ['-N', ...server.flags, 'select-pane', '-t', spot.id, ';', ...go],
    env: terminalEnvironment(env, inside === 'this server'),
  };
}

/** Shows a pane until the person leaves it; resolves with tmux's exit code. */
export const enter = (entry: Entry, signal: AbortSignal): Promise<number> =>
  handOverTerminal(entry.file, entry.argv, { env: entry.env, signal });

/** A pane of a linked window is in several sessions: the one that the target names is meant. */
async function findSpot(source: Source, target: string): Promise<Spot> {
  const { pane } = await source.look(target, { lines: 1 });
  const name = target.split(':')[0]?.replaceAll('.', '_');
  const spots = (await source.listAll()).filter(({ id }) => id === pane.id);
  const spot = spots.find(({ session }) => session.name === name || session.id === target) ?? spots[0];
  if (spot === undefined)
    throw new OrcError('NOT_FOUND', 'No such pane: it is gone.', { hint: 'list_sessions shows what there is.' });
  return spot;
}

/** Whoever gets a terminal of tmux sees, and types into, whatever it shows. @throws OrcError DENIED */
export async function requirePerson(app: App): Promise<void> {
  const { role } = await app.callerOf({ surface: 'cli' });
  if (role === 'operator') return;
  throw new OrcError('DENIED', 'This is for a person, and runs in the managed pane of an agent.', {
    hint: 'Read a pane with: tmux-orc pane capture.',
  });
}

async function attach(app: App, target: string, readOnly: boolean): Promise<number> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new OrcError('INVALID_INPUT', 'attach: needs a terminal.', {
      hint: 'Run it in a terminal. In a script, read a pane with: tmux-orc pane capture.',
    });
  }
  const ending = new AbortController();
  const end = (): void => {
    ending.abort();
  };
  await requirePerson(app);
  process.on('SIGTERM', end).on('SIGHUP', end);
  try {
    const spot = await findSpot(createSource(app, ending.signal), target);
    return await enter(entryTo(spot, app.server(), process.env, readOnly), ending.signal);
  } finally {
    process.off('SIGTERM', end).off('SIGHUP', end);
  }
}

/** `attach`: for people, so it is no operation; what it shows is found by operations. */
export function addAttach(program: Command, { open, exit }: Surroundings): void {
  program
    .command('attach')
    .description('attach this terminal to a session, window or pane')
    .argument('<target>', 'a session, session:window, session:window.pane, or an id ($1, @2, %3)')
    .option('--read-only', 'look without typing')
    .action(async (target: string, { readOnly = false }: { readOnly?: boolean }) => {
      const app = await open(true);
      try {
        exit(await attach(app, target, readOnly));
      } finally {
        await app.close();
      }
    });
}
