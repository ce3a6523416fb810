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

/**
 * A signal that aborts with another one, or after a time. Not AbortSignal.any with AbortSignal.timeout: what those make is
 * held weakly in Node 20, and where it is collected nothing ever ends.
 */
export function endingAfter(signal: AbortSignal, ms: number): AbortSignal {
  if (signal.aborted) return signal;
  const ending = new AbortController();
  const end = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    ending.abort(signal.aborted ? signal.reason : undefined);
  };
  const timer = setTimeout(end, ms);
  timer.unref();
  signal.addEventListener('abort', end, { once: true });
  return ending.signal;
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

const nothing = (): undefined => undefined;

/** What is waited for, or undefined where it takes longer than that many milliseconds; it goes on then. */
export async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([work, sleep(ms, timer.signal).then(nothing, nothing)]);
  } finally {
    timer.abort();
  }
}
