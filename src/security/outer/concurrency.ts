import { abortError } from '../../kernel/clock.js';
import { OrcError } from '../../kernel/errors.js';
import type { Call, Layer } from '../ring.js';

/** Places that calls take in order of arrival. */
export interface Slots {
  /**
   * Resolves with the function that gives the place back.
   * @param options.always queues however many wait: for work that has been admitted already.
   * @throws OrcError RATE_LIMITED when too many wait already, or the signal's error.
   */
  readonly take: (signal: AbortSignal, options?: { readonly always?: boolean }) => Promise<() => void>;
  readonly busy: () => number;
  readonly queued: () => number;
}

const FULL_RETRY_MS = 1000;

export function createSlots(size: number, maxQueued: number, what: string): Slots {
  let busy = 0;
  const queue = new Set<() => void>();

  const releaseOnce = (): (() => void) => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const [next] = queue;
      if (next === undefined) busy--;
      else next();
    };
  };

  return {
    busy: () => busy,
    queued: () => queue.size,
    take: (signal, options = {}) => {
      if (signal.aborted) return Promise.reject(abortError(signal));
      if (busy < size) {
        busy++;
        return Promise.resolve(releaseOnce());
      }
      if (queue.size >= maxQueued && options.always !== true) {
        return Promise.reject(
          new OrcError('RATE_LIMITED', `${String(queue.size)} calls wait for ${what} already.`, {
            hint: 'Send fewer calls at once.',
            rule: 'resource_exhaustion',
            retryAfterMs: FULL_RETRY_MS,
          }),
        );
      }
      return new Promise((resolve, reject) => {
        const admit = (): void => {
          queue.delete(admit);
          signal.removeEventListener('abort', leave);
          resolve(releaseOnce());
        };
        const leave = (): void => {
          queue.delete(admit);
          reject(abortError(signal));
        };
        queue.add(admit);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
}

/** A call that may wait: `wait` gives the place back while it does nothing but wait. */
export interface WaitingCall extends Call {
  readonly wait: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Bounds how many calls work at once. A waiting call holds a place among the waits instead. */
export function concurrency<Context extends WaitingCall>(working: Slots, waiting: Slots): Layer<Context> {
  return async (call, next) => {
    if (call.operation?.exempt === true) return next(call);
    let place: Promise<() => void> | undefined;
    let waits = 0;
    let ended = false;
    const take = async (always: boolean): Promise<void> => {
      place ??= working.take(call.signal, { always });
      await place;
    };
    const giveBack = (): void => {
      const given = place;
      place = undefined;
      given?.then(
        (release) => {
          release();
        },
        () => undefined,
      );
    };
    const wait: WaitingCall['wait'] = async (work) => {
      const releaseWait = await waiting.take(call.signal);
      // A call waits as long as any of its waits does, and holds one place at most: two could wait for each other.
      if (++waits === 1) giveBack();
      try {
        return await work();
      } finally {
        releaseWait();
        // A call that was given up leaves its wait behind; a place taken then would never be given back.
        if (--waits === 0 && !ended) await take(true);
      }
    };
    try {
      await take(false);
      return await next({ ...call, wait });
    } finally {
      ended = true;
      giveBack();
    }
  };
}
