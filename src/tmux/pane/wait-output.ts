import { isNotFound } from '../../kernel/errors.js';
import type { PaneId } from '../../kernel/ids.js';
import type { Ask } from '../ask.js';
import { encode } from '../encode.js';
import type { OutputWait, WaitResult, WaitServices } from './wait.js';
import { asText, readFrom, type WaitBase, waitBase } from './wait-base.js';
import { Collector } from './wait-collector.js';
import { follow } from './wait-source.js';

const CLOSED_CHECK_MS = 300;
/** Between two looks where there is no stream. */
const POLL_MS = 100;

async function isClosed(ask: Ask, pane: PaneId): Promise<boolean> {
  const facts = await ask
    .read(encode(['display-message', '-p', '-t', pane, '#{pane_id} #{pane_dead}']))
    .catch((error: unknown) => {
      if (isNotFound(error)) return Buffer.alloc(0);
      throw error;
    });
  return facts.toString('utf8').trim() !== `${pane} 0`;
}

function ended(collector: Collector, wait: OutputWait, deadline: number): WaitResult['outcome'] | undefined {
  if (collector.match !== undefined) return 'matched';
  const now = performance.now();
  if (wait.idleMs !== undefined && now - collector.lastAt >= wait.idleMs) return 'idle';
  return now >= deadline ? 'timeout' : undefined;
}

type End = Pick<WaitResult, 'outcome' | 'cursor'>;

const CLOSED: End = { outcome: 'closed', cursor: '' };

const orClosed = (error: unknown): End => {
  if (!isNotFound(error)) throw error;
  return CLOSED;
};

/** A match in what stood there before anything of ours was sent; the next wait goes on below it. */
function earlyMatch({ matcher }: OutputWait, { early }: WaitBase): WaitResult | undefined {
  if (early === undefined) return undefined;
  const text = asText(early.lines);
  const match = matcher?.find(text)?.text;
  if (match === undefined) return undefined;
  const { before = '', cursor, linesMissed } = early;
  return { outcome: 'matched', match, text, missed: linesMissed !== 0, before, cursor };
}

function result({ outcome, cursor }: End, { text, match, before, missed }: Collector, { early }: WaitBase): WaitResult {
  const above = early === undefined || early.lines.length === 0 ? '' : `${asText(early.lines)}\n`;
  return {
    outcome: match === undefined ? outcome : 'matched',
    ...(match === undefined ? {} : { match }),
    text: above + text,
    before: above === '' ? before : (early?.before ?? ''),
    missed: missed || (early !== undefined && early.linesMissed !== 0),
    cursor,
  };
}

/**
 * What a program printed right before its end may never have come over the stream: tmux drops what it has not sent when a
 * pane ends (3.3 to 3.5). It stands on the screen of a pane that stays; of one that is gone nobody can tell.
 */
async function lastWords(ask: Ask, pane: PaneId, collector: Collector, { cursor }: WaitBase): Promise<void> {
  const delta = await readFrom(ask, pane, cursor).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (delta === undefined) collector.missed = true;
  else if (delta.lines.length > 0) collector.begin(asText(delta.lines));
}

/**
 * Waits until a pane prints something that matches, is silent for a while, or closes. Only what comes after the call,
 * or the cursor, counts; the echo of what we typed ourselves does not.
 * @throws OrcError NOT_FOUND when the pane was gone before the wait began
 */
export async function waitForOutput(services: WaitServices, wait: OutputWait): Promise<WaitResult> {
  const deadline = performance.now() + wait.timeoutMs;
  const from = await waitBase(services, wait);
  const early = earlyMatch(wait, from);
  if (early !== undefined) return early;
  const collector = new Collector(wait.matcher, from.guard, from.ahead);
  let source = await follow(services, wait, collector, from);
  const untilEnd = async (): Promise<End> => {
    await source.begin();
    let closedCheck = performance.now() + CLOSED_CHECK_MS;
    for (;;) {
      collector.search();
      const outcome = ended(collector, wait, deadline);
      if (outcome !== undefined) return { outcome, cursor: await source.end() };
      const again = source.broken();
      if (again || performance.now() >= closedCheck) {
        if (await isClosed(services.ask, wait.pane)) return CLOSED;
        closedCheck = performance.now() + CLOSED_CHECK_MS;
      }
      if (again) {
        source.stop();
        source = await follow(services, wait, collector, from);
        await source.begin();
      }
      await collector.pause(POLL_MS, wait.signal);
      await source.poll();
    }
  };
  try {
    const end = await untilEnd().catch(orClosed);
    if (end.outcome === 'closed') {
      await source.drained();
      await lastWords(services.ask, wait.pane, collector, from);
      collector.search(true);
    }
    return result(end, collector, from);
  } finally {
    source.stop();
  }
}
