import { shown } from '../../kernel/text.js';
import type { Risk } from './risk.js';
import type { RiskTarget } from './target.js';

/** Most characters that are shown of either end of a text that is too long for a question. */
const END_CHARACTERS = 60;
/** The same of words and keys. */
const END_ITEMS = 10;

/** All of them, or the first and the last: whoever hides something puts it where nobody looks. */
function bothEnds<Item>(items: readonly Item[], most: number, show: (some: readonly Item[]) => string): string {
  if (items.length <= 2 * most) return show(items);
  return `${show(items.slice(0, most))} ... ${show(items.slice(-most))}`;
}

function escaped(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Blanks that push the rest out of sight. Line ends are none of them: they press Enter. */
const BLANKS = /([^\S\r\n]{4,})/;
const BLANKS_OR_CHARACTER = /[^\S\r\n]{4,}|[^]/g;

/** With what we say of it outside of the quotes, where the text cannot say it. */
function withoutBlanks(text: string): string {
  const parts = text.split(BLANKS).filter((part) => part !== '');
  return parts.map((part) => (BLANKS.test(part) ? `<${String(part.length)} blanks>` : escaped(part))).join(' ');
}

/** A caller's text for a person to judge: both of its ends, as one line of printable ASCII. */
export function quoted(text: string): string {
  if (text === '') return '""';
  const units = text.match(BLANKS_OR_CHARACTER) ?? [];
  const ends = bothEnds(units, END_CHARACTERS, (some) => withoutBlanks(some.join('')));
  return units.length > 2 * END_CHARACTERS ? `${ends} (${String(text.length)} characters)` : ends;
}

const counted = (items: readonly string[], what: string, show: (item: string) => string): string => {
  const ends = bothEnds(items, END_ITEMS, (some) => some.map(show).join(' '));
  return items.length > 2 * END_ITEMS ? `${ends} (${String(items.length)} ${what})` : ends;
};

/** A program and its arguments, so that one argument with a blank does not look like two. */
export const quotedWords = (words: readonly string[]): string => counted(words, 'words', quoted);

/** Names of keys, which are checked already. */
export const namedKeys = (keys: readonly string[]): string => counted(keys, 'keys', (key) => key);

function named(kind: string, { id, name }: { readonly id: string; readonly name: string }): string {
  return `${kind} ${id} "${shown(name)}"`;
}

/** What it is and where it lies, by id first: names are chosen by programs. */
export function placeText({ kind, sessions, window, panes }: RiskTarget): string {
  const held = sessions.map((session) => named('session', session)).join(' and ');
  const size = `${String(panes.length)} pane${panes.length === 1 ? '' : 's'}`;
  if (kind === 'session') return `${held} (${size})`;
  if (kind === 'window' && window !== undefined) return `${named('window', window)} (${size}) in ${held}`;
  return panes.map(({ id, command }) => `pane ${id} (${shown(command)}) in ${held}`).join('');
}

export interface Asked {
  readonly caller: string;
  readonly says: string;
  readonly target: RiskTarget | undefined;
  readonly own: boolean;
  readonly isAll: boolean;
  readonly risk: Risk;
  /** What else speaks against it; a sentence. */
  readonly doubt?: string | undefined;
}

/** The question to a person, in our words. */
export function questionText({ caller, says, target, own, isAll, risk, doubt }: Asked): string {
  const where = target === undefined ? '' : `${placeText(target)}: `;
  const why = own ? '' : ` ${shown(caller)} did not create it.`;
  const all = isAll ? ' It is all that runs on this tmux server.' : '';
  return `${shown(caller)} wants, on ${where === '' ? 'this tmux server: ' : where}${says}.${why}${all}${doubt === undefined ? '' : ` ${doubt}`} Risk: ${risk}.`;
}
