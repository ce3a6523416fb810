// Keeps what a host and the server say to each other: `node --import file:///.../tap.mjs?FILE bin/tmux-orc.js serve`.
// It stays in the same process, so that who started whom, and who ends with whom, is as without it.
import { appendFileSync } from 'node:fs';
import process from 'node:process';

const file = decodeURIComponent(new URL(import.meta.url).search.slice(1));

/** @param {'host' | 'server'} from */
function lines(from) {
  let rest = '';
  /** @param {unknown} chunk */
  return (chunk) => {
    if (chunk === null || chunk === undefined) return;
    const all = (rest + String(chunk)).split('\n');
    rest = all.pop() ?? '';
    for (const text of all)
      if (text.trim() !== '') appendFileSync(file, `${JSON.stringify({ at: Date.now(), from, text })}\n`);
  };
}

const [heard, told] = [lines('host'), lines('server')];
const { stdin, stdout } = process;
const push = stdin.push.bind(stdin);
stdin.push = (chunk, ...rest) => {
  heard(chunk);
  return push(chunk, ...rest);
};
const write = stdout.write.bind(stdout);
stdout.write = (chunk, ...rest) => {
  told(chunk);
  return write(chunk, ...rest);
};
