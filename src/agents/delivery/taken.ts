import type { EvidenceSource } from '../../kernel/agent-words.js';
import type { AgentState } from '../../kernel/agent-words.js';
import { factsOf } from '../told.js';
import { isSame, timesShown } from './composer.js';
import type { Sight } from '../sight.js';

/** How an agent was just before Enter was pressed. */
export interface Before {
  /** Sources that told of an open turn already: what they go on telling proves nothing. */
  readonly busy: ReadonlySet<EvidenceSource>;
  /** How many beginnings and ends of turns it had told of, and when it had told of anything, in milliseconds since the epoch. */
  readonly turns: number;
  readonly toldAt: number;
  /** A turn was open. */
  readonly isOpen: boolean;
  /** What stood in the composer, and how often its beginning stood on the screen. */
  readonly draft: string;
  readonly shown: number;
  /** How often the beginning and the end of the text did. */
  readonly head: number;
  readonly tail: number;
}

const OPEN: readonly AgentState[] = ['working', 'waiting_permission', 'waiting_input', 'rate_limited', 'error'];

export const before = ({ look, record }: Sight, text: string): Before => ({
  busy: new Set(look.evidence.filter(({ says }) => OPEN.includes(says)).map(({ source }) => source)),
  turns: look.told?.turns ?? 0,
  toldAt: look.told?.at ?? 0,
  isOpen: record.isOpen,
  draft: look.draft ?? '',
  shown: timesShown(look.draft ?? '', 'head', look.lines),
  head: timesShown(text, 'head', look.lines),
  tail: timesShown(text, 'tail', look.lines),
});

/** Whether it has told that it took the text since; undefined where it tells nothing of that, or nothing yet. */
function hasTold(
  { look: { told }, record: { folder }, provider }: Sight,
  was: Before,
  text: string,
): boolean | undefined {
  const events = provider?.events;
  if (folder === undefined || events === undefined || told === undefined) return undefined;
  if (events.notesEnds === true) {
    const { message } = told.at > was.toldAt ? factsOf(folder, 'noted', events) : {};
    // Conversations on the side tell too.
    return message !== undefined && isSame(message, text) ? true : undefined;
  }
  const { message } = told.turns > was.turns ? factsOf(folder, 'submitted', events) : {};
  return message === undefined ? undefined : isSame(message, text);
}

/**
 * It has left the composer and stands above it, itself or what the composer showed for it. An earlier text with the same
 * end may have left the screen at the same moment: so its beginning counts too.
 */
const isAbove = (lines: readonly string[], was: Before, text: string): boolean =>
  timesShown(was.draft, 'head', lines) >= Math.max(1, was.shown) ||
  timesShown(text, 'head', lines) > was.head ||
  timesShown(text, 'tail', lines) > was.tail;

/**
 * What shows that a text was taken, after Enter was pressed on it.
 * @returns names of what shows it; empty while nothing does
 */
export function takenBy(sight: Sight, was: Before, text: string): readonly string[] {
  const told = hasTold(sight, was, text);
  // Where it took something else, whatever begins now is not the turn of this message.
  if (told !== undefined) return told ? ['hook'] : [];
  const { draft, dialog, evidence, lines } = sight.look;
  if (draft !== '' && dialog === undefined) return [];
  const begun = evidence.filter(
    ({ source, says }) => OPEN.includes(says) && !was.busy.has(source) && source !== 'process',
  );
  if (begun.length > 0) return ['composer_emptied', ...begun.map(({ source }) => source)];
  if (draft !== '') return [];
  // A turn may be over before anybody has looked.
  if (isAbove(lines, was, text)) return ['composer_emptied', 'shown'];
  return was.isOpen ? ['composer_emptied'] : [];
}
