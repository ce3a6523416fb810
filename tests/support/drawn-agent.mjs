#!/usr/bin/env node
// An agent CLI that draws itself as Claude Code does, does what it is told by messages, and notes all that happens in the
// file $DRAWN_LOG: `work`, `ask JSON` (a list of questions: {title, about, labels, marked, on, deafMs}), `/exit`. `on` says
// what a key changes beside the mark: {"Down": {"about": "rm -rf /"}}, or that it is not taken: {"Down": null}. In its first
// `deafMs` a question takes no key at all.
import { appendFileSync } from 'node:fs';
import process from 'node:process';

if (process.argv[2] === '--version') {
  process.stdout.write('2.1.328\n');
  process.exit(0);
}
const RULE = '─'.repeat(60);
const KEYS = { '\x1b[A': 'Up', '\x1b[B': 'Down', '\r': 'Enter', '\x1b': 'Escape', '\x7f': 'BSpace' };
const note = (text) => appendFileSync(process.env.DRAWN_LOG ?? '/dev/null', `${text}\n`);
/** What it takes no notice of: TERM, HUP, EXIT, ESC; and RESUME: it has no conversations. */
const deaf = (process.env.DRAWN_DEAF ?? '').split(',');
note(`argv ${JSON.stringify(process.argv.slice(2))}`);

if (deaf.includes('RESUME') && process.argv.includes('--resume')) {
  process.stdout.write('No conversation found\r\n');
  process.exit(1);
}

let draft = '';
let working = false;
let questions = [];
const history = [];

function dialogLines({ title, about, labels, marked }) {
  const options = labels.map((label, index) => ` ${index === marked ? '❯' : ' '} ${label}`);
  return [RULE, ' Bash command', ` ${about}`, ` ${title}`, ...options, '', ' Esc to cancel · Tab to amend'];
}

function draw() {
  const status = working ? ['✻ Drawing… (2s · ↓ 18 tokens)', ''] : [];
  // As the real one: the hint goes once something is typed.
  const footer = working ? '  esc to interrupt' : draft === '' ? '  ? for shortcuts' : '';
  const box = [...status, RULE, `❯ ${draft}`, RULE, footer];
  const [question] = questions;
  if (question !== undefined) question.since ??= Date.now();
  const lines = [...history.slice(-20), '', ...(question === undefined ? box : dialogLines(question))];
  // What is cleared as a whole goes into the history of the pane.
  process.stdout.write(`\x1b[H${lines.join('\x1b[K\r\n')}\x1b[J`);
}

function say(message) {
  note(`said ${message}`);
  history.push(`❯ ${message.slice(0, 20)}`, '');
  if (message === '/exit' && !deaf.includes('EXIT')) process.exit(0);
  if (message === 'work') working = true;
  if (message.startsWith('ask ')) questions = JSON.parse(message.slice(4));
}

function answer(key) {
  const [question] = questions;
  const { labels, marked, on = {}, deafMs = 0, since } = question;
  if (Date.now() - since < deafMs) return;
  if (key in on && on[key] === null) return;
  if (key === 'Down') question.marked = (marked + 1) % labels.length;
  if (key === 'Up') question.marked = (marked + labels.length - 1) % labels.length;
  Object.assign(question, on[key]);
  if (key === 'Enter') {
    note(`chose ${labels[marked]} for ${question.about}`);
    questions = questions.slice(1);
  }
  if (key === 'Escape') questions = [];
}

function press(key) {
  note(`key ${key}`);
  if (questions.length > 0) answer(key);
  else if (key === 'Escape') working = working && deaf.includes('ESC');
  else if (key === 'Enter' && draft !== '') {
    const message = draft;
    draft = '';
    say(message);
  }
}

process.stdin.setRawMode?.(true);
process.stdout.write('\x1b[?2004h');
if (deaf.includes('TERM')) process.on('SIGTERM', () => note('SIGTERM'));
if (deaf.includes('HUP')) process.on('SIGHUP', () => note('SIGHUP'));
process.stdin.on('data', (bytes) => {
  const paste = /\x1b\[20[01]~/g;
  let rest = bytes.toString('utf8').replaceAll(paste, '');
  while (rest !== '') {
    const key = Object.keys(KEYS).find((code) => rest.startsWith(code));
    if (key === undefined) draft += rest[0];
    else press(KEYS[key]);
    rest = rest.slice(key?.length ?? 1);
  }
  draw();
});
if (deaf.includes('HUP')) process.stdin.on('end', () => setInterval(() => {}, 1000));
const last = process.argv.at(-1) ?? '';
if (/\s/.test(last)) say(last.trim());
draw();
