import { createInterface } from 'node:readline';

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
