import type { Config } from '../../config/schema.js';
import { ERROR_CODES, OrcError } from '../../kernel/errors.js';
import { isRefusal } from '../audit/call-event.js';
import { digestOf, inOrder, withoutFields } from '../limits/digest.js';
import { createRepetitions, type RepeatLimits } from '../limits/repetitions.js';
import type { Call, CalledOperation, Layer } from '../ring.js';

export interface LoopOptions {
  /** Read at each call. */
  readonly settings: () => Config['security']['loop_detection'];
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

const INSTEAD = {
  read: 'Nothing has changed. Do something else, or wait before you look again.',
  change: 'Repeating it changes nothing. Look at what it is about, then do something else.',
};

function refusal({ effect, repeats }: CalledOperation, { max, windowMs }: RepeatLimits, waitMs: number): OrcError {
  const seconds = windowMs / 1000;
  const often = max === 1 ? 'once' : `${String(max)} times`;
  return new OrcError('LOOP_DETECTED', `The same call came to the same result ${often} in ${String(seconds)} s.`, {
    hint: repeats.instead ?? INSTEAD[effect === 'read' ? 'read' : 'change'],
    retryAfterMs: waitMs,
    details: { limit: max, window_seconds: seconds },
  });
}

/** What a failed call came to. A refusal, and what is to be tried again, says nothing about what the call would do. */
function failure(error: unknown): string | undefined {
  if (!(error instanceof OrcError)) return 'INTERNAL';
  const { code, message } = error;
  const toldNothing = isRefusal(code) || ERROR_CODES[code].retryable || code === 'CANCELLED';
  return toldNothing ? undefined : digestOf(code, message);
}

/**
 * Refuses a call that has come to the same result again and again. What is exempt always passes, and so do calls that
 * are meant to be repeated.
 */
export function loopDetection<Context extends Call>({ settings, now }: LoopOptions): Layer<Context> {
  const repetitions = createRepetitions(now);

  return async (call, next) => {
    const { enabled, max_identical_calls: calls, max_identical_reads: reads, window_seconds } = settings();
    const { operation, caller, args } = call;
    if (!enabled || operation === undefined || operation.exempt || caller.role === 'operator') return next(call);
    if (operation.repeats.allowed?.(args) === true) return next(call);
    const changes = operation.effect !== 'read';
    const limits = { max: changes ? calls : reads, windowMs: window_seconds * 1000 };
    const repeated = { caller: caller.id, key: `${operation.name} ${digestOf(inOrder(args))}`, changes };
    const waitMs = repetitions.waitOf(repeated, limits);
    if (waitMs > 0) throw refusal(operation, limits, waitMs);

    let decided = false;
    const note: NonNullable<Call['note']> = (facts) => {
      decided ||= facts.decision !== undefined;
      call.note?.(facts);
    };
    const remember = (outcome: Parameters<typeof repetitions.note>[2]): void => {
      const again = repetitions.note(repeated, limits, outcome);
      // What another layer had to say of the call says more.
      if (again && !decided) call.note?.({ decision: { rule: 'identical_call' } });
    };
    let found: readonly unknown[] = [];
    const saw: NonNullable<Call['saw']> = (state) => {
      found = state;
    };
    try {
      const result = await next({ ...call, note, saw });
      const digest = digestOf(found, withoutFields(result, operation.repeats.volatile));
      remember({ digest, ok: true });
      return result;
    } catch (error) {
      const digest = failure(error);
      if (digest !== undefined) remember({ digest, ok: false });
      throw error;
    }
  };
}
