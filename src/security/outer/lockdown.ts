import { OrcError } from '../../kernel/errors.js';
import type { Lockdown } from '../lockdown.js';
import type { Call, Layer } from '../ring.js';

export function lockedDown(): OrcError {
  return new OrcError('LOCKED_DOWN', 'A lockdown is on: only reads go on until the operator ends it.');
}

/** Changes of tmux that only stop things, or clear up after a command that has ended. */
const GOES_ON = new Set(['cancel_job', 'interrupt', 'release_pane']);

/** For what is about to be sent to tmux: a call that passed the gate before the lockdown gets no further. */
export function lockdownGuard(lockdown: Pick<Lockdown, 'isActive'>): (operation: string) => void {
  return (operation) => {
    if (!GOES_ON.has(operation) && lockdown.isActive()) throw lockedDown();
  };
}

/** In a lockdown reads go on, and what stops things or ends the lockdown; everything else is refused. */
export function lockdownGate<Context extends Call>(lockdown: Pick<Lockdown, 'check'>): Layer<Context> {
  return async (call, next) => {
    const { operation } = call;
    const goesOn = operation === undefined || operation.exempt || operation.effect === 'read';
    if (!goesOn && (await lockdown.check())) throw lockedDown();
    return next(call);
  };
}
