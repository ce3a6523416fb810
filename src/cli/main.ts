import { Command, CommanderError } from 'commander';
import { type App, createApp } from '../app/create-app.js';
import { correlationId } from '../kernel/correlation.js';
import { ERROR_CODES } from '../kernel/errors.js';
import { version } from '../kernel/version.js';
import { operations } from '../operations/index.js';
import { buildCommands, usageError } from './command-tree.js';
import { addConfigCommands } from './config-commands.js';
import { type Output, writeResult, writeThrown } from './render.js';

interface GlobalOptions {
  readonly json?: boolean;
  readonly socketName?: string;
  readonly socketPath?: string;
  readonly profile?: string;
  readonly set?: Record<string, string>;
}

function addSetting(text: string, settings: Record<string, string> = {}): Record<string, string> {
  const equals = text.indexOf('=');
  return equals === -1 ? { ...settings, [text]: '' } : { ...settings, [text.slice(0, equals)]: text.slice(equals + 1) };
}

function flagsOf(options: GlobalOptions): Record<string, string> {
  const named = {
    'tmux.socket_name': options.socketName,
    'tmux.socket_path': options.socketPath,
    profile: options.profile,
  };
  const given = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(given), ...options.set };
}

/** Everything after this is for the command; the global flags may stand anywhere. */
function createProgram(output: { err: (text: string) => void; out: (text: string) => void }): Command {
  return new Command('tmux-orc')
    .description(
      'Control plane for tmux sessions and the agents in them: an MCP server and the same operations as commands.',
    )
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .option('--json', 'print one line of JSON')
    .option('--socket-name <name>', 'tmux server by name (tmux -L)')
    .option('--socket-path <path>', 'tmux server by socket (tmux -S)')
    .option('--profile <name>', 'set of defaults')
    .option('--set <key=value>', 'set a config key; may be repeated', addSetting)
    .configureOutput({ writeOut: output.out, writeErr: () => undefined })
    .showSuggestionAfterError(true)
    .exitOverride();
}

function overrideExits(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride().copyInheritedSettings(command);
    overrideExits(child);
  }
}

/** Runs one command line; resolves with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  // What follows `--` is a command for a pane.
  const dashes = argv.indexOf('--');
  const json = argv.slice(0, dashes === -1 ? argv.length : dashes).includes('--json');
  const output: Output = {
    json,
    colour: process.stdout.isTTY && !json && (process.env.NO_COLOR ?? '') === '',
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  };
  const program = createProgram(output);
  const abort = new AbortController();
  let exitCode = 0;
  const open = (oneShot: boolean): Promise<App> =>
    createApp({ oneShot, env: process.env, flags: flagsOf(program.opts()), cwd: process.cwd(), writeLog: output.err });

  program
    .command('serve')
    .description('serve MCP on stdin and stdout')
    .action(async () => {
      const [{ serveStdio }, app] = await Promise.all([import('../mcp/serve-stdio.js'), open(false)]);
      await serveStdio(app);
    });
  addConfigCommands(program, { output, flags: () => flagsOf(program.opts()) });
  const parsed = buildCommands(program, operations, argv, async (operation, args) => {
    const app = await open(true);
    const onInterrupt = (): void => {
      abort.abort();
    };
    process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);
    try {
      const result = await app.dispatcher.dispatch({
        name: operation.name,
        args,
        surface: 'cli',
        signal: abort.signal,
      });
      writeResult(output, result);
      exitCode = result.ok ? (operation.exitCode?.(result.data) ?? 0) : ERROR_CODES[result.error.code].exit;
    } finally {
      await app.close();
    }
  });
  overrideExits(program);

  try {
    if (parsed.argv.length === 0) program.outputHelp();
    else await program.parseAsync(parsed.argv, { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return 0;
      if (thrown.code === 'commander.help') return 2;
      return ERROR_CODES[writeThrown(output, usageError(thrown.message), correlationId()).code].exit;
    }
    return ERROR_CODES[writeThrown(output, thrown, correlationId()).code].exit;
  }
  return exitCode;
}
