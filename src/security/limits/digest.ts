import { createHash } from 'node:crypto';
import { isObject } from '../../kernel/json.js';

/** Longer texts are digested as they are: to make JSON of them would take longer than all the rest. */
const LONG_CHARACTERS = 1000;

function longTexts(value: unknown): [name: string, text: string][] {
  if (!isObject(value)) return [];
  const isLong = (entry: [string, unknown]): entry is [string, string] =>
    typeof entry[1] === 'string' && entry[1].length > LONG_CHARACTERS;
  return Object.entries(value).filter(isLong);
}

/** Stands for plain data. */
export function digestOf(...values: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const value of values) {
    const texts = longTexts(value);
    const lengths = Object.fromEntries(texts.map(([name, { length }]) => [name, { length }]));
    const rest = texts.length === 0 ? value : { ...(value as object), ...lengths };
    hash.update(JSON.stringify([rest]));
    for (const [, text] of texts) hash.update(text);
  }
  return hash.digest('base64');
}

/** The same for objects whose fields stand in another order. */
export function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, part]) => [name, inOrder(part)]));
}

/** @param path names of fields, from the outermost on; a list has none */
function withoutPath(value: unknown, [name = '', ...rest]: readonly string[]): unknown {
  if (!isObject(value) || !Object.hasOwn(value, name)) return value;
  const { [name]: inner, ...others } = value;
  return rest.length === 0 ? others : { ...others, [name]: withoutPath(inner, rest) };
}

/** @param fields that are left out, dots lead into objects */
export function withoutFields(value: unknown, fields: readonly string[]): unknown {
  return fields.reduce((left, field) => withoutPath(left, field.split('.')), value);
}
