/** Text without terminal control, and what was taken out of it. */
export interface Filtered {
  readonly text: string;
  /** Escape sequences removed (ECMA-48: CSI, OSC, DCS, APC, PM, SOS and the short ones). */
  readonly escapes: number;
  /** Single control characters removed; `\n` and `\t` stay. */
  readonly controls: number;
}

const ESC = 0x1b;
const C1_CSI = 0x9b;
/** Second byte after ESC, or the 8-bit form less 0x40, of a control string: DCS P, SOS X, OSC ], PM ^, APC _. */
const STRING_INTRODUCERS = new Set(['P', 'X', ']', '^', '_']);
// What ends or aborts a control string. Every control introducer is among them, so no character is scanned twice
// and the filter is linear on any input.
const STRING_STOP = /[\x07\x18\x1a\x1b\x80-\x9f]/g;
const CSI = /[0-?]*[ -/]*([@-~])?/y;
const SHORT_ESCAPE = /[ -/]*[0-~]?/y;
const ANYTHING_TO_DO = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
const PLAIN_RUN = /[^\x00-\x08\x0b-\x1f\x7f-\x9f]*/y;

/** What becomes of the content of a control string that never ends: it stays, or goes with the rest of its line. */
type Unfinished = 'keep' | 'line';

/** End of the control string whose content starts at `from`. */
function stringEnd(text: string, from: number, unfinished: Unfinished): number {
  STRING_STOP.lastIndex = from;
  const stop = STRING_STOP.exec(text);
  if (stop === null) {
    const newline = text.indexOf('\n', from);
    return unfinished === 'keep' ? from : newline === -1 ? text.length : newline;
  }
  const code = text.charCodeAt(stop.index);
  if (code === ESC) return text[stop.index + 1] === '\\' ? stop.index + 2 : stop.index;
  return code === 0x07 || code === 0x9c || code === 0x18 || code === 0x1a ? stop.index + 1 : stop.index;
}

function matchEnd(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  pattern.exec(text);
  return pattern.lastIndex;
}

/** End of the escape sequence at `at` (an ESC or a C1 introducer), or undefined when it is a lone control. */
function sequenceEnd(text: string, at: number, unfinished: Unfinished): number | undefined {
  const code = text.charCodeAt(at);
  const body = code === ESC ? at + 2 : at + 1;
  const kind = code === ESC ? text[at + 1] : String.fromCharCode(code - 0x40);
  if (kind === undefined) return undefined;
  if (code === C1_CSI || (code === ESC && kind === '[')) return matchEnd(CSI, text, body);
  if (STRING_INTRODUCERS.has(kind) && (code === ESC || code >= 0x90)) return stringEnd(text, body, unfinished);
  if (code !== ESC) return undefined;
  const end = matchEnd(SHORT_ESCAPE, text, at + 1);
  return end > at + 1 ? end : undefined;
}

/** `CSI ... m` in its 7-bit form: colours and attributes, the only sequence that text may keep. */
function isSgr(sequence: string): boolean {
  return /^\x1b\[[0-9;:]*m$/.test(sequence);
}

export interface EscapeOptions {
  /** Keeps colour and attribute sequences. */
  readonly keepSgr?: boolean;
  /** Where nothing may be swallowed, as in a message, the content of a control string without an end stays. */
  readonly unfinished?: Unfinished;
}

/** Removes every terminal control sequence and control character but `\n` and `\t` (ECMA-48, section 5). */
export function filterEscapes(text: string, options: EscapeOptions = {}): Filtered {
  if (!ANYTHING_TO_DO.test(text)) return { text, escapes: 0, controls: 0 };
  const kept: string[] = [];
  let escapes = 0;
  let controls = 0;
  let at = 0;
  while (at < text.length) {
    const plain = matchEnd(PLAIN_RUN, text, at);
    if (plain > at) {
      kept.push(text.slice(at, plain));
      at = plain;
      continue;
    }
    const end = sequenceEnd(text, at, options.unfinished ?? 'keep');
    if (end === undefined) {
      controls++;
      at++;
    } else {
      const sequence = text.slice(at, end);
      if (options.keepSgr === true && isSgr(sequence)) kept.push(sequence);
      else escapes++;
      at = end;
    }
  }
  return { text: kept.join(''), escapes, controls };
}

/** What a program printed, for reading: a lone CR, with which it overwrites its line, becomes a line end. */
export function filterOutput(text: string, keepSgr = false): Filtered {
  const lines = text.replaceAll(/\r+\n?/g, (end) => (end.endsWith('\n') ? '\n' : '\n'.repeat(end.length)));
  return filterEscapes(lines, { keepSgr, unfinished: 'line' });
}
