import type { PaneId } from '../../kernel/ids.js';
import type { Ask } from '../ask.js';
import { decodeCursor, MAX_HASHES } from './cursor.js';
import { type Delta, readDelta } from './delta.js';
import { EchoGuard, echoEnd, type SentText } from './echo.js';
import { TypedAhead } from './typed-ahead.js';
import type { Reader } from './read-pane.js';
import type { OutputWait, WaitServices } from './wait.js';

/** Lines read besides, for what a secret may have begun in. */
export const OVERLAP_LINES = 60;
/** All there is after a cursor: a bound would leave out what is newest. */
export const ALL_LINES = Number.MAX_SAFE_INTEGER;

/** Where a wait begins. */
export interface WaitBase {
  /** What comes after it is looked at. */
  readonly cursor: string;
  readonly guard?: EchoGuard;
  /** What we pasted last could match by itself. */
  readonly ahead?: TypedAhead;
  /** The cursor's line was not finished there; whether it is by now tells that a line end has come. */
  readonly open: boolean;
  /** What stood between the caller's cursor and what we sent; no echo can be in it. */
  readonly early?: Delta;
}

/** The last lines, as few as a cursor needs, or all that came after a cursor. */
export const readFrom = (ask: Reader, pane: PaneId, since: string | undefined, onRead?: () => void): Promise<Delta> =>
  readDelta(ask, pane, { lines: since === undefined ? MAX_HASHES : ALL_LINES, ansi: false, since, onRead });

export const asText = (lines: readonly string[]): string => lines.join('\n');

/** True when the echo is shown and the cursor has left its line, so that nothing of it is drawn again. */
function isOver({ lines, cursorBelow }: Delta, text: string): boolean {
  return echoEnd(asText(cursorBelow ? lines : lines.slice(0, -1)), text) !== undefined;
}

/**
 * Where the wait begins. When what we pasted last could match by itself, one look tells both whether its echo is shown
 * already and where to go on, so no output falls between the two.
 */
export async function waitBase({ ask, sent }: WaitServices, wait: OutputWait): Promise<WaitBase> {
  const last = sent.get(wait.pane);
  if (last === undefined || wait.matcher?.find(last.text) === undefined) {
    if (wait.since !== undefined) return { cursor: wait.since, open: false };
    const { cursor, cursorBelow } = await readFrom(ask, wait.pane, undefined);
    return { cursor, open: !cursorBelow };
  }
  if (wait.since !== undefined) return baseSince(ask, wait.pane, wait.since, last);
  const fromSent = await readFrom(ask, wait.pane, last.cursor);
  const { cursor, cursorBelow } = fromSent;
  const shown = asText(fromSent.lines);
  const line = `${fromSent.before ?? ''}${shown}`.split('\n').at(-1);
  const ahead = new TypedAhead(last, cursorBelow ? '' : (line ?? ''));
  if (isOver(fromSent, last.text)) return { cursor, open: !cursorBelow, ahead };
  return { cursor, open: !cursorBelow, ahead, guard: new EchoGuard(last, performance.now(), shown) };
}

async function baseSince(ask: Ask, pane: PaneId, since: string, last: SentText): Promise<WaitBase> {
  const { row } = decodeCursor(since);
  const ahead = new TypedAhead(last, '');
  if (row > last.row) return { cursor: since, open: false, ahead };
  const options = { lines: ALL_LINES, ansi: false, since, above: last.row, overlap: OVERLAP_LINES };
  return {
    cursor: last.cursor,
    open: false,
    ahead,
    guard: new EchoGuard(last, performance.now(), ''),
    ...(row === last.row ? {} : { early: await readDelta(ask, pane, options) }),
  };
}
