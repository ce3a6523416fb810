import type { Entry } from '../providers/transcripts/entry.js';

/** A place in a conversation: in the entries of one line or message, so many pieces of them. */
export interface Position {
  readonly at: string;
  readonly piece: number;
}

/** What one line or message has told. */
export interface Item {
  readonly at: string;
  /** Where the next one begins. */
  readonly next: Position;
  readonly entries: readonly Entry[];
}

/** A part of a conversation as text. */
export interface Page {
  readonly text: string;
  /** What stands directly before it, where it begins within an entry. */
  readonly before: string;
  readonly next: Position | undefined;
  /** There was no room for more. */
  readonly isFull: boolean;
  /** It ends with a message that nothing follows as yet. */
  readonly isWaiting: boolean;
}

/** A piece of an entry, short enough that several fit into any page that is worth asking for. */
interface Piece {
  readonly text: string;
  readonly isLast: boolean;
}

const PIECE_CHARACTERS = 4000;
const GAP = '\n\n';

const HEADS = { user: '[user]\n', agent: '[agent]\n', tool: '[tool] ', end: '' } as const;

function textOf(entry: Entry): string {
  if (entry.by !== 'end') return `${HEADS[entry.by]}${entry.text}`;
  if (entry.isAnswered) return '';
  return entry.text === undefined || entry.text === '' ? '[no answer]' : `[no answer] ${entry.text}`;
}

function piecesOf(entry: Entry): Piece[] {
  const text = textOf(entry);
  const pieces: Piece[] = [];
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + PIECE_CHARACTERS, text.length);
    // No character is cut.
    if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1] ?? '')) end++;
    pieces.push({ text: text.slice(start, end), isLast: end >= text.length });
    start = end;
  }
  return pieces;
}

/** Pieces one after the other, as far as there is room; the first one always has some. */
function createText(maxBytes: number): {
  /** @returns the first piece that there was no room for */
  readonly add: (pieces: readonly Piece[], skipped: number) => number | undefined;
  readonly read: () => Pick<Page, 'text' | 'before'>;
} {
  const texts: string[] = [];
  let [bytes, before] = [0, ''];
  return {
    add: (pieces, skipped) => {
      for (const [index, { text, isLast }] of pieces.entries()) {
        if (index < skipped) continue;
        const whole = isLast ? text + GAP : text;
        bytes += Buffer.byteLength(whole);
        if (texts.length > 0 && bytes > maxBytes) return index;
        const previous = pieces[index - 1];
        if (texts.length === 0 && previous?.isLast === false) before = previous.text;
        texts.push(whole);
      }
      return undefined;
    },
    read: () => ({ text: texts.join('').replace(/\n+$/, ''), before }),
  };
}

/** Fills a page. @param from where it begins; undefined: with the first item */
export async function fillPage(
  items: AsyncIterable<Item>,
  from: Position | undefined,
  maxBytes: number,
): Promise<Page> {
  const text = createText(maxBytes);
  let [next, isWaiting] = [from, false];
  for await (const { at, next: after, entries } of items) {
    const left = text.add(entries.flatMap(piecesOf), from?.at === at ? from.piece : 0);
    if (left !== undefined) return { ...text.read(), next: { at, piece: left }, isFull: true, isWaiting };
    next = after;
    const last = entries.at(-1);
    if (last !== undefined) isWaiting = last.by === 'user';
  }
  return { ...text.read(), next, isFull: false, isWaiting };
}
