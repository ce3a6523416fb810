import { sleep } from '../../kernel/clock.js';
import { OrcError } from '../../kernel/errors.js';
import type { PaneId, SessionId } from '../../kernel/ids.js';
import { filterOutput } from '../../security/text/escape-filter.js';
import type { Matcher } from '../../security/text/pattern.js';
import type { Ask } from '../ask.js';
import { encode } from '../encode.js';
import { createCleanStream } from './clean-stream.js';
import { decodeCursor } from './cursor.js';
import { type Delta, readDelta } from './delta.js';
import { EchoGuard, echoEnd, type SentTexts } from './echo.js';
import type { PaneStreams } from './stream.js';

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
  /** What came since the call, or the cursor. */
  readonly text: string;
  readonly cursor: string;
}

export interface WaitServices {
  readonly ask: Ask;
  readonly streams: PaneStreams;
  readonly sent: SentTexts;
}

/** What a match may reach back over a chunk's edge. */
const OVERLAP = 4096;
const MAX_TEXT = 256 * 1024;
const LINES = 2000;
const CLOSED_CHECK_MS = 300;
/** Between two looks where there is no stream. */
const POLL_MS = 100;

/** Collects text and looks for the match in what is new of it. */
class Collector {
  text = '';
  match: string | undefined;
  lastAt = performance.now();
  readonly #matcher: Matcher | undefined;
  readonly #guard: EchoGuard | undefined;
  #searched = 0;
  #wake: () => void = () => undefined;

  constructor(matcher: Matcher | undefined, guard: EchoGuard | undefined) {
    this.#matcher = matcher;
    this.#guard = guard;
  }

  add(text: string): void {
    if (text === '') return;
    this.lastAt = performance.now();
    this.text += text;
    if (this.text.length > 2 * MAX_TEXT) {
      const cut = this.text.length - MAX_TEXT;
      this.text = this.text.slice(cut);
      this.#searched = Math.max(0, this.#searched - cut);
    }
    this.search();
  }

  /** Puts what a screen showed in the place of what the stream has brought until then. */
  prepend(shown: string): void {
    if (shown === '') return;
    this.text = '';
    this.#searched = 0;
    this.add(shown);
  }

  search(): void {
    if (this.#matcher === undefined || this.match !== undefined) return;
    const from = this.#guard === undefined ? 0 : this.#guard.from(this.text, performance.now());
    if (from === undefined) return;
    const start = Math.max(from, this.#searched - OVERLAP);
    this.match = this.#matcher.find(this.text.slice(start).replaceAll('\r', '\n'))?.text;
    this.#searched = this.text.length;
    if (this.match !== undefined) this.#wake();
  }

  /** Resolves at a match, or after `ms`. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => {
      woken.abort();
    };
    await sleep(ms, AbortSignal.any([signal, woken.signal])).catch((error: unknown) => {
      if (signal.aborted) throw error;
    });
  }
}

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
  /** A match in what stood after the caller's cursor before we sent anything. */
  readonly early?: string;
}

const asText = (lines: readonly string[]): string => lines.join('\n');

/**
 * Where the wait begins. When what we pasted last could match by itself, one look tells both whether its echo is shown
 * already and where to go on, so no output falls between the two.
 */
async function base({ ask, sent }: WaitServices, wait: OutputWait): Promise<Base> {
  const read = (since: string | undefined): Promise<Delta> =>
    readDelta(ask, wait.pane, { lines: LINES, ansi: false, since });
  const last = sent.get(wait.pane);
  if (last === undefined || wait.matcher?.find(last.text) === undefined) {
    return { cursor: wait.since ?? (await read(undefined)).cursor };
  }
  const fromSent = await read(last.cursor);
  const shown = echoEnd(asText(fromSent.lines), last.text) !== undefined;
  const guard = new EchoGuard(last, performance.now());
  if (wait.since === undefined) return shown ? { cursor: fromSent.cursor } : { cursor: fromSent.cursor, guard };
  if (decodeCursor(wait.since).row > last.row) return { cursor: wait.since };
  const all = asText((await read(wait.since)).lines);
  const early = wait.matcher.find(all.slice(0, Math.max(0, all.length - asText(fromSent.lines).length)))?.text;
  return { cursor: last.cursor, guard, ...(early === undefined ? {} : { early }) };
}

/** Feeds the collector from the pane's stream, or, where none can be had, from looks at its screen. */
async function follow(
  services: WaitServices,
  wait: OutputWait,
  collector: Collector,
  cursor: string,
): Promise<{ readonly poll: () => Promise<void>; readonly stop: () => void }> {
  const clean = createCleanStream();
  const stop = await services.streams.open(wait.session, wait.pane, {
    onData: (bytes) => {
      collector.add(clean(bytes));
    },
    onGap: () => undefined,
  });
  if (stop !== undefined) return { poll: () => Promise.resolve(), stop };
  let at = cursor;
  const poll = async (): Promise<void> => {
    const delta = await readDelta(services.ask, wait.pane, { lines: LINES, ansi: false, since: at });
    at = delta.cursor;
    if (delta.lines.length > 0) collector.add(`${delta.lines.join('\n')}\n`);
  };
  return { poll, stop: () => undefined };
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
  const { cursor, guard, early } = await base(services, wait);
  const collector = new Collector(wait.matcher, guard);
  const source = await follow(services, wait, collector, cursor);
  try {
    // What was printed before the stream began; what the stream has brought meanwhile is part of it.
    const gap = await readDelta(ask, wait.pane, { lines: LINES, ansi: false, since: cursor });
    collector.prepend(asText(gap.lines));
    collector.match ??= early;
    let closedCheck = performance.now() + CLOSED_CHECK_MS;
    for (;;) {
      collector.search();
      const outcome = ended(collector, wait, deadline);
      if (outcome !== undefined) return await finish(services, wait, collector, outcome);
      if (performance.now() >= closedCheck) {
        if (await isClosed(ask, wait.pane)) return { outcome: 'closed', text: visible(collector), cursor: '' };
        closedCheck = performance.now() + CLOSED_CHECK_MS;
      }
      await collector.pause(POLL_MS, wait.signal);
      await source.poll();
    }
  } finally {
    source.stop();
  }
}

const visible = (collector: Collector): string => filterOutput(collector.text).text;

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
    text: visible(collector),
    cursor: end.cursor,
  };
}
