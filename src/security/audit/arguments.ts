import { parsePaneId, parseSessionId, parseWindowId } from '../../kernel/ids.js';
import { shown } from '../../kernel/text.js';

export interface ArgumentOptions {
  /** Stands for a text; undefined when there is no key. */
  readonly digest: (text: string) => string | undefined;
  /** The words that a parameter can have, where these are all. */
  readonly choices: (parameter: string) => ReadonlySet<string> | undefined;
}

/** A call has fewer; whoever sends more only makes the record long. */
const MAX_ARGUMENTS = 32;

export const isTmuxId = (text: string): boolean =>
  parsePaneId(text) !== undefined || parseWindowId(text) !== undefined || parseSessionId(text) !== undefined;

function describe(name: string, value: unknown, { digest, choices }: ArgumentOptions): unknown {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (isTmuxId(value) || choices(name)?.has(value) === true) return value;
    return { length: Buffer.byteLength(value), digest: digest(value) };
  }
  const entries = typeof value === 'object' ? Object.keys(value).length : 0;
  const text = textOf(value);
  return text === undefined ? { entries } : { entries, length: Buffer.byteLength(text), digest: digest(text) };
}

/** @returns undefined for what is nested deeper than the stack */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/**
 * Arguments as a record holds them: numbers, ids and words of ours stand, every other text is a length and a digest.
 * Names of arguments come from the caller too.
 */
export function describeArguments(
  args: unknown,
  options: ArgumentOptions,
): Readonly<Record<string, unknown>> | undefined {
  if (args === undefined || args === null) return undefined;
  if (typeof args !== 'object' || Array.isArray(args)) return { not_an_object: describe('', args, options) };
  const all = Object.entries(args as Readonly<Record<string, unknown>>);
  const told: Record<string, unknown> = {};
  for (const [name, value] of all.slice(0, MAX_ARGUMENTS)) told[shown(name)] = describe(name, value, options);
  const more = all.length - MAX_ARGUMENTS;
  return { ...told, ...(more > 0 ? { more_arguments: more } : {}) };
}
