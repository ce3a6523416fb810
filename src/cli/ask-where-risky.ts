import type { App } from '../app/create-app.js';
import type { DispatchResult } from '../app/dispatcher.js';
import { OrcError, toErrorObject } from '../kernel/errors.js';
import { canAsk, confirm } from './confirm.js';

/** Asks the person at the terminal about a call that needs a yes; with it, the same call is made again. */
export async function askWhereRisky(
  app: App,
  result: DispatchResult,
  again: () => Promise<DispatchResult>,
): Promise<DispatchResult> {
  if (result.ok || result.error.code !== 'CONFIRMATION_REQUIRED' || !canAsk()) return result;
  const caller = await app.callerOf({ surface: 'cli' });
  // An agent has the terminal of its pane, and is no person.
  if (caller.role !== 'operator') return result;
  const tools = app.answers(caller);
  const question = (await tools.questions()).find(({ id }) => id === result.error.details?.approval_id);
  if (question === undefined) return result;
  if (!(await confirm(`${question.text}\nGo on? [y/N] `))) {
    const error = new OrcError('CANCELLED', 'Nothing was changed.', { hint: 'Answer y to go on.' });
    return { ...result, error: toErrorObject(error, result.meta.correlationId) };
  }
  await tools.answer(question, 'once');
  return again();
}
