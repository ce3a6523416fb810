// What the fake agent is started with, what it writes down, what is to go wrong, and the hooks that it calls.
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';

const { FAKE_LOG: log = '/dev/null', FAKE_FAULTS: file, FAKE_TURN_MS = '20' } = process.env;
export const turnMs = Number(FAKE_TURN_MS);

/** @returns the words of its command line that it goes by */
export function readWords([...words]) {
  const given = {};
  let prompt;
  for (let word = words.shift(); word !== undefined; word = words.shift())
    if (word.startsWith('--')) given[word.slice(2)] = words.shift();
    else prompt = word.trimStart();
  const { hooks = {} } = JSON.parse(given.settings ?? '{}');
  return { hooks, prompt, session: given['session-id'] ?? given.resume ?? 'none' };
}

export const note = (facts) => appendFileSync(log, `${JSON.stringify({ at: Date.now(), ...facts })}\n`);

/** @param came is called when other faults have come into force, at an event or without one */
export function createFaults(came) {
  let text = '{}';
  let [base, each, now] = [{}, undefined, {}];
  const read = () => {
    let found = text;
    try {
      found = file === undefined ? text : readFileSync(file, 'utf8');
    } catch {
      // None yet.
    }
    if (found === text) return now;
    text = found;
    ({ each, ...base } = JSON.parse(text));
    now = { ...base };
    came(now);
    if (now.id !== undefined) note({ faults: now.id });
    return now;
  };
  if (file !== undefined) watch(dirname(file), read);
  return {
    /** Those of now: the file may have changed. */
    read,
    /** Each message has its own, where there is a list. */
    nextMessage: () => {
      read();
      if (each !== undefined) now = { ...base, ...each.shift() };
    },
    /** A number counts down, `true` stays. */
    strikes: (name) => {
      const value = read()[name];
      if (typeof value === 'number') now[name] = value - 1;
      return value === true || value > 0;
    },
  };
}

const runHook = (command, input) =>
  new Promise((resolve) => {
    const child = spawn('sh', ['-c', command], { stdio: ['pipe', 'ignore', 'ignore'] });
    child.once('error', resolve).once('close', resolve);
    child.stdin.on('error', () => undefined).end(input);
  });

/** Calls hooks one after the other, while everything else goes on. */
export function createTelling({ hooks, session }) {
  let telling = Promise.resolve();
  return {
    tell: (event, payload = {}) => {
      const facts = { session_id: session, cwd: process.cwd(), hook_event_name: event, ...payload };
      for (const { command } of (hooks[event] ?? []).flatMap((entry) => entry.hooks))
        telling = telling.then(() => runHook(command, JSON.stringify(facts)));
      return telling;
    },
    /** When all that was to be told is told. */
    told: () => telling,
  };
}
