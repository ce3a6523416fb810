import { ERROR_CODES } from '../../src/kernel/errors.js';
import { code, codes, page, plain, table } from './markdown.js';

const INTRO = `Every failed call has one of these codes. Over MCP it is in \`structuredContent.error.code\`, on the command line
before the message, with \`--json\` in \`error.code\`. The exit code tells the kind.`;

const FORM = [
  ['code', 'One of the codes above'],
  ['message', 'What was expected and what came; no value of an argument, no path, no stack'],
  ['hint', 'What to do next, one sentence'],
  ['retryable', 'Whether the same call can succeed later'],
  ['retry_after_ms?', 'When it can, if that is known'],
  ['correlation_id', 'Names this call in the log'],
  ['details?', 'Facts for programs, for example the candidates of an ambiguous name'],
] as const;

/** @param given codes that this version gives at all. */
export function errorsPage(given: ReadonlySet<string>): string {
  const rows = Object.entries(ERROR_CODES).map(([name, { exit, retryable, when, advice }]) => [
    code(name),
    String(exit),
    retryable ? 'yes' : 'no',
    plain(when),
    plain(advice),
  ]);
  const later = Object.keys(ERROR_CODES).filter((name) => !given.has(name));
  return page(
    'Errors',
    INTRO,
    table(['Code', 'Exit code', 'Retryable', 'When', 'What to do'], rows),
    later.length === 0 ? '' : `Nothing in this version gives ${codes(later)} yet.`,
    '## The form of an error',
    table(
      ['Field', 'Meaning'],
      FORM.map(([name, meaning]) => [code(name), meaning]),
    ),
  );
}
