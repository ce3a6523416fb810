import type { Entry } from '../providers/transcripts/entry.js';

/** An entry, and where it stands. */
export interface Located {
  readonly entry: Entry;
  readonly at: string;
}

/** The last answer in a conversation. */
export interface Said {
  readonly text: string;
  /** Where it ends. */
  readonly at: string;
  /** Which of the entries it begins with. */
  readonly first: number;
  /** It is that of the newest turn. */
  readonly isNewest: boolean;
}

/** Entries of one turn: from one number up to another. */
type Turn = readonly [from: number, to: number];

/** A turn begins with what a user says; what stands before the first is the end of one. */
function turnsOf(entries: readonly Located[]): Turn[] {
  const starts = entries.flatMap(({ entry }, index) => (entry.by === 'user' || index === 0 ? [index] : []));
  return starts.map((start, index) => [start, starts[index + 1] ?? entries.length]);
}

/** The last text up to a place, with the other parts of its message. */
function lastText(entries: readonly Located[], [from]: Turn, upTo: number): Omit<Said, 'isNewest'> | undefined {
  const last = entries.slice(from, upTo).findLastIndex(({ entry }) => entry.by === 'agent') + from;
  const found = entries[last];
  if (last < from || found?.entry.by !== 'agent') return undefined;
  const { message } = found.entry;
  let first = last;
  const texts: string[] = [];
  for (let index = last; index >= from; index--) {
    const entry = entries[index]?.entry;
    if (entry?.by !== 'agent' || (index < last && (message === undefined || entry.message !== message))) break;
    texts.unshift(entry.text);
    first = index;
  }
  return { text: texts.join('\n'), at: found.at, first };
}

function answerOfTurn(entries: readonly Located[], turn: Turn, isOver: boolean): Omit<Said, 'isNewest'> | undefined {
  const [from, to] = turn;
  const end = entries.slice(from, to).findLastIndex(({ entry }) => entry.by === 'end') + from;
  const found = entries[end];
  if (end < from || found?.entry.by !== 'end')
    return isOver && entries[to - 1]?.entry.by === 'agent' ? lastText(entries, turn, to) : undefined;
  if (!found.entry.isAnswered) return undefined;
  if (found.entry.text !== undefined) return { text: found.entry.text, at: found.at, first: end };
  return lastText(entries, turn, end);
}

/** @param isOpen whether a turn is open; where that is not known, only a turn that is told to be over has an answer */
export function lastSaid(entries: readonly Located[], isOpen: boolean | undefined): Said | undefined {
  const turns = turnsOf(entries);
  for (const [index, turn] of [...turns.entries()].reverse()) {
    const isNewest = index === turns.length - 1;
    const said = answerOfTurn(entries, turn, !isNewest || isOpen === false);
    if (said !== undefined) return { ...said, isNewest };
  }
  return undefined;
}

/** Leaves out what was told before. */
export function createOnce(): (entries: readonly Entry[]) => readonly Entry[] {
  const seen = new Set<string>();
  return (entries) =>
    entries.filter((entry) => {
      const key = entry.by === 'agent' || entry.by === 'tool' ? entry.key : undefined;
      if (key === undefined) return true;
      const isNew = !seen.has(key);
      seen.add(key);
      return isNew;
    });
}
