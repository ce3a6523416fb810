import type { EvidenceSource } from '../../kernel/agent-words.js';
import type { AgentState } from '../../kernel/agent-words.js';
import { factsOf } from '../told.js';
import { isSame, timesShown } from './composer.js';
import type { Sight } from './obstacle.js';

/** How an agent was just before Enter was pressed. */
export interface Before {
  /** Sources that told of an open turn already: what they go on telling proves nothing. */
  readonly busy: ReadonlySet<EvidenceSource>;
  /** How many beginnings and ends of turns it had told of. */
  readonly turns: number;
  /** A turn was open. */
  readonly isOpen: boolean;
  /** What stood in the composer, and how often that stood on the screen. */
  readonly draft: string;
  readonly shown: number;
}

const OPEN: readonly AgentState[] = ['working', 'waiting_permission', 'waiting_input', 'rate_limited', 'error'];

export const before = ({ look, record }: Sight): Before => ({
  busy: new Set(look.evidence.filter(({ says }) => OPEN.includes(says)).map(({ source }) => source)),
  turns: look.told?.turns ?? 0,
  isOpen: record.isOpen,
  draft: look.draft ?? '',
  shown: timesShown(look.draft ?? '', look.lines),
});

/** What it has told that it took since; undefined where it tells nothing, or nothing yet. */
function toldMessage({ look, record, provider }: Sight, { turns }: Before): string | undefined {
  if ((look.told?.turns ?? 0) <= turns || record.folder === undefined || provider?.events === undefined)
    return undefined;
  return factsOf(record.folder, 'submitted', provider.events).message;
}

/**
 * What shows that a text was taken, after Enter was pressed on it.
 * @returns names of what shows it; empty while nothing does
 */
export function takenBy(sight: Sight, was: Before, text: string): readonly string[] {
  const told = toldMessage(sight, was);
  // It took something else: whatever begins now is not the turn of this message.
  if (told !== undefined) return isSame(told, text) ? ['hook'] : [];
  const { draft, dialog, evidence, lines } = sight.look;
  if (draft !== '' && dialog === undefined) return [];
  const begun = evidence.filter(
    ({ source, says }) => OPEN.includes(says) && !was.busy.has(source) && source !== 'process',
  );
  if (begun.length > 0) return ['composer_emptied', ...begun.map(({ source }) => source)];
  if (draft !== '') return [];
  // It has left the composer and stands above it: a turn may be over before anybody has looked.
  if (timesShown(was.draft, lines) >= Math.max(1, was.shown)) return ['composer_emptied', 'shown'];
  return was.isOpen ? ['composer_emptied'] : [];
}
