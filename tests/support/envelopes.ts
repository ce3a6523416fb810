import { inEnvelope } from '../../src/security/text/envelope.js';
import { cleanMessage } from '../../src/security/text/message.js';

/** A text as another agent sends it. */
export const agentEnvelope = (body: string): string =>
  inEnvelope(cleanMessage(body, 10_000).text, { name: 'lead', role: 'pm' });
