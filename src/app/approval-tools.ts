import { OrcError } from '../kernel/errors.js';
import { shown } from '../kernel/text.js';
import type { EventType } from '../security/audit/record.js';
import type { Approvals, Open, Scope } from '../security/risk/approvals.js';
import { noQuestion } from './no-question.js';
import { telling } from './operator-errors.js';

/** Where a person answers. */
export interface ApprovalTools {
  /** Questions that stand open, the oldest first. @throws OrcError */
  readonly questions: () => Promise<readonly Open[]>;
  /**
   * It is on record before it holds.
   * @param scope `no` denies it
   * @throws OrcError NOT_FOUND when it is not open any more, INVALID_INPUT when it cannot be approved for that
   */
  readonly answer: (question: Open, scope: Scope | 'no') => Promise<void>;
}

type Recorded = [word: string, facts: Record<string, unknown>, type: EventType];

/** What an answer is on record as. Only one that goes on holding is a change of trust. */
function answered({ id, caller, operation, risk }: Open, scope: Scope | 'no'): Recorded {
  const facts = { approval_id: id, asked_by: shown(caller), asked_for: operation, risk };
  if (scope === 'no') return ['confirmation_denied', facts, 'security'];
  return ['confirmation_approved', { ...facts, scope }, scope === 'once' ? 'security' : 'trust'];
}

async function answer(approvals: Approvals, { id, scopes }: Open, scope: Scope | 'no'): Promise<void> {
  if (scope !== 'no' && !scopes.includes(scope))
    throw new OrcError('INVALID_INPUT', `--for: this cannot be approved for a ${scope}.`, {
      hint: `It can be approved: ${scopes.join(', ')}.`,
    });
  const done = await (scope === 'no' ? approvals.deny(id) : approvals.approve(id, scope));
  if (done === undefined) throw noQuestion();
}

export function createApprovalTools(
  approvals: Approvals,
  record: (...event: Recorded) => Promise<unknown>,
): ApprovalTools {
  return {
    questions: () => telling('The questions cannot be read', approvals.list),
    answer: (question, scope) =>
      telling('The answer cannot be kept', async () => {
        await record(...answered(question, scope));
        await answer(approvals, question, scope);
      }),
  };
}
