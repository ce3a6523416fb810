import { createInterface } from 'node:readline';

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
