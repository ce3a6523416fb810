import { hasLoneSurrogate } from '../kernel/text.js';
import { StoreError, type Table } from './store.js';

const MAX_KEY_CHARACTERS = 1024;
/** Behind every key: a code point that no text holds. */
export const BEHIND_ALL = '\u{10ffff}';

/** @throws Error for what no backend could keep: that is a mistake of the program. */
export function checkKey(key: string): void {
  if (key.length > MAX_KEY_CHARACTERS || key.includes('\0') || key.includes(BEHIND_ALL) || hasLoneSurrogate(key))
    throw new Error('a key is up to 1024 characters of proper text');
}

/** @throws Error for what is no JSON */
export function encodeRow(row: unknown): string {
  const text = JSON.stringify(row) as string | undefined;
  if (text === undefined) throw new Error('a row is a JSON value');
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new StoreError('corrupt', 'A row of the store is damaged.', { cause: error });
  }
}

/** @throws StoreError corrupt, or refused for a row of a later version */
export function decodeRow<Row>(table: Table<Row>, version: number, text: string): Row | undefined {
  if (version > table.version) throw new StoreError('refused', 'A row of the store was written by a later version.');
  return table.read(parse(text), version);
}
