import type { Argument, Command, Option } from 'commander';
import type { Candidate } from './candidate.js';
import type { LiveKind, LiveNames } from './live-names.js';

export interface Answer {
  readonly candidates: readonly Candidate[];
  /** What the shell itself has to complete. */
  readonly paths?: 'files' | 'folders';
  /** More follows directly, so no space goes behind it. */
  readonly open?: boolean;
}

/** Where the cursor stands. */
type Spot =
  | { readonly kind: 'word'; readonly command: Command; readonly argument: Argument | undefined }
  | { readonly kind: 'value'; readonly option: Option; readonly prefix: string }
  | { readonly kind: 'argv' }
  | { readonly kind: 'unknown' };

/** Values of the global options that were read on the way, by commander's names for them. */
export type Given = Record<string, unknown>;

export interface Position {
  readonly spot: Spot;
  readonly given: Given;
}

const takesValue = (option: Option): boolean => option.required || option.optional;

function findOption(program: Command, command: Command, flag: string): Option | undefined {
  return [...command.options, ...program.options].find(({ long, short }) => long === flag || short === flag);
}

function remember(given: Given, option: Option, text: string): void {
  const name = option.attributeName();
  try {
    given[name] = option.parseArg === undefined ? text : option.parseArg(text, given[name]);
  } catch {
    // A value that the option refuses is as good as none.
  }
}

/** Reads the words before the cursor as commander will. */
class Walk {
  readonly given: Given = {};
  readonly #program: Command;
  #command: Command;
  #arguments = 0;
  /** An option that waits for its value. */
  #open: Option | undefined;
  #end: 'argv' | 'unknown' | undefined;

  constructor(program: Command) {
    this.#program = program;
    this.#command = program;
  }

  step(word: string): void {
    if (this.#end !== undefined) return;
    if (this.#open !== undefined) {
      remember(this.given, this.#open, word);
      this.#open = undefined;
    } else if (word === '--') this.#end = 'argv';
    else if (word.startsWith('-') && word.length > 1) this.#flag(word);
    else this.#word(word);
  }

  #flag(word: string): void {
    const [flag = '', ...rest] = word.split('=');
    const option = findOption(this.#program, this.#command, flag);
    if (option === undefined || !takesValue(option)) return;
    if (rest.length > 0) remember(this.given, option, rest.join('='));
    else this.#open = option;
  }

  #word(word: string): void {
    if (this.#command.commands.length === 0) this.#arguments++;
    else {
      const next = this.#command.commands.find((child) => child.name() === word);
      if (next === undefined) this.#end = 'unknown';
      else this.#command = next;
    }
  }

  spot(current: string): Spot {
    if (this.#end !== undefined) return { kind: this.#end };
    if (this.#open !== undefined) return { kind: 'value', option: this.#open, prefix: '' };
    const [prefix = '', flag = ''] = /^(--[a-z-]+)=/.exec(current) ?? [];
    const option = findOption(this.#program, this.#command, flag);
    if (option !== undefined && takesValue(option)) return { kind: 'value', option, prefix };
    const taken = this.#command.registeredArguments;
    const last = taken.at(-1);
    const argument = taken[this.#arguments] ?? (last?.variadic === true ? last : undefined);
    return { kind: 'word', command: this.#command, argument };
  }
}

/** Where the cursor stands after these words. */
export function findPosition(program: Command, before: readonly string[], current: string): Position {
  const walk = new Walk(program);
  for (const word of before) walk.step(word);
  return { spot: walk.spot(current), given: walk.given };
}

const MAX_DESCRIPTION = 72;

/** The first sentence, cut. */
function brief(text: string): string {
  const [first = ''] = text.split(/\. |\n/);
  const sentence = first.replace(/\.$/, '');
  return sentence.length > MAX_DESCRIPTION ? `${sentence.slice(0, MAX_DESCRIPTION - 3)}...` : sentence;
}

function flags(program: Command, command: Command): Candidate[] {
  const help = command.createHelp();
  const shown = [...help.visibleOptions(command), ...(command === program ? [] : help.visibleOptions(program))];
  const all = shown.map(({ long, description }) => ({ value: long ?? '', description: brief(description) }));
  return [...new Map(all.map((candidate) => [candidate.value, candidate])).values()];
}

function subcommands(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')
    .map((child) => ({ value: child.name(), description: brief(child.description()) }));
}

/** What the names of arguments and options say about their values. */
const LIVE: Readonly<Record<string, LiveKind>> = { target: 'target', session: 'session', window: 'window' };
const FOLDERS = new Set(['cwd']);
const FILES = new Set(['socketPath']);

interface Sources {
  readonly live: LiveNames;
  readonly configKeys: () => readonly Candidate[];
}

async function values(
  name: string,
  choices: readonly string[] | undefined,
  current: string,
  sources: Sources,
): Promise<Answer> {
  if (choices !== undefined) return { candidates: choices.map((value) => ({ value, description: '' })) };
  if (FOLDERS.has(name)) return { candidates: [], paths: 'folders' };
  if (FILES.has(name)) return { candidates: [], paths: 'files' };
  if (name === 'set') return { candidates: sources.configKeys(), open: true };
  const kind = Object.hasOwn(LIVE, name) ? LIVE[name] : undefined;
  return { candidates: kind === undefined ? [] : await sources.live(kind, current) };
}

/** What may stand at a position; the shell keeps what fits to the current word. */
export async function candidatesAt(
  program: Command,
  { spot }: Position,
  current: string,
  sources: Sources,
): Promise<Answer> {
  switch (spot.kind) {
    case 'unknown':
      return { candidates: [] };
    case 'argv':
      return { candidates: [], paths: 'files' };
    case 'value': {
      const { option, prefix } = spot;
      const answer = await values(option.attributeName(), option.argChoices, current.slice(prefix.length), sources);
      return { ...answer, candidates: answer.candidates.map(({ value, description }) => ({ value: `${prefix}${value}`, description })) }; // prettier-ignore
    }
    case 'word': {
      const { command, argument } = spot;
      if (current.startsWith('-')) return { candidates: flags(program, command) };
      if (command.commands.length > 0) return { candidates: subcommands(command) };
      return argument === undefined
        ? { candidates: flags(program, command) }
        : values(argument.name(), argument.argChoices, current, sources);
    }
  }
}
