import { OrcError } from '../../kernel/errors.js';
import { didYouMean, shown } from '../../kernel/text.js';

declare const brand: unique symbol;
/** A key that tmux's send-keys knows and that is no text (tmux(1), KEY BINDINGS). */
export type KeyName = string & { readonly [brand]: 'KeyName' };

export const MAX_KEYS = 50;

const NAMED = [
  'Enter', 'Escape', 'Tab', 'BTab', 'Space', 'BSpace', 'DC', 'IC', 'Up', 'Down', 'Left', 'Right', 'Home', 'End', 'PageUp', 'PageDown',
  ...Array.from({ length: 12 }, (_, index) => `F${String(index + 1)}`),
]; // prettier-ignore
const BY_LOWER = new Map(NAMED.map((name) => [name.toLowerCase(), name]));
// Names that people bring from elsewhere.
for (const [alias, name] of [
  ['return', 'Enter'],
  ['esc', 'Escape'],
  ['backspace', 'BSpace'],
  ['delete', 'DC'],
  ['insert', 'IC'],
  ['pgup', 'PageUp'],
  ['pgdn', 'PageDown'],
  ['ppage', 'PageUp'],
  ['npage', 'PageDown'],
] as const) {
  BY_LOWER.set(alias, name);
}
const MODIFIED = /^((?:[CMS]-){0,3})(.+)$/s;
const SINGLE = /^[A-Za-z0-9]$/;
const CONTROL_PUNCTUATION = /^[\\\]_^@/]$/;

/** Combinations for which tmux 3.3a sends no byte at all. */
const SILENT = /^C-(?:Enter|Escape|Tab|BTab|BSpace|[0159])$/;

function keyName(key: string): KeyName | undefined {
  const [, modifiers = '', base = ''] = MODIFIED.exec(key) ?? [];
  const named = BY_LOWER.get(base.toLowerCase());
  if (named !== undefined) return `${modifiers}${named}` as KeyName;
  if (SINGLE.test(base)) return `${modifiers}${base}` as KeyName;
  return modifiers.startsWith('C-') && CONTROL_PUNCTUATION.test(base) ? (`${modifiers}${base}` as KeyName) : undefined;
}

/**
 * @returns the keys in tmux's spelling. Named keys match without regard to case.
 * @throws OrcError INVALID_INPUT naming the first unknown key.
 */
export function keyNames(keys: readonly string[], what = 'keys'): KeyName[] {
  if (keys.length > MAX_KEYS)
    throw new OrcError(
      'INVALID_INPUT',
      `${what}: ${String(keys.length)} keys, at most ${String(MAX_KEYS)} in one call.`,
      { hint: 'Send text as text, or split the keys over several calls.' },
    );
  return keys.map((key, index) => {
    const name = keyName(key);
    if (name !== undefined && !SILENT.test(name)) return name;
    throw new OrcError(
      'INVALID_INPUT',
      `${what}[${String(index)}]: "${shown(key)}" is not a key name.${didYouMean(key, NAMED)}`,
      {
        hint: 'Keys are tmux names such as Enter, Escape, Up, F5, C-c, M-x; anything to be typed goes in text.',
      },
    );
  });
}
