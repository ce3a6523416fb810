import type { RE2JS } from 're2js';
import { OrcError } from '../../kernel/errors.js';

/** Finds a text or a pattern; never takes more than linear time, whatever the pattern. */
export interface Matcher {
  /** First match at or after `from`. */
  readonly find: (text: string, from?: number) => { readonly index: number; readonly text: string } | undefined;
}

/** As much of a RegExp as readers of screens need, for one line; an own pattern takes linear time too. */
export interface LinePattern {
  readonly test: (line: string) => boolean;
  readonly exec: (line: string) => LineMatch | null;
}

export interface LineMatch {
  readonly 0: string;
  readonly index: number;
  readonly input: string;
  readonly groups?: Readonly<Record<string, string | undefined>> | undefined;
}

/** One that was made from the text of a pattern. */
export interface OwnLinePattern extends LinePattern {
  readonly groupNames: readonly string[];
}

const MAX_CHARACTERS = 1000;

/**
 * @param regex RE2 syntax: no look-around and no back-references, which is what keeps it linear.
 * @throws OrcError INVALID_INPUT
 */
export async function compileMatcher(pattern: string, regex: boolean, what = 'pattern'): Promise<Matcher> {
  requireSize(pattern, what);
  return regex ? regexMatcher(pattern, what) : textMatcher(pattern);
}

function requireSize(pattern: string, what: string): void {
  if (pattern === '') throw new OrcError('INVALID_INPUT', `${what}: is empty.`, { hint: 'Give the text to look for.' });
  if (pattern.length > MAX_CHARACTERS) {
    throw new OrcError('INVALID_INPUT', `${what}: longer than ${String(MAX_CHARACTERS)} characters.`, {
      hint: 'Look for a shorter part.',
    });
  }
}

function textMatcher(pattern: string): Matcher {
  return {
    find: (text, from = 0) => {
      const index = text.indexOf(pattern, from);
      return index === -1 ? undefined : { index, text: pattern };
    },
  };
}

/** Loaded when the first pattern comes. */
const loadEngine = async (): Promise<typeof RE2JS> => (await import('re2js')).RE2JS;

function compile(engine: typeof RE2JS, pattern: string, flags: number, what: string): RE2JS {
  try {
    return engine.compile(pattern, flags);
  } catch {
    throw new OrcError('INVALID_INPUT', `${what}: not a regular expression.`, {
      hint: 'RE2 syntax: no look-around, no back-references; escape characters such as ( [ . with a backslash.',
    });
  }
}

async function regexMatcher(pattern: string, what: string): Promise<Matcher> {
  const engine = await loadEngine();
  const compiled = compile(engine, pattern, engine.MULTILINE, what);
  return {
    find: (text, from = 0) => {
      const matcher = compiled.matcher(text);
      if (!matcher.find(from)) return undefined;
      return { index: matcher.start(), text: matcher.group() ?? '' };
    },
  };
}

/**
 * Makes what compiles patterns for lines, in the same syntax.
 * @returns throws OrcError INVALID_INPUT for a pattern that cannot be used
 */
export async function loadLinePatterns(): Promise<(pattern: string) => OwnLinePattern> {
  const engine = await loadEngine();
  return (pattern) => {
    requireSize(pattern, 'pattern');
    const compiled = compile(engine, pattern, 0, 'pattern');
    const groupNames = Object.keys(compiled.namedGroups());
    return {
      groupNames,
      test: (line) => compiled.matcher(line).find(),
      exec: (line) => {
        const matcher = compiled.matcher(line);
        if (!matcher.find()) return null;
        const groups = Object.fromEntries(groupNames.map((name) => [name, matcher.group(name) ?? undefined]));
        return { 0: matcher.group() ?? '', index: matcher.start(), input: line, groups };
      },
    };
  };
}
