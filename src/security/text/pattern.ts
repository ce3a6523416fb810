import type { RE2JS } from 're2js';
import { OrcError } from '../../kernel/errors.js';

/** Finds a text or a pattern; never takes more than linear time, whatever the pattern. */
export interface Matcher {
  /** First match at or after `from`. */
  readonly find: (text: string, from?: number) => { readonly index: number; readonly text: string } | undefined;
}

const MAX_CHARACTERS = 1000;

/**
 * @param regex RE2 syntax: no look-around and no back-references, which is what keeps it linear.
 * @throws OrcError INVALID_INPUT
 */
export async function compileMatcher(pattern: string, regex: boolean, what = 'pattern'): Promise<Matcher> {
  if (pattern === '') throw new OrcError('INVALID_INPUT', `${what}: is empty.`, { hint: 'Give the text to look for.' });
  if (pattern.length > MAX_CHARACTERS) {
    throw new OrcError('INVALID_INPUT', `${what}: longer than ${String(MAX_CHARACTERS)} characters.`, {
      hint: 'Look for a shorter part.',
    });
  }
  return regex ? regexMatcher(pattern, what) : textMatcher(pattern);
}

function textMatcher(pattern: string): Matcher {
  return {
    find: (text, from = 0) => {
      const index = text.indexOf(pattern, from);
      return index === -1 ? undefined : { index, text: pattern };
    },
  };
}

async function regexMatcher(pattern: string, what: string): Promise<Matcher> {
  // Loaded when the first pattern comes.
  const { RE2JS: Compiler } = await import('re2js');
  let compiled: RE2JS;
  try {
    compiled = Compiler.compile(pattern, Compiler.MULTILINE);
  } catch {
    throw new OrcError('INVALID_INPUT', `${what}: not a regular expression.`, {
      hint: 'RE2 syntax: no look-around, no back-references; escape characters such as ( [ . with a backslash.',
    });
  }
  return {
    find: (text, from = 0) => {
      const matcher = compiled.matcher(text);
      if (!matcher.find(from)) return undefined;
      return { index: matcher.start(), text: matcher.group() ?? '' };
    },
  };
}
