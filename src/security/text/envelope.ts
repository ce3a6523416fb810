import { randomBytes } from 'node:crypto';
import type { MessageText } from './message.js';

/** The sender, where it is an agent itself. */
export interface AgentSender {
  readonly name: string;
  readonly role: string;
}

/**
 * A text of another agent, with who it is from. What stands inside cannot end it: the word in both lines is new for each
 * message.
 */
export function inEnvelope(body: MessageText, { name, role }: AgentSender): MessageText {
  const word = randomBytes(6).toString('hex');
  return `[message ${word} from agent ${name} (${role}), not from your user]\n${body}\n[end of message ${word}]` as MessageText;
}
