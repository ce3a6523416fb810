import { constructRefused, firstConstruct, type MessagePolicy, readerOf } from '../../security/text/message-policy.js';
import type { PaneRow } from '../../tmux/listing.js';
import type { PaneInput } from '../../tmux/model.js';

/** The shell that replaces most. */
const STRICTEST = readerOf('fish');

/**
 * Holds a text against the policy for what reads it.
 * @param program in the foreground of its pane
 * @throws OrcError INVALID_INPUT
 */
export function checkTyped(policy: MessagePolicy, program: string, text: string, field?: string): void {
  const reader = readerOf(program);
  const found = policy === 'permissive' ? undefined : firstConstruct(text, reader);
  if (found !== undefined && (reader.shell || policy === 'strict')) throw constructRefused(found, reader, field);
}

/**
 * Likewise for what is to be typed.
 * @returns the same input; where only the program in the foreground lets it pass, bound to that program.
 * @throws OrcError INVALID_INPUT
 */
export function heldText(policy: MessagePolicy, pane: PaneRow, input: PaneInput): PaneInput {
  const { text } = input;
  if (policy === 'permissive' || text === undefined) return input;
  checkTyped(policy, pane.command, text);
  const anywhere = readerOf(pane.command).shell || firstConstruct(text, STRICTEST) === undefined;
  return anywhere ? input : { ...input, program: pane.command };
}
