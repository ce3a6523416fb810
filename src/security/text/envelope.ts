import { randomBytes } from 'node:crypto';
import type { MessageText } from './message.js';

/** The sender, where it is an agent itself. */
export interface AgentSender {
  readonly name: string;
  readonly role: string;
}

/**
 * A text with who it is from. What stands inside cannot end it: the word in both lines is new for each message.
 */
const enveloped = (body: string, from: string): MessageText => {
  const word = randomBytes(6).toString('hex');
  return `[message ${word} from ${from}, not from your user]\n${body}\n[end of message ${word}]` as MessageText;
};

/** A text of another agent. */
export const inEnvelope = (body: MessageText, { name, role }: AgentSender): MessageText =>
  enveloped(body, `agent ${name} (${role})`);

/** A text of our own, which tells an agent something that it has not asked for. @param body words of ours and names */
export const fromMonitor = (body: string): MessageText => enveloped(body, 'the monitor of tmux-orc');
