import type { OperationContext } from './define-operation.js';

/** Hosts give up on a call after 60 s; a wait answers before that and can be continued. */
export const MAX_WAIT_SECONDS = 55;

const PROGRESS_MS = 5000;

/** @returns the time in milliseconds, and the bound in seconds where the caller asked for more. */
export function clampWait(seconds: number): { readonly timeoutMs: number; readonly clamped: number | undefined } {
  const clamped = seconds > MAX_WAIT_SECONDS ? MAX_WAIT_SECONDS : undefined;
  return { timeoutMs: (clamped ?? seconds) * 1000, clamped };
}

/** Waits without holding a working place, and tells a listening caller every few seconds that it goes on. */
export async function withProgress<T>(
  context: OperationContext,
  timeoutMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - started) / 1000);
    context.progress(seconds, `waiting, ${String(seconds)} of ${String(Math.round(timeoutMs / 1000))} s`);
  }, PROGRESS_MS);
  try {
    return await context.wait(work);
  } finally {
    clearInterval(timer);
  }
}
