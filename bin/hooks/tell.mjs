// What the modules beside this share. They run inside agent CLIs, so they need nothing but Node's own modules.
import { spawn } from 'node:child_process';
import process from 'node:process';

/** @returns {(event: string, payload: object) => Promise<void>} tells of one event after the other, and never fails */
export function createTell() {
  let words = [];
  try {
    words = JSON.parse(process.env.TMUX_ORC_EVENTS ?? '[]');
  } catch {
    // Then there is nobody to tell.
  }
  const [program = '', ...rest] = words;
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
    if (program !== '') last = last.then(() => run(event, payload)).then(() => {});
    return last;
  };
}
