import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BIN } from '../../support/program.js';
import type { Json } from '../stub/wire.js';
import { type Cli, CLIS, type Home } from './clis.js';
import { CHOSEN } from './driven.js';
import { type Bench, openBench } from './lab.js';

const NAME = 'tmux-orc';

/** A CLI to which a user has given our server. */
export interface McpHost {
  readonly id: string;
  readonly cli: Cli;
  /** Words of its own command that adds a server. */
  readonly add?: (argv: readonly string[]) => readonly string[];
  /** What a user writes into its config besides. */
  readonly edit?: (home: Home) => void;
  /** Words at its start. */
  readonly args: (argv: readonly string[]) => readonly string[];
  /** The revision of MCP that it speaks with us. */
  readonly protocol: string;
  /** It offers tools by name only, until the model has searched for them. */
  readonly searches?: true;
  /** Keys that answer our question with `once`; without them it shows no questions. */
  readonly once?: readonly string[];
  /** What started our server stays when its terminal is closed, and ends it some time later. */
  readonly background?: true;
}

const byId = (id: string): Cli => CLIS.find((cli) => cli.id === id)!;

/** Codex keeps from its servers in which tmux it runs, and asks before all that may destroy something. */
const CODEX = ['env_vars = ["TMUX", "TMUX_PANE", "TMUX_TMPDIR"]', 'default_tools_approval_mode = "approve"'];

const ALL: readonly McpHost[] = [
  {
    id: 'claude',
    cli: byId('claude'),
    add: (argv) => ['mcp', 'add', NAME, '--', ...argv],
    args: () => ['--permission-mode', 'default', '--allowedTools', `mcp__${NAME}`],
    protocol: '2026-07-28',
    searches: true,
    once: ['Right', 'Down', 'Enter', 'Enter'],
  },
  {
    id: 'codex',
    cli: byId('codex'),
    // Should it not be told of its tmux, it must not find that of whoever runs this.
    add: (argv) => ['mcp', 'add', NAME, '--env', `TMUX_TMPDIR=${process.env.TMUX_TMPDIR ?? ''}`, '--', ...argv],
    edit: ({ path }) => {
      const file = join(path, '.codex', 'config.toml');
      const head = `[mcp_servers.${NAME}]\n`;
      writeFileSync(file, readFileSync(file, 'utf8').replace(head, `${head}${CODEX.join('\n')}\n`));
    },
    args: () => ['--ask-for-approval', 'on-request'],
    protocol: '2025-06-18',
    once: ['Down', 'Enter'],
    background: true,
  },
  {
    id: 'codex by flags',
    cli: byId('codex'),
    args: ([command, ...args]) => {
      const set = [`command = ${JSON.stringify(command)}`, `args = ${JSON.stringify(args)}`, ...CODEX];
      return ['--ask-for-approval', 'on-request', ...set.flatMap((one) => ['-c', `mcp_servers.${NAME}.${one}`])];
    },
    protocol: '2025-06-18',
    once: ['Down', 'Enter'],
  },
  {
    id: 'gemini',
    cli: byId('gemini'),
    add: (argv) => ['mcp', 'add', '--scope', 'user', '--trust', NAME, ...argv],
    args: () => [],
    protocol: '2025-06-18',
  },
];

/** Those that this run is for. */
export const HOSTS = ALL.filter(({ cli }) => CHOSEN.includes(cli));

/** A message between host and server. */
export interface Frame {
  readonly at: number;
  readonly from: 'host' | 'server';
  readonly bytes: number;
  readonly message: Json;
}

export interface HostBench extends Bench {
  readonly frames: () => readonly Frame[];
}

function framesIn(file: string): Frame[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    const { text: sent, ...rest } = JSON.parse(line) as { at: number; from: Frame['from']; text: string };
    return [{ ...rest, bytes: Buffer.byteLength(sent), message: JSON.parse(sent) as Json }];
  });
}

export async function openHost({ cli, add, edit, args }: McpHost): Promise<HostBench> {
  let file = '';
  const tap = pathToFileURL(fileURLToPath(new URL('tap.mjs', import.meta.url))).href;
  const argv = (home: Home): string[] => {
    file = join(home.path, 'frames.jsonl');
    return [process.execPath, '--import', `${tap}?${encodeURIComponent(file)}`, BIN, 'serve'];
  };
  const bench = await openBench(cli, {
    change: (home, env) => {
      const words = add?.(argv(home));
      if (words === undefined) return;
      const { status, stdout, stderr } = spawnSync(cli.command, words, { env, cwd: home.project, encoding: 'utf8' });
      if (status !== 0) throw new Error(`${cli.command} ${words.join(' ')}: ${stdout}${stderr}`);
      edit?.(home);
    },
    args: (home) => args(argv(home)),
  });
  return { ...bench, frames: () => framesIn(file) };
}
