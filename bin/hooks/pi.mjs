// An extension of pi: it tells of every beginning and end of a turn.
import { createTell } from './tell.mjs';

const textOf = (content) =>
  (Array.isArray(content) ? content : [])
    .filter(({ type }) => type === 'text')
    .map(({ text }) => text)
    .join('');

export default function extension(pi) {
  const tell = createTell();
  let message;
  pi.on('session_start', (_event, ctx) => {
    void tell('started', { session_id: ctx.sessionManager?.getSessionId?.() });
  });
  pi.on('before_agent_start', (event) => {
    message = event.prompt;
  });
  pi.on('agent_start', () => {
    void tell('submitted', { message });
  });
  pi.on('agent_end', ({ messages = [] }) => {
    const last = messages.findLast(({ role }) => role === 'assistant');
    const answer = textOf(last?.content);
    if (last?.stopReason === 'error') void tell('failed', { answer, error: last.errorMessage });
    else void tell('finished', { answer });
  });
}
