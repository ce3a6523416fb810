import { type Clock, raceAbort, sleep, within } from '../kernel/clock.js';

/** What one round has come to: whether anything was new, or that tmux does not answer. */
export type Round = 'news' | 'quiet' | 'away';

export interface LoopOptions {
  readonly clock: Pick<Clock, 'mono'>;
  /** Read before each round, in milliseconds. */
  readonly intervalMs: () => number;
  /** @returns undefined to stop */
  readonly round: () => Promise<Round | undefined>;
  readonly signal: AbortSignal;
}

/** Rounds without news before they come half as often. */
const QUIET_ROUNDS = 60;
const QUIET_FACTOR = 2;
/** What is away is asked for less and less often. */
const AWAY_MS = { first: 500, most: 5000 } as const;

/** How long a round may take to end once the signal has, in milliseconds. */
const ENDING_MS = 5000;

async function bounded(work: Promise<Round | undefined>, signal: AbortSignal): Promise<Round | undefined> {
  try {
    return await raceAbort(work, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    return within(work, ENDING_MS);
  }
}

/**
 * Round after round, never two at once: one that takes longer than the interval is followed by the next at once, after a
 * breath. One that does not end is left behind, a while after the signal.
 */
export async function runLoop({ clock, intervalMs, round, signal }: LoopOptions): Promise<void> {
  const BREATH_MS = 20;
  let quiet = 0;
  let away = 0;
  while (!signal.aborted) {
    const began = clock.mono();
    const result = await bounded(round(), signal);
    if (result === undefined) return;
    quiet = result === 'quiet' ? quiet + 1 : 0;
    away = result === 'away' ? Math.min(AWAY_MS.most, Math.max(AWAY_MS.first, away * 2)) : 0;
    const wanted = intervalMs() * (quiet >= QUIET_ROUNDS ? QUIET_FACTOR : 1);
    const pause = away > 0 ? away : Math.max(BREATH_MS, wanted - (clock.mono() - began));
    await sleep(pause, signal).catch(() => undefined);
  }
}
