import { configLeaves } from '../../src/config/leaves.js';
import { BASE, clientEnvironment, SERVER, SERVER_PREFIXES } from '../../src/exec/clean-environment.js';
import { code, codes, page, table } from './markdown.js';

const INTRO = `Which variables tmux-orc reads, and which it hands on to the programs it starts.`;

/** What tmux-orc does with a variable that it reads. One that is missing here is listed with the file that reads it. */
const MEANINGS: Readonly<Record<string, string>> = {
  PATH: 'Where tmux is looked for; relative entries are skipped',
  HOME: 'Your home: a root for working directories, and the place of the folders below',
  XDG_STATE_HOME: 'Where everything that changes is kept, in `tmux-orchestrator/`; default `~/.local/state`',
  XDG_CONFIG_HOME: 'Where your own settings are looked for, in `tmux-orchestrator/`; default `~/.config`',
  XDG_CACHE_HOME: 'Where what can be made again is kept, in `tmux-orchestrator/`; default `~/.cache`',
  XDG_RUNTIME_DIR: 'Where files of the running session are kept',
  TMUX: 'The tmux server around tmux-orc; used when no server is set',
  TMUX_PANE: 'The pane that tmux-orc runs in',
  TMUX_ORC_TOKEN: 'In the pane of an agent: its token, which shows that a program belongs there',
  TMUX_TMPDIR: 'Where tmux keeps its sockets; default `/tmp`',
  NO_COLOR: 'Anything but nothing switches colours off',
  FORCE_COLOR: 'Switches colours on where there is no terminal',
  TERM: 'The terminal that tmux is told of; default `xterm-256color`',
  COLORTERM: 'What colours the terminal has',
  COLUMNS: 'The width of the terminal',
  LINES: 'The height of the terminal',
  SHELL: 'Your shell',
  EDITOR: 'The editor that is opened for you',
  VISUAL: 'The editor that is opened for you; wins over `EDITOR`',
};

function settings(): string {
  const rows = configLeaves().map(({ path, env }) => [code(env), code(path)]);
  return table(['Variable', 'Setting'], rows);
}

/** @param reads variables that the sources read, with the files that do. */
function others(reads: ReadonlyMap<string, readonly string[]>): string {
  const order = [...Object.keys(MEANINGS), ...[...reads.keys()].sort()];
  const names = [...new Set(order)].filter(
    (name) => reads.has(name) && (!name.startsWith('TMUX_ORC_') || Object.hasOwn(MEANINGS, name)),
  );
  return table(
    ['Variable', 'What it does'],
    names.map((name) => [code(name), MEANINGS[name] ?? `Read by ${codes(reads.get(name) ?? [])}`]),
  );
}

/** The values that tmux's own processes get whatever the environment says. */
const forced = (): string =>
  Object.entries(clientEnvironment({}))
    .filter(([name]) => name !== 'TERM')
    .map(([name, given]) => code(`${name}=${given}`))
    .join(', ');

export function environmentPage(
  reads: ReadonlyMap<string, readonly string[]>,
  shortNames: ReadonlyMap<string, string>,
): string {
  return page(
    'Environment',
    INTRO,
    '## Read',
    others(reads),
    '## Handed on',
    `Programs that tmux-orc starts for itself see ${codes(BASE)}, \`TERM\`, and ${forced()}.`,
    `A tmux server that tmux-orc starts gives its variables to every pane. It gets ${codes([...new Set(SERVER)])}, all that
begin with ${codes(SERVER_PREFIXES)}, and what \`agents.env_passthrough\` names; never one that begins with \`TMUX_ORC_\` or
\`ORC_\`. A server that runs already keeps what it has. \`env\` of a tool adds variables to one pane.`,
    '## Settings',
    `Every setting has a variable. [config.md](config.md) says what they mean and how values are written. An unknown name
that begins with \`TMUX_ORC_\` is a warning on standard error.`,
    table(
      ['Short name', 'Setting'],
      [...shortNames].map(([name, path]) => [code(name), code(path)]),
    ),
    settings(),
  );
}
