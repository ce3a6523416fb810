import { resolve } from 'node:path';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { workingFolder } from '../exec/working-folder.js';
import { OrcError } from '../kernel/errors.js';
import { shown } from '../kernel/text.js';
import type { Operation } from '../operations/define-operation.js';
import { type Parameter, parametersOf } from './parameters.js';

/** Runs an operation with the arguments of a command line; resolves with the exit code. */
export type RunOperation = (operation: Operation, args: Record<string, unknown>) => Promise<void>;

const NOUN_HELP: Readonly<Record<string, string>> = {
  agent: 'agents: start, message, wait, read, end',
  session: 'tmux sessions',
  window: 'windows of a session',
  pane: 'panes: read, type, split',
  security: 'protections: how they stand, events, lockdown',
};

function toNumber(text: string): number {
  if (!/^-?[0-9]+(?:\.[0-9]+)?$/.test(text)) throw new InvalidArgumentError('Expected a number.');
  return Number(text);
}

function addToMap(text: string, map: Record<string, string> = {}): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals <= 0) throw new InvalidArgumentError('Expected NAME=VALUE.');
  return { ...map, [text.slice(0, equals)]: text.slice(equals + 1) };
}

function addNumber(text: string, numbers: unknown): unknown {
  const equals = text.indexOf('=');
  if (equals > 0 && typeof numbers !== 'number')
    return { ...(numbers as object | undefined), [text.slice(0, equals)]: toNumber(text.slice(equals + 1)) };
  if (numbers !== undefined) throw new InvalidArgumentError('Expected one number, or NAME=NUMBER for each.');
  return toNumber(text);
}

function toOption(parameter: Parameter): Option {
  const { flag, kind, description } = parameter;
  const value = {
    text: `<${flag.split('-').at(-1) ?? 'value'}>`,
    number: '<n>',
    switch: '',
    list: '<word>',
    map: '<name=value>',
    numbers: '<n|name=n>',
  }[kind];
  const option = new Option(`--${flag} ${value}`.trim(), description);
  if (kind === 'number') option.argParser(toNumber);
  if (kind === 'list') option.argParser((text: string, words: string[] | undefined) => [...(words ?? []), text]);
  if (kind === 'map') option.argParser(addToMap);
  if (kind === 'numbers') option.argParser(addNumber);
  if (parameter.choices !== undefined) option.choices([...parameter.choices]);
  // The schema fills defaults in; help only shows them.
  if (parameter.defaultValue !== undefined && !option.negate)
    option.description = `${description} (default: ${JSON.stringify(parameter.defaultValue).replaceAll('"', '')})`;
  return option;
}

/** `--` on a command line that takes a command begins its argv. */
function splitAtDashes(argv: readonly string[]): { before: string[]; after: string[] | undefined } {
  const at = argv.indexOf('--');
  return at === -1 ? { before: [...argv], after: undefined } : { before: argv.slice(0, at), after: argv.slice(at + 1) };
}

function collect(
  operation: Operation,
  parameters: readonly Parameter[],
  positional: readonly unknown[],
  options: Record<string, unknown>,
): Record<string, unknown> {
  const args: Record<string, unknown> = {};
  operation.cli.positional.forEach((name, index) => {
    const value = positional[index];
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) args[name] = value;
  });
  for (const parameter of parameters) {
    const value = options[parameter.name];
    // A switch that is on unless it is said otherwise is on here too.
    const isGiven = parameter.kind !== 'switch' || value !== parameter.defaultValue;
    if (value !== undefined && isGiven) args[parameter.name] = value;
  }
  // Relative to where the caller stands; operations take absolute paths only. Empty, as from an unset variable, is
  // no folder at all.
  if (typeof args.cwd === 'string' && args.cwd !== '') args.cwd = resolve(workingFolder(), args.cwd);
  return args;
}

/** The command of an operation: a word of its own, or a verb under its noun. */
function addCommand(nouns: Map<string, Command>, program: Command, [noun, verb]: Operation['cli']['path']): Command {
  if (verb === undefined) return program.command(noun);
  let parent = nouns.get(noun);
  if (parent === undefined) {
    parent = program.command(noun).description(NOUN_HELP[noun] ?? noun);
    nouns.set(noun, parent);
  }
  return parent.command(verb);
}

/** One command of an operation. */
interface Spelling {
  readonly path: Operation['cli']['path'];
  readonly description: string;
  /** Parameter that is true. */
  readonly on?: string;
}

const spellingsOf = ({ cli: { path, also }, description }: Operation): Spelling[] => [
  { path, description },
  ...(also === undefined ? [] : [also]),
];

function addOperation(
  nouns: Map<string, Command>,
  program: Command,
  operation: Operation,
  { path, description, on }: Spelling,
  argvAfterDashes: string[] | undefined,
  run: RunOperation,
): void {
  const parameters = parametersOf(operation.input).filter(({ name }) => name !== on);
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const takesCommand = byName.get('command')?.kind === 'list';
  const command = addCommand(nouns, program, path).description(description);
  for (const name of operation.cli.positional) {
    const parameter = byName.get(name);
    const form = `${name.replaceAll('_', '-')}${parameter?.kind === 'list' ? '...' : ''}`;
    command.addArgument(new Argument(parameter?.required === true ? `<${form}>` : `[${form}]`, parameter?.description));
  }
  const flags = parameters.filter((parameter) => !operation.cli.positional.includes(parameter.name));
  const withOptions = flags.map((parameter) => ({ parameter, option: toOption(parameter) }));
  for (const { option } of withOptions) command.addOption(option);
  if (takesCommand)
    command.addHelpText('after', '\nEverything after -- is the command with its arguments, run without a shell.');
  command.action(async (...given: unknown[]) => {
    const options = command.opts<Record<string, unknown>>();
    const wire = Object.fromEntries(
      withOptions.map(({ parameter, option }) => [parameter.name, options[option.attributeName()]]),
    );
    const args = collect(operation, flags, given, wire);
    if (on !== undefined) args[on] = true;
    if (argvAfterDashes !== undefined) {
      if (!takesCommand)
        throw new OrcError('INVALID_INPUT', `${path.join(' ')}: nothing may follow "--".`, {
          hint: `tmux-orc ${path.join(' ')} --help`,
        });
      args.command = argvAfterDashes;
    }
    await run(operation, args);
  });
}

/**
 * The commands of the operations under their nouns.
 * @returns the program and the arguments for it to parse.
 */
export function buildCommands(
  program: Command,
  operations: readonly Operation[],
  argv: readonly string[],
  run: RunOperation,
): { readonly argv: string[] } {
  const { before, after } = splitAtDashes(argv);
  const nouns = new Map<string, Command>();
  for (const operation of operations)
    for (const spelling of spellingsOf(operation)) addOperation(nouns, program, operation, spelling, after, run);
  return { argv: before };
}

/** Commander's own complaints as one of our errors. They quote what was given; names may be shown, values never. */
export function usageError(message: string): OrcError {
  const text = message
    .replace(/^error: /, '')
    .replace(/ argument '.*' is invalid\./s, ':')
    .replace(/^command-argument value '.*' is invalid for argument ('[^']*')\./s, 'argument $1:')
    .replace(/^(unknown option '[^=]*=).*'/s, "$1...'")
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(/'([^']*)'/g, (_match, word: string) => `"${shown(word)}"`);
  return new OrcError('INVALID_INPUT', text.endsWith('.') ? text : `${text}.`, {
    hint: 'tmux-orc --help shows the commands; every command has --help.',
  });
}
