import { isObject } from '../../kernel/json.js';

/** One thing in a conversation, in the order in which it happened. */
export type Entry =
  /** What a person, or whoever sits in one's place, has said. A turn begins with it. */
  | { readonly by: 'user'; readonly text: string }
  | {
      readonly by: 'agent';
      readonly text: string;
      /** The message that it is a part of; undefined: one of its own. */
      readonly message?: string | undefined;
      /** Where the same is told again, it has the same. */
      readonly key?: string | undefined;
    }
  /** A call of a tool, as one short line. */
  | { readonly by: 'tool'; readonly text: string; readonly key?: string | undefined }
  /** The turn is over, as it is told. */
  | {
      readonly by: 'end';
      readonly isAnswered: boolean;
      /** Its answer as a whole, where that is told with it; else why there is none. */
      readonly text?: string | undefined;
    };

/** The objects in a list. */
export const objectsIn = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

export const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');

const MAX_LINE = 200;
/** Arguments that tell most of what a call does. */
const TELLING = ['command', 'cmd', 'file_path', 'filePath', 'path', 'pattern', 'query', 'url', 'description', 'prompt'];

function argumentIn(input: unknown): string {
  if (!isObject(input)) return textIn(input);
  const found = TELLING.map((name) => input[name]).find((value) => typeof value === 'string' || Array.isArray(value));
  if (typeof found === 'string') return found;
  if (Array.isArray(found)) return found.filter((word) => typeof word === 'string').join(' ');
  return Object.keys(input).length === 0 ? '' : JSON.stringify(input);
}

/** A call as one line. @param input its arguments, as an object or as text */
export function toolLine(name: unknown, input: unknown): string {
  const shown = argumentIn(input).replaceAll(/\s+/g, ' ').trim();
  const line = shown === '' ? textIn(name) : `${textIn(name)}: ${shown}`;
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE).toWellFormed()}...` : line;
}
