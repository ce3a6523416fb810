import { OrcError } from '../../kernel/errors.js';
import { hasLoneSurrogate } from '../../kernel/text.js';

/** Linux takes no longer word, its NUL included (execve(2), MAX_ARG_STRLEN). */
export const MAX_WORD_BYTES = 131_071;

function refuse(what: string, why: string, hint: string): never {
  throw new OrcError('INVALID_INPUT', `${what}: ${why}.`, { hint });
}

function checkText(text: string, what: string): void {
  if (text.includes('\0') || hasLoneSurrogate(text))
    refuse(what, 'not valid text', 'Remove NUL characters and lone surrogates.');
}

/**
 * Checks the text of a shell command.
 * @throws OrcError INVALID_INPUT
 */
export function checkCommand(command: string, maxBytes: number): void {
  checkText(command, 'command');
  if (Buffer.byteLength(command) > maxBytes)
    refuse('command', `more than ${String(maxBytes)} bytes`, 'Write it to a file and run that.');
}

/**
 * Checks program and arguments of a new pane: what no process can get would leave a dead pane behind.
 * @param maxBytes of all words together, the NUL of each included.
 * @throws OrcError INVALID_INPUT naming the word by its place
 */
export function commandWords(
  command: readonly string[] | undefined,
  maxBytes: number,
): readonly [string, ...string[]] | undefined {
  if (command === undefined) return undefined;
  let total = 0;
  for (const [index, word] of command.entries()) {
    const what = `command[${String(index)}]`;
    checkText(word, what);
    const bytes = Buffer.byteLength(word);
    if (bytes > MAX_WORD_BYTES)
      refuse(what, `more than ${String(MAX_WORD_BYTES)} bytes`, 'Write it to a file and give its path.');
    total += bytes + 1;
  }
  if (total > maxBytes)
    refuse('command', `more than ${String(maxBytes)} bytes in all`, 'Write the arguments to a file and give its path.');
  return command as readonly [string, ...string[]];
}
