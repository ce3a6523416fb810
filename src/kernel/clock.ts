import { OrcError } from './errors.js';

export const DAY_MS = 86_400_000;

/** Time, injectable for tests. */
export interface Clock {
  /** Wall clock in milliseconds since the epoch; may jump. */
  readonly now: () => number;
  /** Monotonic milliseconds; only differences mean something. */
  readonly mono: () => number;
}

export const systemClock: Clock = { now: () => Date.now(), mono: () => performance.now() };

/**
 * Resolves after `ms` milliseconds.
 * @throws OrcError CANCELLED as soon as the signal aborts.
 */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(abortError(signal));
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(abortError(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** The error a wait ends with when its signal aborts: the reason when it is one of ours, else CANCELLED. */
export function abortError(signal: AbortSignal | undefined): OrcError {
  const reason: unknown = signal?.reason;
  return reason instanceof OrcError ? reason : new OrcError('CANCELLED', 'The call was cancelled.');
}

/** Rejects with the signal's error when it aborts before `work` settles; `work` itself is left alone. */
export function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      work.catch(() => undefined);
      reject(abortError(signal));
      return;
    }
    const onAbort = (): void => {
      reject(abortError(signal));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
