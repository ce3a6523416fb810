import { createInterface } from 'node:readline';
import { OrcError } from '../kernel/errors.js';

/** A person can be asked: who answers on stdin sees the question, which goes to stderr. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** Asks on stderr: stdout is for the answer of the command. Ctrl-C and Ctrl-D mean no. */
export function confirm(question: string): Promise<boolean> {
  return new Promise((resolve) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    let yes = false;
    terminal.once('close', () => {
      resolve(yes);
    });
    terminal.question(question, (answer) => {
      yes = /^y(?:es)?$/i.test(answer.trim());
      terminal.close();
    });
  });
}

/** @throws OrcError CANCELLED unless the person says yes. @param kept a sentence, what stays as it was */
export async function requireYes(question: string, kept: string, hint: string): Promise<void> {
  if (!(await confirm(`${question} [y/N] `))) throw new OrcError('CANCELLED', kept, { hint });
}

/**
 * A program in a pane could type the command, but not where there is no terminal of its own.
 * @param what begins a sentence, for example `Trust is changed`
 * @throws OrcError DENIED
 */
export function requireTerminal(what: string): void {
  if (canAsk()) return;
  throw new OrcError('DENIED', `${what} at a terminal only.`, { hint: 'Run the command yourself, in a terminal.' });
}

/**
 * For what only a person does.
 * @param requireOperator throws for an agent
 * @param what begins a sentence, for example `Trust is changed`
 * @throws OrcError DENIED
 */
export async function requirePerson(requireOperator: (what: string) => Promise<void>, what: string): Promise<void> {
  await requireOperator(`${what} by the operator.`);
  requireTerminal(what);
}
