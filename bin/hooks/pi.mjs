// An extension of pi: it tells of every beginning and end of a turn. It runs inside pi, so it needs nothing but Node's own
// modules.
import { spawn } from 'node:child_process';
import process from 'node:process';

/** @returns {string[]} those that tell of an event; none where there is nobody to tell */
function words() {
  try {
    const given = JSON.parse(process.env.TMUX_ORC_EVENTS ?? '[]');
    return Array.isArray(given) && given.every((word) => typeof word === 'string') ? given : [];
  } catch {
    return [];
  }
}

/** @returns {(event: string, payload: object) => void} tells of one event after the other, and never fails */
function createTell() {
  const [program, ...rest] = words();
  let last = Promise.resolve();
  const run = (event, payload) =>
    new Promise((resolve) => {
      const child = spawn(program, [...rest, event], { stdio: ['pipe', 'ignore', 'ignore'] });
      child.once('error', resolve);
      child.once('close', resolve);
      child.stdin.on('error', () => {});
      child.stdin.end(JSON.stringify(payload));
    });
  return (event, payload) => {
    // Where no process can be had, some errors are thrown at once (child_process.spawn).
    if (program) last = last.then(() => run(event, payload)).catch(() => {});
  };
}

const textOf = (content) =>
  (Array.isArray(content) ? content : [])
    .filter(({ type }) => type === 'text')
    .map(({ text }) => text)
    .join('');

export default function extension(pi) {
  const tell = createTell();
  let message;
  pi.on('session_start', (_event, ctx) => {
    tell('started', { session_id: ctx.sessionManager?.getSessionId?.() });
  });
  pi.on('before_agent_start', (event) => {
    message = event.prompt;
  });
  pi.on('agent_start', () => {
    tell('submitted', { message });
  });
  pi.on('agent_end', ({ messages = [] }) => {
    const last = messages.findLast(({ role }) => role === 'assistant');
    // What was said when somebody stopped it is no answer.
    const answer = last?.stopReason === 'aborted' ? '' : textOf(last?.content);
    if (last?.stopReason === 'error') tell('failed', { answer, error: last.errorMessage });
    else tell('finished', { answer });
  });
}
