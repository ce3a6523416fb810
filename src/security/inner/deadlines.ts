import { abortError, type Clock, raceAbort } from '../../kernel/clock.js';
import { OrcError } from '../../kernel/errors.js';
import type { Call, CallTime, Layer } from '../ring.js';

export interface Deadlines {
  readonly clock: Clock;
  /** Of a call that works, in milliseconds. */
  readonly toolMs: number;
  /** Of one that mostly waits; its own clamp ends it before. */
  readonly waitMs: number;
}

/** What the last step leaves, so that its own error, which knows more, comes before that of the deadline. */
const MARGIN = 0.05;
/** From here on a call that can give a part gives it. */
const ENDING = 0.2;

function late(limitMs: number, changing: boolean): OrcError {
  const seconds = String(Math.round(limitMs / 1000));
  return changing
    ? new OrcError('OUTCOME_UNKNOWN', `The call took longer than ${seconds} s; its change may still happen.`, {
        hint: 'Look at the target before you repeat it.',
      })
    : new OrcError('TIMEOUT', `The call took longer than ${seconds} s; it has changed nothing.`, {
        hint: 'Ask for less, or try again.',
      });
}

/**
 * Ends a call after its time, and hands down what is left of it. A change that was sent by then may still happen, so its
 * outcome is said to be unknown; none is sent any more.
 */
export function deadlines<Context extends Call>({ clock, toolMs, waitMs }: Deadlines): Layer<Context> {
  return async (call, next) => {
    const limit = call.operation?.waits === true ? waitMs : toolMs;
    const start = clock.mono();
    const controller = new AbortController();
    let changing = false;
    const timer = setTimeout(() => {
      controller.abort(late(limit, changing));
    }, limit);
    // Not AbortSignal.any: what that made, and all that listens to it, is only freed by a collection of the whole heap.
    const { signal } = controller;
    const giveUp = (): void => {
      controller.abort(call.signal.reason);
    };
    if (call.signal.aborted) giveUp();
    else call.signal.addEventListener('abort', giveUp, { once: true });
    const time: CallTime = {
      end: start + limit * (1 - MARGIN),
      begin: () => {
        if (signal.aborted) throw abortError(signal);
        changing = true;
      },
      isEnding: () => clock.mono() >= start + limit * (1 - ENDING),
    };
    try {
      return await raceAbort(next({ ...call, signal, time }), signal);
    } finally {
      clearTimeout(timer);
      call.signal.removeEventListener('abort', giveUp);
    }
  };
}
