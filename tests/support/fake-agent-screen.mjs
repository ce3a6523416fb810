// What the fake agent shows: screens like those of Claude Code 2.1.328.

const ZERO = /^[\p{M}\p{Cf}]$/u;
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}])$/u;

function widthOf(shown) {
  let width = 0;
  for (const unit of shown) width += ZERO.test(unit) ? 0 : WIDE.test(unit) ? 2 : 1;
  return width;
}

/** Breaks units at blanks, else anywhere. @returns where each row begins and ends */
export function layout(units, shownOf, columns) {
  const rows = [];
  let [start, used, blank] = [0, 0, -1];
  units.forEach((unit, at) => {
    if (unit === '\n') {
      rows.push([start, at]);
      [start, used, blank] = [at + 1, 0, -1];
      return;
    }
    const width = widthOf(shownOf(unit));
    if (used + width > columns && at > start) {
      const cut = blank > start ? blank : at;
      rows.push([start, cut]);
      [start, used, blank] = [cut, widthOf(units.slice(cut, at).map(shownOf).join('')), -1];
    }
    used += width;
    if (unit === ' ') blank = at + 1;
  });
  return [...rows, [start, units.length]];
}

/** Room for text: as many columns are left free beside it. */
const MARGIN = 4;
export const textColumns = ({ columns }) => Math.max(10, columns - MARGIN);

const MAX_TEXT = 4000;
const CONTROLS = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/g;
const itself = (unit) => unit;

/** The rows of a text of the conversation. */
function rowsOf({ mark, text }, size) {
  const units = [...text.slice(0, MAX_TEXT).replaceAll('\t', '    ').replaceAll(CONTROLS, '')];
  const rows = layout(units, itself, textColumns(size)).map(([start, end]) => units.slice(start, end).join(''));
  return rows.map((row, at) => (at === 0 ? mark : ' '.repeat(mark.length)) + row);
}

const HEAD = [
  '',
  ' ▐▛███▛█   Claude Code v2.1.328',
  '▝▜██████▀  Opus 5.5 · API Usage Billing',
  ' ▝▝   ▝▝   ~/proj',
  '',
];
const LABELS = { plain: ['No', 'Yes'] };
LABELS.numbered = [
  'Yes',
  'Yes, and always allow access to ~/proj from this project',
  'Yes, and switch to auto mode · auto mode handles these prompts for you',
  'No',
];

/** @param kind `numbered`: as in manual mode; `plain`: as in auto mode, `No` comes first */
export const newDialog = (kind) => ({ kind, labels: LABELS[kind], selected: 0 });

function dialogRows({ kind, labels, selected }, columns) {
  const dashes = '╌'.repeat(columns);
  const options = labels.map(
    (label, at) => ` ${at === selected ? '❯' : ' '} ${kind === 'numbered' ? `${at + 1}. ` : ''}${label}`,
  );
  const what = [' Bash command', ' run it', dashes, ' touch lab-proof', dashes, ' Do you want to proceed?'];
  const hint = selected === 0 ? ' Esc to cancel · Tab to amend' : ' Esc to cancel';
  return ['─'.repeat(columns), ...what, ...options, '', hint];
}

function footerOf({ composer, armed, vim, isWorking }) {
  if (armed === 'exit') return '  Press Ctrl-C again to exit';
  if (composer.hasPastes()) return '  paste again to expand';
  const mode = `  ${vim === 'insert' ? '-- INSERT -- ' : ''}⏸ manual mode on`;
  if (composer.units().length > 0 || vim === 'insert') return mode;
  return `${mode} · ${isWorking ? 'esc to interrupt' : '? for shortcuts'}`;
}

function composerRows({ composer, queue }, size) {
  const { columns } = size;
  const units = composer.units();
  const all = layout(units, composer.shown, textColumns(size)).map(([start, end]) => units.slice(start, end).map(composer.shown).join('')); // prettier-ignore
  const most = Math.max(3, Math.floor(size.rows / 2) - 5);
  const hidden = Math.max(0, all.length - most);
  // A blank that does not break, as the real one has it.
  const rows = all.map((row, at) => (at === 0 ? `❯\u00a0${row}` : `  ${row}`)).slice(hidden);
  const cursor = 2 + widthOf(all.at(-1));
  if (units.length === 0 && queue.length > 0) rows[0] += 'Press up to edit queued messages';
  const rule = '─'.repeat(columns);
  const top = hidden > 0 ? `─── ↑ ${hidden} more ${rule}`.slice(0, columns) : rule;
  return { rows: [top, ...rows, rule], cursor };
}

const GLYPHS = '·✢✳✶✻✽';
const PICKER = ['    + alpha.txt', '    * general-purpose (agent)   General-purpose agent for research'];

/** What stands above the composer and below the conversation. */
function statusRows({ queue, isWorking, since, picker }, size) {
  const waiting = queue.flatMap(({ shown }) => rowsOf({ mark: '❯ ', text: shown }, size));
  const queued = waiting.length === 0 ? [] : ['', ...waiting, '  ⎿  Queued · ctrl+x ctrl+s to send now'];
  const passed = Date.now() - since;
  const glyph = GLYPHS[Math.floor(passed / 200) % GLYPHS.length];
  const spinner = isWorking ? ['', `${glyph} Beaming… (${Math.floor(passed / 1000)}s · ↓ ${Math.ceil(passed / 140)} tokens)`] : [];
  // A list of completions stands in the place of the spinner.
  return picker === 'above' ? [...queued, ...PICKER] : [...queued, ...spinner, ''];
} // prettier-ignore

/**
 * @param isHalf as it stands while the composer is being drawn
 * @returns every row of the screen, and where the cursor is
 */
export function screenOf(state, size, isHalf = false) {
  const { columns, rows: height } = size;
  const composer = composerRows(state, size);
  const box = isHalf ? composer.rows.slice(0, 2).map((row, at) => (at === 0 ? row : row.slice(0, row.length / 2))) : composer.rows;
  const below = isHalf ? [] : [...(state.picker === 'below' ? PICKER : []), footerOf(state)];
  const bottom = state.dialog === undefined ? [...statusRows(state, size), ...box, ...below] : dialogRows(state.dialog, columns);
  const said = [...HEAD, ...state.said.flatMap((block) => ['', ...(block.rows ??= rowsOf(block, size))])];
  const room = Math.max(0, height - bottom.length);
  const above = room === 0 ? [] : said.slice(-room);
  const rows = [...above, ...Array(room - above.length).fill(''), ...bottom].slice(-height);
  const row = state.dialog === undefined ? rows.length - below.length - 2 : rows.length - 1;
  return { rows, cursor: [state.dialog === undefined ? composer.cursor : 1, Math.max(0, row)] };
} // prettier-ignore

/** @returns what draws a screen, of which only what has changed is written */
export function createPainter(write) {
  let last = [];
  return ({ rows, cursor: [column, row] }, isWhole = false) => {
    if (isWhole || rows.length !== last.length) last = [];
    // Without wrapping: how wide a character is may be seen differently by the terminal.
    const changed = rows.map((text, at) => (text === last[at] ? '' : `\x1b[${at + 1};1H\x1b[2K${text}`)).join('');
    write(`${last.length === 0 ? '\x1b[2J' : ''}\x1b[?7l${changed}\x1b[?7h\x1b[${row + 1};${column + 1}H`);
    last = rows;
  };
}
