import { displayWidth, splitAtColumn } from '../../kernel/width.js';
import { plural } from '../../operations/view.js';
import { ageOf, type Fleet, stateOf, type WatchedPane } from './fleet.js';
import { type Block, GAP, place, type Space } from './layout.js';
import { fitRuns, inert, type Run } from './style.js';
import { arrange, type Arrangement, type View } from './view.js';

export interface FrameInput {
  /** Undefined before the first listing. */
  readonly fleet: Fleet | undefined;
  readonly view: View;
  readonly size: { readonly columns: number; readonly rows: number };
  readonly maxLines: number;
  readonly colour: boolean;
  readonly now: number;
  /** A message in place of the keys. */
  readonly notice?: string | undefined;
}

export interface Frame {
  /** One for each row of the terminal, none wider than it. */
  readonly lines: readonly string[];
  readonly arrangement: Arrangement;
}

interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly marked: (text: string) => string;
}

const sgr = (style: string) => (text: string) => (text === '' ? '' : `\x1b[${style}m${text}\x1b[0m`);
const plain = (text: string): string => text;
// The sixteen colours are the person's own; others might not be readable on their background.
const COLOURED: Paint = { bold: sgr('1'), dim: sgr('2'), bad: sgr('31'), marked: sgr('1;36') };
const UNCOLOURED: Paint = { bold: plain, dim: plain, bad: plain, marked: plain };

/** A text of exactly so many columns. */
function cell(text: string, columns: number): string {
  const width = displayWidth(text);
  if (width <= columns) return `${text}${' '.repeat(columns - width)}`;
  const [kept] = splitAtColumn(text, Math.max(0, columns - 1));
  return columns < 1 ? '' : `${kept}…${' '.repeat(columns - 1 - displayWidth(kept))}`;
}

interface Part {
  readonly text: string;
  readonly paint: (text: string) => string;
}

/** As many parts as fit before `columns`, the first cut if it must be. */
function fitParts(parts: readonly Part[], columns: number): { readonly text: string; readonly width: number } {
  let width = 0;
  let text = '';
  parts.forEach(({ text: part, paint }, index) => {
    if (part === '') return;
    const room = columns - width - (index === 0 ? 0 : 1);
    const cut = index === 0 && displayWidth(part) > room ? cell(part, Math.max(0, room)) : part;
    const own = displayWidth(cut);
    if (own > room) return;
    text += `${index === 0 ? '' : ' '}${paint(cut)}`;
    width += own + (index === 0 ? 0 : 1);
  });
  return { text, width };
}

/** `── work:0.1 %3 vim ended (1) ──────── 12 s ──`: what does not fit is left out, the least telling first. */
function header(pane: WatchedPane, columns: number, selected: boolean, input: FrameInput): string {
  const paint = input.colour ? COLOURED : UNCOLOURED;
  const rule = selected ? paint.marked : paint.dim;
  const age = ageOf(pane, input.now);
  const [lead, stroke] = selected ? ['❯ ', '━'] : ['─ ', '─'];
  const tail = age === '' || columns < age.length + 16 ? '' : ` ${age} ${stroke}`;
  const room = columns - 2 - tail.length - 1;
  const state = stateOf(pane);
  const parts = [
    { text: inert(pane.target), paint: selected ? paint.marked : paint.bold },
    { text: state, paint: pane.exitStatus === 0 ? plain : paint.bad },
    { text: inert(pane.agent ?? ''), paint: paint.bold },
    { text: inert(pane.command), paint: plain },
    { text: pane.id, paint: paint.dim },
  ];
  const { text, width } = fitParts(parts, Math.max(0, room));
  const line = stroke.repeat(Math.max(0, room - width));
  if (columns < 4) return cell(lead, columns);
  return `${rule(lead)}${text} ${rule(`${line}${tail}`)}`;
}

/** Lines are cut anew only when a pane or the width has changed. */
const fitted = new WeakMap<readonly (readonly Run[])[], { readonly columns: number; readonly lines: string[] }>();

function lastLines({ lines }: WatchedPane, columns: number, count: number): string[] {
  let known = fitted.get(lines);
  if (known?.columns !== columns) {
    known = { columns, lines: [] };
    fitted.set(lines, known);
  }
  const cut = known.lines;
  return lines.slice(lines.length - count).map((runs, index) => {
    return (cut[lines.length - count + index] ??= fitRuns(runs, columns));
  });
}

function blockLines(pane: WatchedPane, block: Block, columns: number, selected: boolean, input: FrameInput): string[] {
  const count = Math.min(block.height - 1, pane.lines.length);
  return [header(pane, columns, selected, input), ...lastLines(pane, columns, count)];
}

/** The next column begins at its place whatever a terminal makes of the width of what stands before it. */
const toColumn = (column: number): string => `\x1b[${String(column + 1)}G`;

function body(input: FrameInput, space: Space, arrangement: Arrangement): string[] {
  const { grid, shown, first, order, selected } = arrangement;
  const rows = (): string[] => Array.from({ length: space.rows }, () => '');
  const columns = Array.from({ length: grid.columns }, rows);
  const counts = shown.map((pane) => pane.lines.length);
  for (const block of place(space, grid, counts, first)) {
    const pane = order[block.index];
    if (pane === undefined) continue;
    const lines = blockLines(pane, block, grid.cellWidth, pane === selected, input);
    columns[block.column]?.splice(block.row, lines.length, ...lines);
  }
  const rule = (input.colour ? COLOURED : UNCOLOURED).dim('│');
  const before = (column: number): string =>
    column === 0 ? '' : `${toColumn(column * (grid.cellWidth + GAP) - GAP)}${rule}`;
  return rows().map((_, row) => columns.map((cells, column) => `${before(column)}${cells[row] ?? ''}`).join(''));
}

const HELP = [
  'q, Ctrl-C       quit',
  'j, Down         select the next pane',
  'k, Up           select the one before',
  'g, G            select the first, the last',
  'Enter           attach to it; detach (prefix d) comes back here',
  'Esc             select none: most recently changed first',
  'p               pause, and go on',
  'Ctrl-L          draw the screen anew',
  'Ctrl-Z          suspend',
  '?               this page; any key leaves it',
  '',
  'When not all panes fit, those that changed last are shown.',
  '"> 5 s" means: no change since this began, 5 s ago.',
];

const NOTHING = ['                 No panes.', 'They appear here as soon as there are some.'];

function centred(texts: readonly string[], space: Space): string[] {
  const width = Math.max(0, ...texts.map((text) => text.length));
  const left = Math.max(0, Math.floor((space.columns - width) / 2));
  const top = Math.max(0, Math.floor((space.rows - texts.length) / 2));
  const lines = [...Array.from({ length: top }, () => ''), ...texts.map((text) => `${' '.repeat(left)}${text}`)];
  return Array.from({ length: space.rows }, (_, row) =>
    displayWidth(lines[row] ?? '') > space.columns ? cell(lines[row] ?? '', space.columns) : (lines[row] ?? ''),
  );
}

const HINTS = ['q quit', '? help', '↑↓ select', 'Enter attach'];

function countText({ order, shown, first }: Arrangement): string {
  const all = plural(order.length, 'pane');
  return shown.length === order.length
    ? all
    : `${String(first + 1)}-${String(first + shown.length)} of ${String(order.length)}`;
}

function footer(input: FrameInput, arrangement: Arrangement): string {
  const { view, notice, size } = input;
  const paint = input.colour ? COLOURED : UNCOLOURED;
  const count = input.fleet === undefined ? '' : countText(arrangement);
  const right = notice === undefined && size.columns >= count.length + 20 ? count : '';
  const room = size.columns - (right === '' ? 0 : right.length + 2);
  const paintHint = (text: string): string => {
    const end = `${text} `.indexOf(' ');
    return `${paint.bold(text.slice(0, end))}${paint.dim(text.slice(end))}`;
  };
  const hints = [...HINTS, view.paused ? 'p go on' : 'p pause'].map((text) => ({ text: `${text} `, paint: paintHint }));
  const parts = [
    ...(view.paused ? [{ text: 'PAUSED ', paint: paint.marked }] : []),
    ...(notice === undefined ? hints : [{ text: inert(notice), paint: paint.marked }]),
  ];
  const { text, width } = fitParts(parts, Math.max(0, room));
  return `${text}${' '.repeat(Math.max(0, size.columns - width - right.length))}${paint.dim(right)}`;
}

/** The screen for what is known: pure, and the same for the same input. */
export function buildFrame(input: FrameInput): Frame {
  const { view, size, maxLines, now } = input;
  const fleet = input.fleet ?? [];
  const space: Space = { columns: size.columns, rows: Math.max(0, size.rows - 1), maxLines };
  const arrangement = arrange(fleet, view, space, now);
  const lines =
    view.help ? centred(HELP, space)
    : fleet.length === 0 ? centred(input.fleet === undefined ? [] : NOTHING, space)
    : body(input, space, arrangement); // prettier-ignore
  return { lines: [...lines, footer(input, arrangement)].slice(-Math.max(1, size.rows)), arrangement };
}
