import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Screen } from '../../../src/providers/screen.js';

const run = promisify(execFile);

/** What is seen of a pane at one moment. */
export interface Sample {
  readonly title: string;
  readonly command: string;
  readonly dead: boolean;
  readonly width: number;
  readonly cursor: { readonly column: number; readonly row: number };
  /** The visible screen, without blank lines at its end. */
  readonly lines: readonly string[];
}

/** A CLI in a pane of a tmux server of its own. */
export interface LabPane {
  readonly look: () => Promise<Sample>;
  /** Title and last lines, as our port to tmux reads them. */
  readonly read: () => Promise<Screen>;
  readonly type: (text: string) => Promise<void>;
  readonly keys: (...keys: string[]) => Promise<void>;
  /** Asks its tmux server for something. */
  readonly tmux: (...words: string[]) => Promise<string>;
  readonly close: () => Promise<void>;
}

export interface LabPaneOptions {
  readonly socket: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  readonly width?: number;
  readonly height?: number;
}

const READ_LINES = 60;
const FACTS = ['pane_title', 'pane_current_command', 'pane_dead', 'pane_width', 'cursor_x', 'cursor_y'];

const withoutEnd = (screen: string): string[] => screen.replace(/\s+$/, '').split('\n').map((line) => line.trimEnd()); // prettier-ignore

/** Starts it with remain-on-exit, so that its last screen can be looked at. */
export async function openPane({ socket, cwd, env, argv, width = 120, height = 40 }: LabPaneOptions): Promise<LabPane> {
  const tmux = async (...words: string[]): Promise<string> => {
    const { stdout } = await run('tmux', ['-u', '-L', socket, '-f', '/dev/null', ...words], { env: { ...env }, cwd });
    return stdout;
  };
  const size = ['-x', String(width), '-y', String(height)];
  await tmux('new-session', '-d', '-s', 'lab', ...size, 'sleep', '1000', ';', 'set-option', '-g', 'remain-on-exit', 'on'); // prettier-ignore
  await tmux('respawn-pane', '-k', '-t', 'lab', ...argv);
  return {
    look: async () => {
      const asked = ['display-message', '-p', '-t', 'lab', FACTS.map((name) => `#{${name}}`).join('\n')];
      const [facts, screen] = await Promise.all([tmux(...asked), tmux('capture-pane', '-p', '-t', 'lab')]);
      const [title = '', command = '', dead, columns, column, row] = facts.split('\n');
      return {
        ...{ title, command, dead: dead === '1', width: Number(columns) },
        cursor: { column: Number(column), row: Number(row) },
        lines: withoutEnd(screen),
      };
    },
    read: async () => {
      const asked = ['display-message', '-p', '-t', 'lab', '#{pane_title}'];
      const captured = ['capture-pane', '-p', '-J', '-S', String(-READ_LINES), '-t', 'lab'];
      const [title, screen] = await Promise.all([tmux(...asked), tmux(...captured)]);
      return { title: title.trimEnd(), lines: withoutEnd(screen).slice(-READ_LINES) };
    },
    type: async (text) => {
      // As input: one command to tmux holds 16 KB.
      const loaded = run('tmux', ['-u', '-L', socket, 'load-buffer', '-b', 'lab', '-'], { env: { ...env }, cwd });
      loaded.child.stdin?.end(text);
      await loaded;
      await tmux('paste-buffer', '-p', '-r', '-d', '-b', 'lab', '-t', 'lab');
    },
    keys: async (...keys) => {
      await tmux('send-keys', '-t', 'lab', ...keys);
    },
    tmux,
    close: async () => {
      await tmux('kill-server').catch(() => undefined);
    },
  };
}
