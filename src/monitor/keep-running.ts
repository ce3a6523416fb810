import { type Clock, sleep } from '../kernel/clock.js';

export interface KeepRunningOptions {
  /** Runs the program to its end, which the signal brings about. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly clock: Pick<Clock, 'mono'>;
  readonly signal: AbortSignal;
  /** Told how long it pauses before the next start, in milliseconds. */
  readonly onPause?: (ms: number) => void;
}

/** Pauses before the next start: each twice as long as the one before, never longer than the last. */
export const PAUSE_MS = { first: 1000, most: 60_000 } as const;
/** What ran for so long was well: the next pause is the first again. */
export const STEADY_MS = 60_000;

/** Starts a program again whenever it ends, less and less often where that is at once; it never gives up. */
export async function keepRunning({ run, clock, signal, onPause }: KeepRunningOptions): Promise<void> {
  let pause: number = PAUSE_MS.first;
  for (;;) {
    const began = clock.mono();
    await run(signal);
    if (signal.aborted) return;
    if (clock.mono() - began >= STEADY_MS) pause = PAUSE_MS.first;
    onPause?.(pause);
    if (
      !(await sleep(pause, signal).then(
        () => true,
        () => false,
      ))
    )
      return;
    pause = Math.min(PAUSE_MS.most, pause * 2);
  }
}
