import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BIN } from './program.js';
import { createWorld, until, type World } from './world.js';

/** Where a person sits: terminals that are panes of a tmux server apart from the world's. */
export interface Desk {
  /** Runs a command line of the built program in a terminal of its own. */
  readonly run: (argv: readonly string[], options?: TerminalOptions) => Promise<PersonTerminal>;
  /** Runs any program, for example a shell. */
  readonly open: (argv: readonly string[], options?: TerminalOptions) => Promise<PersonTerminal>;
  readonly tmux: World['tmux'];
  readonly close: () => Promise<void>;
}

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface PersonTerminal {
  readonly pane: string;
  /** Process of the program. */
  readonly pid: number;
  readonly screen: () => Promise<string>;
  /** With colours as SGR. */
  readonly painted: () => Promise<string>;
  /** Waits until the screen holds a text or matches. */
  readonly shows: (what: string | RegExp) => Promise<string>;
  readonly keys: (...keys: string[]) => Promise<void>;
  readonly resize: (columns: number, rows: number) => Promise<void>;
  /** What the program has done to the terminal. */
  readonly modes: () => Promise<{ readonly alternate: boolean; readonly cursor: boolean; readonly wrap: boolean }>;
  /** Waits for the end of the program. */
  readonly ended: () => Promise<{ readonly status: number; readonly sameTty: boolean }>;
  readonly close: () => Promise<void>;
}

// Tells how the program left the terminal, and keeps it open to be looked at.
const AROUND = `before=$(stty -g); printf 'line before\\n'; sh -c 'echo $$ >"$0"; exec "$@"' "$@"; code=$?
[ "$before" = "$(stty -g)" ] && tty=same || tty=changed
printf 'status=%s tty=%s\\n' "$code" "$tty"; exec sleep 1000`;

function readPid(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return text.endsWith('\n') ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

export function createDesk(world: World): Desk {
  const desk = createWorld();
  let count = 0;

  const open: Desk['open'] = async (argv, { columns = 80, rows = 24, env = {} } = {}) => {
    const name = `d${String(count++)}`;
    const pidFile = join(desk.folder, `${name}.pid`);
    // Exactly this environment: nothing tells the program that it runs inside of tmux.
    const variables = { ...world.env, TERM: 'screen-256color', LC_ALL: 'C.UTF-8', ...env };
    const clean = ['env', '-i', ...Object.entries(variables).map(([key, value]) => `${key}=${value}`)];
    const size = ['-x', String(columns), '-y', String(rows)];
    const start = ['new-session', '-d', '-P', '-F', '#{pane_id}', '-s', name, ...size, '-c', world.folder];
    const pane = await desk.tmux(...start, ...clean, 'sh', '-c', AROUND, 'sh', pidFile, ...argv);
    const pid = await until('the program to start', () => readPid(pidFile));
    const screen = (): Promise<string> => desk.tmux('capture-pane', '-p', '-t', pane);
    return {
      ...{ pane, pid, screen },
      painted: () => desk.tmux('capture-pane', '-p', '-e', '-t', pane),
      shows: async (what) => {
        let last = '';
        const found = async (): Promise<string | undefined> => {
          last = await screen();
          return (typeof what === 'string' ? last.includes(what) : what.test(last)) ? last : undefined;
        };
        return until(`${String(what)} on the screen`, found, 20_000).catch((error: unknown) => {
          throw new Error(`${String(error)}; it shows:\n${last}`);
        });
      },
      keys: async (...keys) => {
        await desk.tmux('send-keys', '-t', pane, ...keys);
      },
      resize: async (width, height) => {
        await desk.tmux('resize-window', '-t', name, '-x', String(width), '-y', String(height));
      },
      modes: async () => {
        const flags = await desk.tmux(
          'display-message',
          '-p',
          '-t',
          pane,
          '#{alternate_on} #{cursor_flag} #{wrap_flag}',
        );
        const [alternate, cursor, wrap] = flags.split(' ').map((flag) => flag === '1');
        return { alternate: alternate!, cursor: cursor!, wrap: wrap! };
      },
      ended: async () => {
        const end = await until('the end of the program', async () => /^status=(\d+) tty=(\w+)$/m.exec(await screen()) ?? undefined, 20_000); // prettier-ignore
        return { status: Number(end[1]), sameTty: end[2] === 'same' };
      },
      close: async () => {
        await desk.tmux('kill-session', '-t', `=${name}`);
      },
    };
  };

  return {
    open,
    run: (argv, options) => open([process.execPath, BIN, ...argv], options),
    tmux: desk.tmux,
    close: desk.close,
  };
}
