import { OrcError } from '../../kernel/errors.js';
import type { Lockdown } from '../lockdown.js';
import type { Call, Layer } from '../ring.js';

/** In a lockdown reads go on, and what stops things or ends the lockdown; everything else is refused. */
export function lockdownGate<Context extends Call>(lockdown: Pick<Lockdown, 'check'>): Layer<Context> {
  return async (call, next) => {
    const { operation } = call;
    const goesOn = operation === undefined || operation.exempt || operation.effect === 'read';
    if (!goesOn && (await lockdown.check()))
      throw new OrcError('LOCKED_DOWN', 'A lockdown is on: only reads go on until the operator ends it.');
    return next(call);
  };
}
