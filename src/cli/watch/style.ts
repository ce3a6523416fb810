import { displayWidth, splitAtColumn } from '../../kernel/width.js';

/** Part of a line in one style. */
export interface Run {
  /** Parameters of an SGR sequence; empty for the terminal's own style. */
  readonly style: string;
  readonly text: string;
}

interface Style {
  attributes: Set<string>;
  foreground: string;
  background: string;
}

// What may be said, and what takes it back (ECMA-48, SGR). Blinking, hidden and overlined text is shown as any other.
const ATTRIBUTES = new Set(['1', '2', '3', '4', '7', '9']);
const ENDS: Readonly<Record<string, readonly string[]>> = {
  21: ['1'],
  22: ['1', '2'],
  23: ['3'],
  24: ['4'],
  27: ['7'],
  29: ['9'],
};
const FOREGROUND = /^(?:3[0-7]|9[0-7])$/;
const BACKGROUND = /^(?:4[0-7]|10[0-7])$/;
const BYTE = /^(?:[0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])$/;

/** `5;N` or `2;R;G;B` after a 38, 48 or 58: how many parameters it takes, and whether they are sound. */
function extended(parameters: readonly string[], at: number): { readonly taken: number; readonly sound: boolean } {
  const count = parameters[at] === '5' ? 2 : parameters[at] === '2' ? 4 : 1;
  const values = parameters.slice(at + 1, at + count);
  return { taken: count, sound: count > 1 && values.length === count - 1 && values.every((value) => BYTE.test(value)) };
}

function single(style: Style, parameter: string): void {
  // `4:3` is an underline of another shape.
  const plain = parameter.startsWith('4:') ? (parameter === '4:0' ? '24' : '4') : parameter;
  if (ATTRIBUTES.has(plain)) style.attributes.add(plain);
  else if (FOREGROUND.test(plain)) style.foreground = plain;
  else if (BACKGROUND.test(plain)) style.background = plain;
  else if (plain === '39') style.foreground = '';
  else if (plain === '49') style.background = '';
  else for (const attribute of ENDS[plain] ?? []) style.attributes.delete(attribute);
}

function apply(style: Style, sequence: string): void {
  const parameters = sequence.split(';');
  for (let at = 0; at < parameters.length; at++) {
    const parameter = parameters[at] ?? '';
    if (parameter === '' || parameter === '0') {
      Object.assign(style, { attributes: new Set(), foreground: '', background: '' });
    } else if (parameter === '38' || parameter === '48' || parameter === '58') {
      const { taken, sound } = extended(parameters, at + 1);
      const value = parameters.slice(at, at + 1 + taken).join(';');
      if (sound && parameter === '38') style.foreground = value;
      if (sound && parameter === '48') style.background = value;
      at += taken;
    } else single(style, parameter);
  }
}

const written = ({ attributes, foreground, background }: Style): string =>
  [...[...attributes].sort(), foreground, background].filter((part) => part !== '').join(';');

const SGR = /\x1b\[([0-9;:]*)m/;
// Whatever else could move a cursor, turn the direction of writing, or hide (UAX #9, UTS #51: the joiner stays).
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?!\u200d)\p{Cf}/gu;

/** A text in which nothing acts on a terminal: tabs are spaces, controls and invisible format characters are gone. */
export function inert(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : text.replaceAll(/\t/g, '    ').replaceAll(UNSEEN, '');
}

/**
 * The lines of a captured text. tmux tells a style where it begins and lets it run on over the lines, so each line is
 * given the style that it begins in; then any of them can be shown alone.
 */
export function styledLines(text: string): readonly (readonly Run[])[] {
  if (text === '') return [];
  const style: Style = { attributes: new Set(), foreground: '', background: '' };
  return text.split('\n').map((line) => {
    const runs: Run[] = [];
    line.split(SGR).forEach((part, index) => {
      if (index % 2 === 1) apply(style, part);
      else if (part !== '') runs.push({ style: written(style), text: inert(part) });
    });
    return runs;
  });
}

const paint = ({ style, text }: Run): string => (style === '' ? text : `\x1b[${style}m${text}\x1b[0m`);

/** A line cut to so many columns; what is cut is told by its last column. */
export function fitRuns(runs: readonly Run[], columns: number): string {
  const width = runs.reduce((sum, run) => sum + displayWidth(run.text), 0);
  if (width <= columns) return runs.map(paint).join('');
  let left = columns - 1;
  const parts: string[] = [];
  for (const run of runs) {
    const [kept, rest] = splitAtColumn(run.text, left);
    if (kept !== '') parts.push(paint({ ...run, text: kept }));
    if (rest !== '') break;
    left -= displayWidth(kept);
  }
  return columns < 1 ? '' : `${parts.join('')}…`;
}
