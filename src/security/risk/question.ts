import { shown } from '../../kernel/text.js';
import type { Risk } from './risk.js';
import type { RiskTarget } from './target.js';

const MAX_QUOTED = 80;

/** A caller's text for a person to judge: one line of printable ASCII, at most 80 characters of it. */
export function quoted(text: string): string {
  const escaped = JSON.stringify(text.slice(0, MAX_QUOTED)).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return text.length > MAX_QUOTED ? `${escaped}... (${String(text.length)} characters)` : escaped;
}

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
