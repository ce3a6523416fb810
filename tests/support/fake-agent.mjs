#!/usr/bin/env node
// An agent CLI with the screen, the keys and the hooks of Claude Code 2.1.328, as they were seen when the real one ran,
// and without a model. It stands on PATH as `claude`.
//   $FAKE_LOG      what has really happened, one JSON object a line (Truth in fake-fleet.ts)
//   $FAKE_FAULTS   what is to go wrong (Faults in fake-fleet.ts), a file of JSON that may change
//   $FAKE_TURN_MS  how long a turn takes
// A line of a message may say what its turn does: SAY text, SLOW seconds, ASK, ASK NUMBERED,
// LIMIT seconds (its plan is used up for so long, once), LIMIT AGAIN seconds (by that message each time).
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createComposer, createLimits, createReader, planOf } from './fake-agent-input.mjs';
import { createFaults, createTelling, note, readWords, turnMs } from './fake-agent-outside.mjs';
import { createPainter, layout, newDialog, screenOf, textColumns } from './fake-agent-screen.mjs';

if (process.argv[2] === '--version') {
  process.stdout.write('2.1.328 (Claude Code)\n');
  process.exit(0);
}
// tmux tells it by its name, as it does the real one.
process.title = 'claude';
const { hooks, session, prompt } = readWords(process.argv.slice(2));

const sizeNow = () => ({ columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 });

const composer = createComposer();
const paint = createPainter((text) => process.stdout.write(text));
const state = { composer, said: [], queue: [], isWorking: false, since: Date.now() };
let turn;
const limitOf = createLimits();
/** Pastes that stay behind a dialog, and what arrives while a message is being taken. */
const [held, arrived] = [[], []];
let isFrozen = false;

function exit(why, code = 0) {
  note({ exit: why });
  process.stdout.write('\x1b[?2004l\x1b[?1049l\x1b[?7h');
  process.exit(code);
}

const faults = createFaults(({ draft, vim }) => {
  if (draft !== undefined) composer.put(draft);
  if (vim !== undefined) state.vim = vim === true ? 'insert' : undefined;
  changed();
});
const hooksOf = createTelling({ hooks, session });
const tell = (event, payload) => (faults.read().no_hooks === true ? Promise.resolve() : hooksOf.tell(event, payload));

// The screen.
let ticks = 0;
let timer;
let isDirty = false;

function draw() {
  isDirty = false;
  const { repaint_storm: storm, endless_spinner: isEndless } = faults.read();
  const isStorm = storm === true;
  state.isWorking = turn !== undefined || isEndless === true;
  const isHalf = isStorm && state.dialog === undefined && ++ticks % 3 === 0;
  paint(screenOf(state, sizeNow(), isHalf), isStorm);
  clearTimeout(timer);
  if (isStorm || state.isWorking) timer = setTimeout(draw, isStorm ? 10 : 200);
}

function changed() {
  if (!isDirty) setImmediate(draw);
  isDirty = true;
}

function say(mark, text) {
  state.said = [...state.said, { mark, text }].slice(-40);
  changed();
}

// Turns.
async function work(mine, messages) {
  const plans = messages.map(({ exact }) => planOf(exact, turnMs));
  for (const { told, isTold } of messages) if (!isTold) void tell('UserPromptSubmit', { prompt: told });
  await hooksOf.told();
  await sleep(Math.max(...plans.map(({ ms }) => ms)));
  const limit = limitOf(messages, plans);
  if (limit !== undefined && turn === mine) return fail(mine, limit);
  for (const { asks } of plans) {
    if (turn !== mine) return;
    if (asks !== undefined && !(await ask(asks))?.startsWith('Yes')) interrupt(mine, 'refused');
  }
  if (turn !== mine) return;
  const said = plans.map(({ answer: text }) => text).join('\n');
  say('● ', said);
  await tell('Stop', { stop_hook_active: false, last_assistant_message: said });
  if (turn !== mine) return;
  const seconds = Math.floor((Date.now() - mine.since) / 1000);
  say('', `✻ Baked for ${seconds}s · done ${new Date().toLocaleTimeString('en-US', { timeStyle: 'short' })}`);
  next();
}

async function fail(mine, text) {
  note({ limited: true });
  say('  ⎿  ', text);
  await tell('StopFailure', { error: 'rate_limit', last_assistant_message: text });
  if (turn === mine) next();
}

function begin(messages) {
  turn = { since: Date.now() };
  state.since = turn.since;
  note({ began: messages.map(({ exact }) => exact) });
  for (const { shown } of messages) say('❯ ', shown);
  void work(turn, messages);
}

/** All that has been queued is one turn. */
function next() {
  note({ ended: true });
  turn = undefined;
  const waiting = state.queue.splice(0, faults.read().queue_alone === true ? 1 : Infinity);
  if (waiting.length > 0) begin(waiting);
  changed();
}

/** No hook tells of it. */
function interrupt(mine, why) {
  if (turn !== mine || mine === undefined) return;
  if (why === undefined) note({ interrupted: true });
  say('', '  ⎿  Interrupted · What should Claude do instead?');
  next();
}

// Dialogs.
const dialogs = [];

/** @returns the label that is chosen; undefined: none */
function ask(kind) {
  changed();
  return new Promise((resolve) => {
    dialogs.push({ ...newDialog(kind), resolve });
    [state.dialog] = dialogs;
  });
}

function answer(at) {
  const { labels, resolve } = dialogs.shift();
  const label = at === undefined ? null : labels[at];
  note({ answered: label });
  [state.dialog] = dialogs;
  for (const text of held.splice(0)) composer.paste(text);
  resolve(label ?? undefined);
  changed();
}

// The composer.
function submit() {
  const exact = composer.exact();
  const { paste_tag: tag = true, queue_alone: isAlone } = faults.read();
  const told = composer.told(tag === true ? session.slice(0, 4) : undefined);
  const shown = exact.trimEnd();
  composer.empty();
  changed();
  if (/^\/[\w:-]+(?:\s|$)/.test(exact)) {
    note({ command: exact });
    if (exact.trim() === '/exit') exit('/exit');
    return say('● ', `Unknown command: ${shown}`);
  }
  const message = { exact, shown, told: turn === undefined ? told : told.trim(), isTold: turn !== undefined && isAlone !== true };
  note({ taken: exact, during: turn === undefined ? 'idle' : 'turn', ...(message.told === exact ? {} : { told: message.told }) });
  if (message.isTold) void tell('UserPromptSubmit', { prompt: message.told });
  if (turn === undefined) begin([message]);
  else state.queue.push(message);
} // prettier-ignore

function enter() {
  if (faults.read().exit_mid_send === 'enter') exit('enter', 1);
  if (faults.strikes('swallow_enter')) return note({ swallowed: 'enter' });
  if (state.dialog !== undefined) return answer(state.dialog.selected);
  if (state.picker !== undefined) state.picker = undefined;
  else if (composer.exact().trim() !== '') {
    const { slow_submit_ms: slowMs = 0 } = faults.read();
    if (slowMs === 0) return submit();
    isFrozen = true;
    setTimeout(() => {
      submit();
      isFrozen = false;
      takeAll();
    }, slowMs);
  }
}

function pickerFor(text) {
  const { picker } = faults.read();
  if (picker && /[@/]/.test(text)) state.picker = picker === true ? 'above' : picker;
}

function pasted(text) {
  faults.nextMessage();
  const { exit_mid_send: exitAt, dialog, dialog_loses_paste: loses, slow_echo_ms: slowMs = 0 } = faults.read();
  if (exitAt === 'paste') exit('paste', 1);
  if (faults.strikes('drop_paste')) return note({ dropped: text });
  // A dialog takes no pastes, and nothing keeps them.
  if (state.dialog !== undefined) return note({ lost: text });
  const put = () => {
    composer.paste(text);
    pickerFor(text);
    changed();
  };
  if (faults.strikes('dialog_mid_paste')) {
    if (loses === true) note({ lost: text });
    else held.push(text);
    return void ask(dialog ?? 'numbered');
  }
  if (slowMs > 0) setTimeout(put, slowMs);
  else put();
}

function typed(text) {
  for (const [at, key] of [...text].entries()) {
    if (state.dialog !== undefined) {
      const { kind, labels } = state.dialog;
      if (kind === 'numbered' && /[1-9]/.test(key) && Number(key) <= labels.length) answer(Number(key) - 1);
    } else if (state.vim === 'normal') {
      if (/[iaAIoO]/.test(key)) state.vim = 'insert';
      else if (key === 'x' || key === 'X') composer.drop();
    } else {
      const rest = [...text].slice(at).join('');
      if (composer.units().length === 0) faults.nextMessage();
      composer.type(rest);
      return pickerFor(rest);
    }
  }
}

function clear(all) {
  const rows = layout(composer.units(), composer.shown, textColumns(sizeNow()));
  const cleared = composer.clearFrom(all ? 0 : rows.at(-1)[0]);
  if (cleared !== '') note({ cleared });
}

let disarming;
function arm(what) {
  state.armed = what;
  clearTimeout(disarming);
  disarming = setTimeout(() => changed((state.armed = undefined)), 800);
}

function escape() {
  if (state.picker !== undefined) state.picker = undefined;
  else if (state.dialog !== undefined) answer(undefined);
  else if (state.vim === 'insert') state.vim = 'normal';
  else if (turn !== undefined) interrupt(turn);
  else if (composer.units().length > 0 && state.armed === 'clear') clear(true);
  else if (composer.units().length > 0) return arm('clear');
  state.armed = undefined;
}

function breakOff() {
  if (state.dialog !== undefined) answer(undefined);
  else if (turn !== undefined) interrupt(turn);
  else if (state.armed === 'exit') exit('ctrl-c');
  else {
    clear(true);
    arm('exit');
  }
}

/** Messages that wait come back into the composer, whatever hooks have told of them. */
function withdraw() {
  const waiting = state.queue.splice(0);
  if (waiting.length === 0) return;
  note({ withdrawn: waiting.map(({ exact }) => exact) });
  composer.put(waiting.map(({ exact }) => exact).join('\n'));
}

function move(by) {
  if (state.dialog === undefined) return by < 0 ? withdraw() : undefined;
  state.dialog.selected = (state.dialog.selected + by + state.dialog.labels.length) % state.dialog.labels.length;
}

const KEYS = {
  ...{ enter, escape, clear: () => clear(false), break: breakOff, backspace: composer.drop },
  ...{ up: () => move(-1), down: () => move(1), newline: () => composer.put('\n'), tab: () => undefined },
};

function takeAll() {
  while (!isFrozen && arrived.length > 0) {
    const { paste, text, key } = arrived.shift();
    faults.read();
    if (paste !== undefined || text !== undefined) state.armed = undefined;
    if (paste !== undefined) pasted(paste);
    else if (text !== undefined) typed(text);
    else KEYS[key]();
    if (composer.units().length === 0) state.picker = undefined;
    changed();
  }
}

process.stdout.write('\x1b[?1049h\x1b]0;✳ Claude Code\x07\x1b[?2004h');
process.stdin.setRawMode?.(true);
const take = (event) => takeAll(arrived.push(event));
process.stdin.on('data', createReader(take)).once('end', () => exit('hung up'));
process.stdout.on('resize', () => {
  for (const block of state.said) delete block.rows;
  paint(screenOf(state, sizeNow()), true);
});
faults.read();
draw();
void tell('SessionStart', { source: 'startup', model: 'claude-opus-5-5' });
if (prompt !== undefined) {
  composer.put(prompt);
  submit();
}
