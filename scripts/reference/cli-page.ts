import type { Argument, Command, Option } from 'commander';
import { ERROR_CODES } from '../../src/kernel/errors.js';
import type { Operation } from '../../src/operations/define-operation.js';
import { parameterOf } from './examples.js';
import { exitMeaning } from './exits.js';
import { anchor, code, codes, page, plain, table } from './markdown.js';

const INTRO = `\`tmux-orc <noun> <verb>\` for the operations, a single word for the rest. \`--help\` works after every command.

A result goes to standard output. Errors, and notes beside a result, go to standard error. Colours are for terminals
only. \`cwd\` may be relative here: it counts from the folder you stand in.`;

const JSON_OUTPUT = `With \`--json\`, standard output has one line of JSON, for errors too:

\`\`\`json
{"ok":true,"data":{},"meta":{"correlation_id":"01a1f8ae-8b0e-7958-b247-21d9518ba9c0","duration_ms":12.3}}
\`\`\`

\`\`\`json
{"ok":false,"error":{"code":"NOT_FOUND","message":"...","hint":"...","retryable":false,"correlation_id":"01a1f8ae-8b0e-7958-b247-21d9518ba9c0"}}
\`\`\`

\`data\` is the result that [tools.md](tools.md) describes, \`error\` the form in [errors.md](errors.md).`;

const ENVIRONMENT = `\`NO_COLOR\`, set to anything but nothing, switches colours off. Settings can be given as variables too:
[environment.md](environment.md) lists them all.`;

const choicesOf = (option: Option | Argument): string => {
  const words = option.argChoices ?? [];
  return words.length === 0 ? '' : ` One of ${codes(words)}.`;
};

/** Words without a full stop at the end get one before more follows. */
const sentence = (text: string): string => (text === '' || /[.!?]$/.test(text) ? text : `${text}.`);

/** Commander's habit is a small first letter, which tmux keeps. */
const described = (text: string): string =>
  plain(text.startsWith('tmux') ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}`);

function describe(option: Option | Argument): string {
  const choices = choicesOf(option);
  const text = described(option.description);
  const fallback: unknown = option.defaultValue;
  const shown = fallback === undefined ? '' : ` Default: ${code(JSON.stringify(fallback))}.`;
  return choices + shown === '' ? text : `${sentence(text)}${choices}${shown}`;
}

function exitTable(): string {
  const byExit = new Map<number, string[]>();
  for (const [name, { exit }] of Object.entries(ERROR_CODES)) byExit.set(exit, [...(byExit.get(exit) ?? []), name]);
  const rows = [...byExit].sort(([a], [b]) => a - b).map(([exit, names]) => [code(String(exit)), codes(names)]);
  return table(['Exit code', 'Meaning'], [[code('0'), 'Success'], ...rows]);
}

/** Commands whose success has more than one exit code. */
function exitRows(operations: readonly Operation[]): string {
  const rows = operations.flatMap((operation) => {
    const meaning = exitMeaning(operation);
    return meaning === undefined ? [] : [[code(operation.cli.path.join(' ')), meaning]];
  });
  return rows.length === 0 ? '' : table(['Command', 'Its own exit code'], rows);
}

/** Subcommands without the `help` that commander adds. */
const children = (command: Command): readonly Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help');

function flagTable(command: Command, options: readonly Option[]): string {
  const rows = options.map((option) => [code(option.flags), describe(option), option.envVar ?? '']);
  return rows.length === 0 ? '' : table(['Flag', 'Description', 'Environment'], rows);
}

function section(command: Command, path: readonly string[], operations: readonly Operation[]): string[] {
  const help = command.createHelp();
  const name = path.join(' ');
  const operation = operations.find(({ cli }) => cli.path.join(' ') === name);
  const flags = help.visibleOptions(command).filter((option) => option.long !== '--help');
  const below = children(command);
  const own = below.length === 0 || command.registeredArguments.length > 0 || flags.length > 0;
  const tool = operation === undefined ? '' : ` Tool: [${code(operation.name)}](tools.md#${anchor(operation.name)}).`;
  return [
    `${'#'.repeat(Math.min(6, path.length + 2))} ${name}`,
    `${described(sentence(command.description()))}${tool}`,
    ...(own ? [`Usage: ${code(help.commandUsage(command))}`] : []),
    command.registeredArguments.length === 0
      ? ''
      : table(
          ['Argument', 'Description'],
          command.registeredArguments.map((argument) => [code(help.argumentTerm(argument)), describe(argument)]),
        ),
    flagTable(command, flags),
    ...(takesProgram(operation) ? ['After `--` stands the program with its arguments; it runs without a shell.'] : []),
    ...below.flatMap((child) => section(child, [...path, child.name()], operations)),
  ].filter((part) => part !== '');
}

/** The command line hands everything after `--` to a parameter `command` that is a list. */
const takesProgram = (operation: Operation | undefined): boolean =>
  operation !== undefined && parameterOf(operation, 'command')?.safeParse(['program']).success === true;

function overview(program: Command, operations: readonly Operation[]): string {
  const leaves = (command: Command, path: readonly string[]): string[][] => {
    const below = children(command);
    if (below.length > 0) return below.flatMap((child) => leaves(child, [...path, child.name()]));
    const name = path.join(' ');
    const title = operations.find(({ cli }) => cli.path.join(' ') === name)?.title;
    return [[`[${code(name)}](#${anchor(name)})`, described(title ?? command.description())]];
  };
  return table(
    ['Command', 'What it does'],
    children(program).flatMap((child) => leaves(child, [child.name()])),
  );
}

export function cliPage(program: Command, operations: readonly Operation[]): string {
  const globals = program.createHelp().visibleOptions(program);
  return page(
    'Command line',
    INTRO,
    overview(program, operations),
    '## Global flags',
    'They may stand anywhere before a `--`.',
    flagTable(program, globals),
    '## Exit codes',
    exitTable(),
    exitRows(operations),
    '## JSON output',
    JSON_OUTPUT,
    '## Environment',
    ENVIRONMENT,
    '## Commands',
    ...children(program).flatMap((child) => section(child, [child.name()], operations)),
  );
}
