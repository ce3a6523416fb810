import { sleep } from '../../kernel/clock.js';

const RETRY_MIN_MS = 1;
/** A try costs microseconds; a lock is held for milliseconds, and is free between two commits for less. */
const RETRY_MAX_MS = 4;

/** The clock of this process, for its own deadlines. */
export const now = (): number => performance.now();

/** Lets others have the event loop, and gathers what is asked for at the same time. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Before the next try: longer each time, and different in every process. */
export function pause(tries: number): Promise<void> {
  return sleep(RETRY_MIN_MS + Math.random() * Math.min(RETRY_MAX_MS, 2 ** tries));
}
