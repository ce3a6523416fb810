import { Command, CommanderError } from 'commander';
import type { App } from '../app/create-app.js';
import type { ConfigSources } from '../config/load.js';
import { workingFolder } from '../exec/working-folder.js';
import { correlationId } from '../kernel/correlation.js';
import { ERROR_CODES } from '../kernel/errors.js';
import { version } from '../kernel/version.js';
import { operations } from '../operations/index.js';
import { askWhereRisky } from './ask-where-risky.js';
import { addAttach } from './attach.js';
import { addAuditCommands } from './audit-commands.js';
import { addSecurityCheck } from './check/command.js';
import { buildCommands, usageError } from './command-tree.js';
import { addCompletion } from './completion/command.js';
import { addConfigCommands } from './config-commands.js';
import { addDoctor } from './doctor/command.js';
import { addMonitorCommands } from './monitor-commands.js';
import { type Output, writeResult, writeThrown } from './render.js';
import { addRestore } from './restore.js';
import { addSecurityCommands } from './security-commands.js';
import { addStateCommands } from './state-commands.js';
import { addWatch } from './watch/command.js';

interface GlobalOptions {
  readonly json?: boolean;
  readonly socketName?: string;
  readonly socketPath?: string;
  readonly profile?: string;
  readonly yes?: boolean;
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

function sourcesOf(options: GlobalOptions): ConfigSources {
  return { env: process.env, flags: flagsOf(options), cwd: workingFolder() };
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
    .option('--yes', 'answer yes where a risky command would ask')
    .option('--set <key=value>', 'set a config key; may be repeated', addSetting)
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .showSuggestionAfterError(true)
    .exitOverride();
}

function overrideExits(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride().copyInheritedSettings(command);
    overrideExits(child);
  }
}

/** Not once: while a listener of ours is there, libraries that end the process on a signal leave that to us. */
function abortOnSignals(abort: AbortController): AbortSignal {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      abort.abort();
    });
  }
  return abort.signal;
}

/** A bound on the size of files (ulimit -f) would end the process where a write has to fail: setrlimit(2), RLIMIT_FSIZE. */
function surviveFileBound(): void {
  process.on('SIGXFSZ', () => undefined);
}

/** What a call that was cut short still waits for, a tmux that does not answer, must not keep us. */
function exitWhenWritten(exitCode: number): void {
  process.stderr.write('', () => process.stdout.write('', () => process.exit(exitCode)));
}

/** Commander ends help and complaints alike by throwing. */
function endedByCommander(output: Output, ended: CommanderError, usage: string): number {
  if (ended.exitCode === 0) return 0;
  // A noun without a verb, or help for what there is not: commander shows its help instead of saying so.
  const missing = ended.code === 'commander.help';
  const error = usageError(missing ? 'a command is missing or unknown' : ended.message);
  const { code } = writeThrown(output, error, correlationId());
  if (missing && !output.json) output.err(`\n${usage}`);
  return ERROR_CODES[code].exit;
}

/** What is no call of an operation: it is about the program itself, and works while calls do not. */
function addForOperators(
  program: Command,
  argv: readonly string[],
  output: Output,
  exit: (code: number) => void,
): void {
  const common = { output, sources: sourcesOf, exit };
  addConfigCommands(program, { output, flags: () => flagsOf(program.opts()), cwd: workingFolder });
  addCompletion(program, { argv, output, sources: sourcesOf });
  addDoctor(program, common);
  addAuditCommands(program, common);
  addStateCommands(program, common);
  addMonitorCommands(program, common);
}

type Parse = (program: Command, argv: string[]) => Promise<unknown>;
const parseAndRun: Parse = (program, argv) => program.parseAsync(argv, { from: 'user' });

/**
 * Runs one command line; resolves with the exit code.
 * @param parse gets the whole program just before it runs; the reference takes it from here.
 */
export async function main(argv: readonly string[], parse: Parse = parseAndRun): Promise<number> {
  surviveFileBound();
  // What follows `--` is a command for a pane.
  const dashes = argv.indexOf('--');
  const json = argv.slice(0, dashes === -1 ? argv.length : dashes).includes('--json');
  const output: Output = {
    json,
    colour: process.stdout.isTTY && !json && (process.env.NO_COLOR ?? '') === '',
    columns: process.stdout.isTTY && process.stdout.columns > 0 ? process.stdout.columns : undefined,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  };
  let usage = '';
  const program = createProgram({ out: output.out, err: (text) => (usage += text) });
  const abort = new AbortController();
  let exitCode = 0;
  const open = async (oneShot: boolean, log: 'configured' | 'short' | 'none' = 'short'): Promise<App> => {
    const { createApp } = await import('../app/create-app.js');
    const logging = log === 'none' ? {} : { writeLog: output.err, ...(log === 'short' ? { logForm: log } : {}) };
    return createApp({ oneShot, ...logging, ...sourcesOf(program.opts()) });
  };

  program
    .command('serve')
    .description('serve MCP on stdin and stdout')
    .action(async () => {
      const [{ serveStdio }, app] = await Promise.all([import('../mcp/serve-stdio.js'), open(false, 'configured')]);
      await serveStdio(app);
    });
  addForOperators(program, argv, output, (code) => (exitCode = code));
  const surroundings = { open, json, colour: output.colour, exit: (code: number) => (exitCode = code) };
  addAttach(program, surroundings);
  addWatch(program, surroundings);
  addRestore(program, { ...surroundings, output, signal: () => abortOnSignals(abort) });
  const parsed = buildCommands(program, operations, argv, async (operation, args) => {
    const app = await open(true);
    abortOnSignals(abort);
    try {
      const confirmed = program.opts<GlobalOptions>().yes === true;
      const request = { name: operation.name, args, surface: 'cli', signal: abort.signal, confirmed } as const;
      const result = await askWhereRisky(app, await app.dispatcher.dispatch(request), () =>
        app.dispatcher.dispatch(request),
      );
      writeResult(output, result);
      exitCode = result.ok ? (operation.exitCode?.(result.data) ?? 0) : ERROR_CODES[result.error.code].exit;
    } finally {
      await app.close();
    }
    if (exitCode !== 0) exitWhenWritten(exitCode);
  });
  addSecurityCommands(program, { output, sources: sourcesOf });
  addSecurityCheck(program, { output, sources: sourcesOf, exit: (code) => (exitCode = code) });
  overrideExits(program);

  try {
    if (parsed.argv.length === 0) program.outputHelp();
    else await parse(program, parsed.argv);
  } catch (thrown) {
    if (thrown instanceof CommanderError) return endedByCommander(output, thrown, usage);
    return ERROR_CODES[writeThrown(output, thrown, correlationId()).code].exit;
  }
  return exitCode;
}
