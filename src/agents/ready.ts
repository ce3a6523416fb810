import { abortError, type Clock, sleep } from '../kernel/clock.js';
import type { Dialog } from '../providers/dialog.js';
import { type AgentState, isAsking, isEndedState } from '../kernel/agent-words.js';
import { isReadable, type Provider } from '../providers/provider.js';
import { type Look, showsStart } from './look.js';

const INTERVAL_MS = 250;
/** A start goes through screens that look like others: what counts has to stay, longer where only the screen says so. */
const STEADY_MS = 200;
const STEADY_SCREEN_MS = 1200;
const SURE = 0.5;

/** Long enough for a program that cannot start to end. */
const UNREADABLE_MS = 3000;

/** For how long a start is looked at: what tells nothing of itself is not seen to have started. */
export const readyTimeoutMs = (provider: Provider, wishedMs: number): number =>
  isReadable(provider) ? wishedMs : Math.min(wishedMs, UNREADABLE_MS);

/** How a start went. */
export interface Start {
  readonly isReady: boolean;
  readonly look: Look;
  /** A question that has to be answered before it starts. */
  readonly gate?: Dialog;
}

const READY: readonly AgentState[] = ['idle', 'working', 'error', 'rate_limited'];

const steadyMs = ({ verdict: { winner } }: Look): number =>
  winner?.source === 'screen' ? STEADY_SCREEN_MS : STEADY_MS;

/** What a look that can be relied on shows of a start; undefined while it goes on. */
function shownStart(look: Look): Start | undefined {
  const { state } = look.verdict;
  if (READY.includes(state) && showsStart(look)) return { isReady: true, look };
  if (!isAsking(state)) return undefined;
  return {
    isReady: false,
    look,
    gate: look.dialog ?? { title: look.lines.at(-1) ?? '', options: [], about: '', cancels: false },
  };
}

/**
 * Looks until an agent is seen to have started, asks something, or has ended.
 * @param look one look at it
 * @throws OrcError CANCELLED
 */
export async function awaitReady(
  look: () => Promise<Look>,
  { clock, timeoutMs, signal }: { readonly clock: Clock; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Start> {
  const deadline = clock.mono() + timeoutMs;
  let last: AgentState | undefined;
  let since = 0;
  for (;;) {
    if (signal.aborted) throw abortError(signal);
    const seen = await look();
    const { state, confidence } = seen.verdict;
    if (isEndedState(state)) return { isReady: false, look: seen };
    if (state !== last) [last, since] = [state, clock.mono()];
    const start = clock.mono() - since >= steadyMs(seen) && confidence >= SURE ? shownStart(seen) : undefined;
    if (start !== undefined) return start;
    if (clock.mono() >= deadline) return { isReady: false, look: seen };
    await sleep(Math.min(INTERVAL_MS, Math.max(1, deadline - clock.mono())), signal);
  }
}
