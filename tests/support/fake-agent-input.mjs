// What reaches the fake agent's terminal, the text that stands in its composer, and what it asks for.
import { createHash } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';

const PASTE = '\x1b[200~';
const PASTED = '\x1b[201~';
/** A lone Escape is told from the beginning of a sequence by what does not follow. */
const ESCAPE_MS = 25;
const KEYS = {
  ...{ '\r': 'enter', '\n': 'newline', '\t': 'tab', '\x7f': 'backspace', '\b': 'backspace', '\x15': 'clear', '\x03': 'break' },
  ...{ '\x1b[A': 'up', '\x1bOA': 'up', '\x1b[B': 'down', '\x1bOB': 'down' },
}; // prettier-ignore
const SEQUENCE = /^\x1b(?:\[[0-9;?<=>]*[@-~]|O[@-~])/;
const UNFINISHED = /^\x1b(?:\[[0-9;?<=>]*|O)?$/;
const TEXT = /^[^\x00-\x1f\x7f]+/;

/** How many characters at the end of the text may be the beginning of `mark`. */
function beginningOf(mark, text) {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length--)
    if (mark.startsWith(text.slice(-length))) return length;
  return 0;
}

/** @param take gets {paste}, {text} and {key}, in order @returns what takes the terminal's bytes */
export function createReader(take) {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let paste;
  let timer;
  const inPaste = () => {
    const end = rest.indexOf(PASTED);
    const length = end < 0 ? rest.length - beginningOf(PASTED, rest) : end;
    paste.push(rest.slice(0, length));
    rest = rest.slice(length);
    if (end < 0) return false;
    rest = rest.slice(PASTED.length);
    take({ paste: paste.join('') });
    paste = undefined;
    return true;
  };
  const escaped = (isLate) => {
    if (rest.startsWith(PASTE)) {
      paste = [];
      rest = rest.slice(PASTE.length);
      return true;
    }
    const [sequence] = SEQUENCE.exec(rest) ?? [];
    if (sequence === undefined && !isLate && UNFINISHED.test(rest)) return false;
    rest = rest.slice((sequence ?? '\x1b').length);
    const key = sequence === undefined ? 'escape' : KEYS[sequence];
    if (key !== undefined) take({ key });
    return true;
  };
  const plain = () => {
    const [text] = TEXT.exec(rest) ?? [];
    const [key] = rest;
    rest = rest.slice((text ?? key).length);
    if (text !== undefined) take({ text });
    else if (KEYS[key] !== undefined) take({ key: KEYS[key] });
    return true;
  };
  const read = (isLate) => {
    let goesOn = true;
    while (goesOn && rest !== '') {
      goesOn = paste !== undefined ? inPaste() : rest.startsWith('\x1b') ? escaped(isLate) : plain();
      isLate = false;
    }
    if (paste === undefined && rest !== '') timer = setTimeout(() => read(true), ESCAPE_MS);
  };
  return (bytes) => {
    clearTimeout(timer);
    rest += decoder.write(bytes);
    read(false);
  };
}

const SHOWN_LINES = 3;
const SHOWN_LENGTH = 800;
const linesIn = (text) => text.split('\n').length - 1;

/** As Claude Code takes a text: no tabs, no carriage returns, no control sequences. */
const tidy = (text) =>
  text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll('\t', '    ')
    .replaceAll(/\x1b\[[0-9;?]*[@-~]|[\x00-\x09\x0b-\x1f\x7f]/g, '');

/** The text of the composer; a long paste stands in it as one unit, a lone surrogate, which no terminal can send. */
export function createComposer() {
  const pastes = new Map();
  let [units, count] = [[], 0];
  const exact = () => units.map((unit) => pastes.get(unit)?.text ?? unit).join('');
  const add = (text) => {
    for (const unit of text) units.push(unit);
  };
  const collapse = (text) => {
    const unit = String.fromCharCode(0xdc00 + (count++ % 1024));
    const more = linesIn(text);
    const label = `[Pasted text #${count}${more > 0 ? ` +${more} lines` : ''}]`;
    pastes.set(unit, { text, label });
    units.push(unit);
  };
  return {
    units: () => units,
    exact,
    hasPastes: () => units.some((unit) => pastes.has(unit)),
    /** What stands on the screen for a unit. */
    shown: (unit) => pastes.get(unit)?.label ?? tidy(unit),
    /** What hooks are told of it. @param id of the conversation's pastes; undefined: nothing tells what was pasted */
    told: (id) => {
      const wrapped = (text) =>
        id === undefined
          ? text
          : `\n\n<pasted_content id="${id}">\n${text.endsWith('\n') ? text : `${text}\n`}</pasted_content id="${id}">\n`;
      const plain = tidy(units.join('')).trimEnd();
      return Array.from(plain, (unit) => (pastes.has(unit) ? wrapped(tidy(pastes.get(unit).text)) : unit)).join('');
    },
    put: add,
    /** A terminal that does not mark its pastes sends a long one as typing. */
    type: (text) => {
      if (text.length > SHOWN_LENGTH) collapse(text);
      else add(text);
    },
    paste: (text) => {
      const last = pastes.get(units.at(-1));
      if (last?.text === text) {
        // The same once more: now it is shown.
        units.pop();
        add(text);
      } else if (linesIn(text) >= SHOWN_LINES || text.length > SHOWN_LENGTH) collapse(text);
      else add(text);
    },
    drop: () => {
      units.pop();
    },
    /** @param row where the last row on the screen begins @returns what was cleared */
    clearFrom: (row) => {
      const before = exact();
      units = units.slice(0, Math.min(row, Math.max(0, units.length - 1)));
      return before.slice(exact().length);
    },
    empty: () => {
      units = [];
      pastes.clear();
    },
  };
}

const TASK = /^(SAY|SLOW|ASK|LIMIT)\b ?(.*)$/m;

/** What the turn of a message does: it may say so in a line. @param turnMs how long it takes where it says nothing */
export function planOf(text, turnMs) {
  const [, task, rest = ''] = TASK.exec(text) ?? [];
  const ms = task === 'SLOW' ? Number.parseFloat(rest) * 1000 : turnMs;
  const asks = task !== 'ASK' ? undefined : rest.trim() === 'NUMBERED' ? 'numbered' : 'plain';
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const limit = task === 'LIMIT' ? rest : undefined;
  return { ms: ms || 0, asks, limit, answer: task === 'SAY' ? rest : `ack ${digest}` };
}

/** A plan that is used up by a message, once, or by each one that says AGAIN; until its end every turn is cut. */
export function createLimits() {
  const seen = new Set();
  let until = 0;
  return (messages, plans) => {
    plans.forEach(({ limit }, at) => {
      const { exact } = messages[at];
      if (limit === undefined || (seen.has(exact) && !limit.startsWith('AGAIN'))) return;
      seen.add(exact);
      until = Date.now() + Number.parseFloat(limit.replace('AGAIN', '')) * 1000;
    });
    return Date.now() < until ? `You've hit your limit · resets ${new Date(until).toISOString()}` : undefined;
  };
}
