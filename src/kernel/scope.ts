import { setMaxListeners } from 'node:events';

/** A lifetime: what was opened inside it is closed by it, last opened first. */
export interface Scope {
  /** Aborts when closing begins. */
  readonly signal: AbortSignal;
  /** Registers what has to happen at the end. Runs at once when the scope is already closed. */
  readonly defer: (close: () => void | Promise<void>) => void;
  /** Closes everything; safe to call twice. Errors of single closers do not stop the others. */
  readonly close: () => Promise<void>;
}

export function createScope(onError: (error: unknown) => void = () => undefined): Scope {
  const controller = new AbortController();
  // Everything that waits inside the scope listens to it.
  setMaxListeners(0, controller.signal);
  const closers: (() => void | Promise<void>)[] = [];
  let closing: Promise<void> | undefined;

  const run = async (close: () => void | Promise<void>): Promise<void> => {
    try {
      await close();
    } catch (error) {
      onError(error);
    }
  };

  const closeAll = async (): Promise<void> => {
    controller.abort();
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await run(close);
  };

  return {
    signal: controller.signal,
    defer: (close) => {
      if (closing === undefined) closers.push(close);
      else void run(close);
    },
    close: () => (closing ??= closeAll()),
  };
}
