import { OrcError } from '../../kernel/errors.js';
import type { PaneId, SessionId } from '../../kernel/ids.js';
import type { Matcher } from '../../security/text/pattern.js';
import type { Ask } from '../ask.js';
import { encode } from '../encode.js';
import { createCleanStream } from './clean-stream.js';
import { decodeCursor } from './cursor.js';
import { type Delta, readDelta, type Reader } from './delta.js';
import { EchoGuard, echoEnd, type SentText, type SentTexts } from './echo.js';
import type { PaneStreams } from './stream.js';
import { Collector } from './wait-collector.js';

export interface OutputWait {
  readonly session: SessionId;
  readonly pane: PaneId;
  readonly matcher: Matcher | undefined;
  readonly idleMs: number | undefined;
  readonly since: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface WaitResult {
  readonly outcome: 'matched' | 'idle' | 'timeout' | 'closed';
  readonly match?: string;
  /** What came since the call, or the cursor; raw, filters come after. */
  readonly text: string;
  /** Some of it may have been printed faster than it could be followed, and be gone. */
  readonly missed: boolean;
  /** What stood directly before the text, as far as it is known. */
  readonly before: string;
  readonly cursor: string;
}

export interface WaitServices {
  readonly ask: Ask;
  readonly streams: PaneStreams;
  readonly sent: SentTexts;
}

const OVERLAP_LINES = 60;
const LINES = 2000;
const CLOSED_CHECK_MS = 300;
/** Between two looks where there is no stream. */
const POLL_MS = 100;

async function isClosed(ask: Ask, pane: PaneId): Promise<boolean> {
  const facts = await ask
    .read(encode(['display-message', '-p', '-t', pane, '#{pane_id} #{pane_dead}']))
    .catch((error: unknown) => {
      if (error instanceof OrcError && error.code === 'NOT_FOUND') return Buffer.alloc(0);
      throw error;
    });
  return facts.toString('utf8').trim() !== `${pane} 0`;
}

interface Base {
  /** What comes after it is looked at. */
  readonly cursor: string;
  readonly guard?: EchoGuard;
  /** The cursor's line was not finished there; whether it is by now tells that a line end has come. */
  readonly open: boolean;
  /** A match in what stood after the caller's cursor before we sent anything. */
  readonly early?: string;
}

const asText = (lines: readonly string[]): string => lines.join('\n');

/** True when the echo is shown and the cursor has left its line, so that nothing of it is drawn again. */
function isOver({ lines, cursorBelow }: Delta, text: string): boolean {
  return echoEnd(asText(cursorBelow ? lines : lines.slice(0, -1)), text) !== undefined;
}

/**
 * Where the wait begins. When what we pasted last could match by itself, one look tells both whether its echo is shown
 * already and where to go on, so no output falls between the two.
 */
async function base({ ask, sent }: WaitServices, wait: OutputWait): Promise<Base> {
  const read = (since: string | undefined): Promise<Delta> =>
    readDelta(ask, wait.pane, { lines: LINES, ansi: false, since });
  const last = sent.get(wait.pane);
  if (last === undefined || wait.matcher?.find(last.text) === undefined) {
    if (wait.since !== undefined) return { cursor: wait.since, open: false };
    const { cursor, cursorBelow } = await read(undefined);
    return { cursor, open: !cursorBelow };
  }
  const fromSent = await read(last.cursor);
  const shown = echoEnd(asText(fromSent.lines), last.text) !== undefined;
  const { cursor, cursorBelow } = fromSent;
  if (wait.since === undefined) {
    if (isOver(fromSent, last.text)) return { cursor, open: !cursorBelow };
    return { cursor, open: !cursorBelow, guard: new EchoGuard(last, performance.now(), shown) };
  }
  return baseSince(read, wait, wait.since, last, fromSent);
}

/** What stood between the caller's cursor and what we sent is looked through without the guard. */
async function baseSince(
  read: (since: string) => Promise<Delta>,
  wait: OutputWait,
  since: string,
  last: SentText,
  fromSent: Delta,
): Promise<Base> {
  if (decodeCursor(since).row > last.row) return { cursor: since, open: false };
  const all = asText((await read(since)).lines);
  const early = wait.matcher?.find(all.slice(0, Math.max(0, all.length - asText(fromSent.lines).length)))?.text;
  return {
    cursor: last.cursor,
    open: false,
    guard: new EchoGuard(last, performance.now(), false),
    ...(early === undefined ? {} : { early }),
  };
}

interface Source {
  /** What came so far, without loss or repeat: what a look at the screen shows after the cursor, then the stream. */
  readonly begin: () => Promise<void>;
  readonly poll: () => Promise<void>;
  /** Part of the stream was lost, or all that comes after. */
  readonly broken: () => boolean;
  readonly stop: () => void;
}

/** Feeds the collector from the pane's stream, or, where none can be had, from looks at its screen. */
async function follow(services: WaitServices, wait: OutputWait, collector: Collector, from: Base): Promise<Source> {
  const { cursor } = from;
  const read = (since: string): Promise<Delta> =>
    readDelta(services.ask, wait.pane, { lines: LINES, ansi: false, since });
  const clean = createCleanStream();
  let early: string | undefined = '';
  let broken = false;
  const stream = await services.streams.open(wait.session, wait.pane, {
    onData: (bytes) => {
      const text = clean(bytes);
      if (early === undefined) collector.add(text);
      else early += text;
    },
    onGap: () => {
      broken = true;
    },
  });
  let at = cursor;
  let { open } = from;
  const poll = async (): Promise<void> => {
    const delta = await read(at);
    at = delta.cursor;
    if (open && delta.lineEnded) collector.add('\n');
    open &&= !delta.lineEnded;
    collector.missed ||= delta.linesMissed !== 0;
    if (delta.lines.length > 0) collector.add(`${asText(delta.lines)}\n`);
  };
  if (stream === undefined) return { begin: poll, poll, broken: () => false, stop: () => undefined };
  // The look goes over the stream's own connection: what comes before its reply is in it, what comes after is not.
  const reader: Reader = {
    read: (line) =>
      stream.read(line, () => {
        early = '';
      }),
  };
  const begin = async (): Promise<void> => {
    const delta = await readDelta(reader, wait.pane, {
      ...{ lines: LINES, ansi: false, since: cursor, overlap: OVERLAP_LINES },
    });
    collector.before = delta.before ?? '';
    const rest = early ?? '';
    early = undefined;
    collector.missed ||= delta.linesMissed !== 0;
    const shown = asText(delta.lines);
    const before = from.open && delta.lineEnded ? '\n' : '';
    collector.add(before + shown + (delta.cursorBelow && shown !== '' ? '\n' : '') + rest);
  };
  return { begin, poll: () => Promise.resolve(), broken: () => broken, stop: stream.stop };
}

function ended(collector: Collector, wait: OutputWait, deadline: number): WaitResult['outcome'] | undefined {
  if (collector.match !== undefined) return 'matched';
  const now = performance.now();
  if (wait.idleMs !== undefined && now - collector.lastAt >= wait.idleMs) return 'idle';
  return now >= deadline ? 'timeout' : undefined;
}

/**
 * Waits until a pane prints something that matches, is silent for a while, or closes. Only what comes after the call,
 * or the cursor, counts; the echo of what we typed ourselves does not.
 */
export async function waitForOutput(services: WaitServices, wait: OutputWait): Promise<WaitResult> {
  const { ask } = services;
  const deadline = performance.now() + wait.timeoutMs;
  const from = await base(services, wait);
  const { guard, early } = from;
  const collector = new Collector(wait.matcher, guard);
  let source = await follow(services, wait, collector, from);
  try {
    await source.begin();
    collector.match ??= early;
    let closedCheck = performance.now() + CLOSED_CHECK_MS;
    for (;;) {
      collector.search();
      const outcome = ended(collector, wait, deadline);
      if (outcome !== undefined) return await finish(services, wait, collector, outcome);
      const again = source.broken() && collector.match === undefined;
      if (again || performance.now() >= closedCheck) {
        if (await isClosed(ask, wait.pane)) return closedResult(collector);
        closedCheck = performance.now() + CLOSED_CHECK_MS;
      }
      if (again) {
        source.stop();
        source = await follow(services, wait, collector, from);
        collector.restart();
        await source.begin();
      }
      await collector.pause(POLL_MS, wait.signal);
      await source.poll();
    }
  } finally {
    source.stop();
  }
}

const closedResult = ({ text, before, missed }: Collector): WaitResult => ({
  ...{ outcome: 'closed', text, before, missed, cursor: '' },
});

async function finish(
  { ask }: WaitServices,
  wait: OutputWait,
  collector: Collector,
  outcome: WaitResult['outcome'],
): Promise<WaitResult> {
  const end = await readDelta(ask, wait.pane, { lines: 1, ansi: false, since: undefined });
  return {
    outcome,
    ...(collector.match === undefined ? {} : { match: collector.match }),
    text: collector.text,
    before: collector.before,
    missed: collector.missed,
    cursor: end.cursor,
  };
}
