import { randomUUID } from 'node:crypto';
import { type Clock, sleep } from '../kernel/clock.js';
import { isNotFound } from '../kernel/errors.js';
import type { Scope } from '../kernel/scope.js';
import type { OpenOutcome } from './model.js';

/** Looks for the trace of a change: true when it is there. Rejects while tmux does not answer, with NOT_FOUND when it ended. */
export type Probe = () => Promise<boolean>;

/** Remembers changes that timed out and settles each from its trace as soon as tmux answers again. */
export interface Outcomes {
  readonly add: (operation: string, target: string, probe: Probe | undefined) => OpenOutcome;
  readonly list: () => readonly OpenOutcome[];
}

const MAX_KEPT = 100;
const INTERVAL_MS = 1000;
/** A frozen server may run the change just after it answers, so one empty look does not prove that it will not. */
const EMPTY_LOOKS = 2;

export function createOutcomes(scope: Scope, clock: Clock): Outcomes {
  const kept = new Map<string, OpenOutcome>();

  const settle = async (outcome: OpenOutcome, probe: Probe): Promise<void> => {
    for (let empty = 0; empty < EMPTY_LOOKS && !scope.signal.aborted && kept.has(outcome.id);) {
      await sleep(INTERVAL_MS, scope.signal);
      // When the server has ended, so has every trace.
      const happened = await probe().catch((failure: unknown) => (isNotFound(failure) ? 'gone' : undefined));
      if (happened === true || happened === 'gone') {
        kept.set(outcome.id, { ...outcome, state: happened === true ? 'executed' : 'unknowable' });
        return;
      }
      empty = happened === false ? empty + 1 : 0;
    }
    if (kept.has(outcome.id)) kept.set(outcome.id, { ...outcome, state: 'not_executed' });
  };

  return {
    add: (operation, target, probe) => {
      const outcome: OpenOutcome = {
        id: randomUUID(),
        operation,
        target,
        at: clock.now(),
        state: probe === undefined ? 'unknowable' : 'open',
      };
      kept.set(outcome.id, outcome);
      const oldest = kept.keys().next();
      if (kept.size > MAX_KEPT && oldest.done !== true) kept.delete(oldest.value);
      if (probe !== undefined) settle(outcome, probe).catch(() => undefined);
      return outcome;
    },
    list: () => [...kept.values()],
  };
}
