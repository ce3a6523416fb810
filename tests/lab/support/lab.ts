import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { versionIn } from '../../../src/providers/provider.js';
import { type Cli, type Home, ownTemporary, prepareHome } from './clis.js';
import { type LabPane, type LabPaneOptions, openPane } from './pane.js';
import { type ModelStub, openModelStub } from '../stub/server.js';

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set; start this with: npm run lab`);
  return value;
}

/** One CLI with its home, its stub and its pane. */
export interface Bench {
  readonly cli: Cli;
  readonly home: Home;
  readonly env: Readonly<Record<string, string>>;
  readonly version: string;
  readonly stub: ModelStub;
  readonly pane: LabPane;
  readonly close: () => Promise<void>;
}

let count = 0;

export interface BenchOptions {
  /** Makes another first start of it, for example one that asks for trust. */
  readonly change?: (home: Home, env: Bench['env']) => void;
  /** Words at its start, instead of its own. */
  readonly args?: (home: Home) => readonly string[];
  /** Columns and rows of the pane, where others are needed. */
  readonly size?: Pick<LabPaneOptions, 'width' | 'height'>;
}

export async function openBench(
  cli: Cli,
  { change = () => undefined, args = () => cli.args, size = {} }: BenchOptions = {},
): Promise<Bench> {
  const stub = await openModelStub();
  const path = mkdtempSync(join(setting('LAB_HOMES'), `${cli.id}-`));
  const home = { path, project: join(path, 'proj'), url: stub.url };
  prepareHome(cli, home);
  execFileSync('git', ['init', '-q', home.project]);
  const env = {
    PATH: `${setting('LAB_BIN')}:${process.env.PATH ?? ''}`,
    ...{ HOME: path, SHELL: '/bin/bash', LANG: 'C.UTF-8', TERM: 'xterm-256color' },
    TMUX_TMPDIR: setting('TMUX_TMPDIR'),
    ...ownTemporary(home),
    ...cli.env(home),
  };
  change(home, env);
  // One of them tells it on standard error.
  const { stdout, stderr } = spawnSync(cli.command, ['--version'], { env, encoding: 'utf8' });
  const version = versionIn(`${stdout}\n${stderr}`) ?? 'unknown';
  const socket = `lab-${String(process.pid)}-${String(count++)}`;
  const argv = [cli.command, ...args(home)];
  const pane = await openPane({ socket, cwd: home.project, env, argv, ...size });
  return {
    ...{ cli, home, env, version, stub, pane },
    close: async () => {
      await pane.close();
      await stub.close();
      try {
        rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      } catch {
        // What it has left in the background still writes there; both go with the run.
      }
    },
  };
}
