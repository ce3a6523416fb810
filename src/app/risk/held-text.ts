import { constructRefused, firstConstruct, type MessagePolicy, readerOf } from '../../security/text/message-policy.js';
import type { PaneRow } from '../../tmux/listing.js';
import type { PaneInput } from '../../tmux/model.js';

/** The shell that replaces most. */
const STRICTEST = readerOf('fish');

/**
 * Holds the text that is to be typed against the policy for what reads it.
 * @returns the same input; where only the program in the foreground lets it pass, bound to that program.
 * @throws OrcError INVALID_INPUT
 */
export function heldText(policy: MessagePolicy, pane: PaneRow, input: PaneInput): PaneInput {
  const { text } = input;
  if (policy === 'permissive' || text === undefined) return input;
  const reader = readerOf(pane.command);
  const found = firstConstruct(text, reader);
  if (found !== undefined && (reader.shell || policy === 'strict')) throw constructRefused(found, reader);
  const anywhere = reader.shell || firstConstruct(text, STRICTEST) === undefined;
  return anywhere ? input : { ...input, program: pane.command };
}
