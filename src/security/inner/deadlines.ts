import { raceAbort } from '../../kernel/clock.js';
import { OrcError } from '../../kernel/errors.js';
import type { Call, Layer } from '../ring.js';

/** Ends a call after `toolMs`. A change that was sent by then may still happen, so its outcome is said to be unknown. */
export function deadlines<Context extends Call>(toolMs: number, waitMs: number): Layer<Context> {
  return async (call, next) => {
    const limit = call.operation?.waits === true ? waitMs : toolMs;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      const seconds = String(Math.round(limit / 1000));
      const changes = call.operation !== undefined && call.operation.effect !== 'read';
      controller.abort(
        changes
          ? new OrcError('OUTCOME_UNKNOWN', `The call took longer than ${seconds} s; its change may still happen.`, {
              hint: 'Look at the target before you repeat it.',
            })
          : new OrcError('TIMEOUT', `The call took longer than ${seconds} s.`, { hint: 'Ask for less, or try again.' }),
      );
    }, limit);
    const signal = AbortSignal.any([call.signal, controller.signal]);
    try {
      return await raceAbort(next({ ...call, signal }), signal);
    } finally {
      clearTimeout(timer);
    }
  };
}
