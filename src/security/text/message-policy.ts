import { OrcError } from '../../kernel/errors.js';
import { isShell } from './shells.js';

/** What may stand in text that is typed; where it is refused, nothing of it is changed. */
export type MessagePolicy = 'permissive' | 'strict_for_shells' | 'strict';

/** A piece of text that a shell would replace by something else. */
export interface Construct {
  readonly what: string;
  /** Where it begins, in UTF-16 units from 0. */
  readonly offset: number;
}

/** What reads the text: a shell takes each line as a command, and fish replaces what stands in plain brackets. */
export interface Reader {
  readonly shell: boolean;
  readonly fish: boolean;
}

const PLAIN_NAME = /^[A-Za-z0-9_.+-]{1,64}$/;

/** @param program in the foreground of a pane, as tmux names it. One with an odd name may be anything: it counts as a shell. */
export function readerOf(program: string): Reader {
  return { shell: isShell(program) || !PLAIN_NAME.test(program), fish: /^-?fish$/.test(program) };
}

// A `$` before anything but a name, `{` or `(` is a sign: `$5`, `100 $`. zsh replaces `=(...)` where a word begins.
const CONSTRUCTS =
  /(?<backtick>`)|(?<command>\$\()|(?<parameter>\$\{)|(?<variable>\$[A-Za-z_])|(?<process>[<>]\(|(?<![^\s;|&(])=\()/;
const FISH = /(?<brackets>\()/;
const LINE_END = /(?<line>\n)/;

const WORDS: Readonly<Record<string, string>> = {
  backtick: 'a backtick',
  command: 'a command substitution, "$("',
  parameter: 'a parameter substitution, "${"',
  variable: 'a variable',
  process: 'a process substitution',
  brackets: 'a command substitution of fish, "("',
  line: 'a line end',
};

/** The first thing in a text that a strict policy does not let pass. */
export function firstConstruct(text: string, reader: Reader): Construct | undefined {
  const sources = [CONSTRUCTS, ...(reader.fish ? [FISH] : []), ...(reader.shell ? [LINE_END] : [])];
  const match = new RegExp(sources.map(({ source }) => source).join('|')).exec(text);
  const groups: Readonly<Record<string, string | undefined>> = match?.groups ?? {};
  const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
  return match === null || kind === undefined ? undefined : { what: WORDS[kind] ?? kind, offset: match.index };
}

export function constructRefused({ what, offset }: Construct, { shell }: Reader, field = 'text'): OrcError {
  const where = shell ? ' for a shell' : '';
  return new OrcError('INVALID_INPUT', `${field}: has ${what} at offset ${String(offset)}, refused${where}.`, {
    hint: shell
      ? 'Write it without substitutions, on one line; run_command runs commands. security.sanitizer.message_policy decides.'
      : 'Write it without substitutions. security.sanitizer.message_policy decides.',
    details: { offset },
  });
}
