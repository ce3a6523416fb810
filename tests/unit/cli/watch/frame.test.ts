import { describe, expect, it } from 'vitest';
import { type Fleet, withListing, withText } from '../../../../src/cli/watch/fleet.js';
import { buildFrame, type FrameInput } from '../../../../src/cli/watch/frame.js';
import { FIRST_VIEW, press, type View } from '../../../../src/cli/watch/view.js';
import type { Key } from '../../../../src/cli/watch/keys.js';
import { displayWidth } from '../../../../src/kernel/width.js';
import { fleetOf, listed, many } from './panes.js';

const HINTS = 'q quit  ? help  ↑↓ select  Enter attach  p pause';

function input(fleet: Fleet | undefined, columns: number, rows: number, more: Partial<FrameInput> = {}): FrameInput {
  return { fleet, view: FIRST_VIEW, size: { columns, rows }, maxLines: 1000, colour: false, now: 2000, ...more };
}

/** What a terminal shows of a row: sequences taken out, columns that begin at a place put there. */
function seen(line: string): string {
  let text = '';
  for (const part of line.replaceAll(/\x1b\[[0-9;]*m/g, '').split(/(?=\x1b\[\d+G)/)) {
    const [, column, rest] = /^(?:\x1b\[(\d+)G)?(.*)$/s.exec(part)!;
    if (column !== undefined) text += ' '.repeat(Math.max(0, Number(column) - 1 - displayWidth(text)));
    text += rest ?? '';
  }
  return text;
}

function draw(...args: Parameters<typeof input>): string[] {
  return buildFrame(input(...args)).lines.map(seen);
}

function fits(lines: readonly string[], columns: number, rows: number): void {
  expect(lines).toHaveLength(rows);
  for (const line of lines) expect(displayWidth(line), line).toBeLessThanOrEqual(columns);
}

describe('a frame of 80 columns', () => {
  it('shows each pane with a header and its last lines, and the keys', () => {
    const fleet = fleetOf(
      [listed(0), listed(1, { target: 'ci:tests.1', command: 'make', dead: true, exitStatus: 2, agent: 'qa' })],
      3,
    );
    const lines = draw(fleet, 80, 24);
    fits(lines, 80, 24);
    expect(lines.slice(0, 9)).toEqual([
      `❯ work:0.0 node %0 ${'━'.repeat(53)} > 2 s ━`,
      'line 1',
      'line 2',
      'line 3',
      '',
      `─ ci:tests.1 ended (2) qa make %1 ${'─'.repeat(38)} > 2 s ─`,
      'line 1',
      'line 2',
      'line 3',
    ]);
    expect(lines[23]).toBe(`${HINTS}${'2 panes'.padStart(80 - HINTS.length)}`);
  });

  it('shares its rows out fairly: what one pane does not need goes to the others', () => {
    let fleet = fleetOf(many(3), 40);
    fleet = withText(fleet, '%1', 'only one', 0);
    const lines = draw(fleet, 80, 24);
    expect(lines.filter((line) => line.startsWith('line '))).toHaveLength(24 - 1 - 3 - 1);
    const heads = lines.flatMap((line, row) => (/^[❯─] work/.test(line) ? [row] : []));
    expect(heads).toEqual([0, 11, 13]);
    expect(lines[10]).toBe('line 40');
    expect(lines[22]).toBe('line 40');
  });

  it('keeps to the lines that were asked for', () => {
    const lines = draw(fleetOf(many(2), 40), 80, 24, { maxLines: 2 });
    expect(lines.filter((line) => line.startsWith('line '))).toEqual(['line 39', 'line 40', 'line 39', 'line 40']);
  });

  it('cuts long lines and wide characters at the edge', () => {
    const wide = '日本語'.repeat(20);
    let fleet = fleetOf([listed(0, { target: 'wide:0.0' })]);
    fleet = withText(fleet, '%0', [wide, `a${wide}`, 'x'.repeat(80), 'x'.repeat(81), '👩‍💻'.repeat(50)].join('\n'), 0);
    const lines = draw(fleet, 80, 24);
    fits(lines, 80, 24);
    expect(lines[1]).toBe(`${'日本語'.repeat(13)}…`);
    expect(displayWidth(lines[2]!)).toBe(80);
    expect(lines[3]).toBe('x'.repeat(80));
    expect(lines[4]).toBe(`${'x'.repeat(79)}…`);
    expect(lines[5]).toMatch(/^(?:👩‍💻)+…$/u);
  });

  it('keeps the colour of a line that begins above what is shown', () => {
    const fleet = withText(fleetOf([listed(0)]), '%0', '\x1b[31mfirst\nsecond\x1b[39m third', 0);
    const [, line] = buildFrame(input(fleet, 80, 24, { maxLines: 1, colour: true })).lines;
    expect(line).toBe('\x1b[31msecond\x1b[0m third');
  });

  it('lets nothing through that acts on a terminal, wherever it comes from', () => {
    const bad = '\x1b]0;title\x07\x1b[2J\x9b3J\x1b[?1049l\r\b\x00\u202e\u200b\u061c';
    const pane = listed(0, { target: `s${bad}:0.0`, command: `c${bad}`, agent: `a${bad}` });
    const fleet = withText(fleetOf([pane]), '%0', `one${bad}\x1b[31mred\x1b[8m\x1b[5mtwo\ttab`, 0);
    for (const colour of [true, false]) {
      const frame = buildFrame(input(fleet, 80, 24, { colour, notice: `notice${bad}` })).lines.join('');
      expect(frame.replaceAll(/\x1b\[[0-9;]*m/g, '').replaceAll(/\x1b\[\d+G/g, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(frame).not.toMatch(/\x1b\[(?:[0-9;]*;)?[58](?:;[0-9;]*)?m/);
    }
  });

  it('says when there is nothing, and says nothing before it is known', () => {
    expect(draw([], 80, 24).join('\n')).toMatch(/ {30,}No panes\.[\s\S]* 0 panes$/);
    expect(draw(undefined, 80, 24).join('').trim()).toBe(HINTS);
  });

  it('does not show what tmux writes into a pane that has ended', () => {
    let fleet = fleetOf([listed(0)]);
    fleet = withText(fleet, '%0', 'result\n\n\n\x1b[0mPane is dead (status 1, Fri Nov 20 11:33:58 2026)', 0);
    fleet = withListing(fleet, [listed(0, { dead: true, exitStatus: 1 })], 1000);
    expect(draw(fleet, 80, 24).slice(0, 3)).toEqual([expect.stringMatching(/ended \(1\) .* 1 s ━$/), 'result', '']);
  });
});

describe('more panes than fit', () => {
  it('shows those that changed last, and stays calm while they go on', () => {
    let fleet = fleetOf(many(12), 10);
    for (const [id, at] of [['%3', 1000], ['%9', 2000], ['%3', 2500], ['%7', 2600]] as const)
      fleet = withText(fleet, id, `at ${String(at)}`, at); // prettier-ignore
    const order = (now: number): string[] =>
      buildFrame(input(fleet, 80, 24, { now })).arrangement.shown.map(({ id }) => id);
    // %3 began to change before the others, and is not over yet.
    expect(order(3000)).toEqual(['%7', '%9', '%3', '%0', '%1']);
    expect(order(60_000)).toEqual(['%7', '%3', '%9', '%0', '%1']);
    const lines = draw(fleet, 80, 24, { now: 3000 });
    fits(lines, 80, 24);
    expect(lines.at(-1)).toMatch(/p pause +1-5 of 12$/);
    expect(lines.join('')).not.toContain('❯');
  });

  it('stands still from the first selection on, and moves by pages', () => {
    let fleet = fleetOf(many(12), 10);
    let view: View = FIRST_VIEW;
    const type = (...keys: Key[]): void => {
      for (const key of keys) ({ view } = press(view, buildFrame(input(fleet, 80, 24, { view })).arrangement, key));
    };
    const shown = (): string[] => buildFrame(input(fleet, 80, 24, { view })).arrangement.shown.map(({ id }) => id);
    type('down');
    expect(view.selected).toBe('%0');
    fleet = withText(fleet, '%11', 'changed', 1000);
    expect(shown()).toEqual(['%0', '%1', '%2', '%3', '%4']);
    type('down', 'down', 'down', 'down', 'down');
    expect(view.selected).toBe('%5');
    expect(shown()).toEqual(['%5', '%6', '%7', '%8', '%9']);
    type('last', 'down');
    expect(view.selected).toBe('%11');
    expect(shown()).toEqual(['%7', '%8', '%9', '%10', '%11']);
    type('escape');
    expect(shown()[0]).toBe('%11');
  });
});

describe('a frame of 160 columns', () => {
  it('uses them for one column while there is room, then for two', () => {
    expect(draw(fleetOf(many(4), 50), 160, 45).join('')).not.toContain('│');
    const lines = draw(fleetOf(many(9), 50), 160, 45);
    fits(lines, 160, 45);
    expect(lines[0]).toMatch(/^❯ work:0\.0 node .* > 2 s ━│─ work:5\.0 node .* > 2 s ─$/);
    for (const line of lines.slice(0, 44)) expect(line.charAt(79)).toBe('│');
    expect(lines.slice(0, 44).every((line) => line.length > 82)).toBe(true);
  });

  it('keeps the second column in its place beside wide characters', () => {
    const fleet = many(9).reduce((all, { id }) => withText(all, id, '日本語👩‍💻é\n'.repeat(30), 0), fleetOf(many(9)));
    const { lines } = buildFrame(input(fleet, 160, 45));
    for (const line of lines.slice(0, 44)) expect(line).toMatch(/\x1b\[80G│/);
    fits(lines.map(seen), 160, 45);
  });
});

describe('tiny terminals', () => {
  it('show the telling part of one pane', () => {
    const lines = draw(fleetOf([listed(0, { dead: true, exitStatus: 127 })], 9), 20, 5);
    fits(lines, 20, 5);
    expect(lines).toEqual(['❯ work:0.0 ━━━ > 2 s', 'line 7', 'line 8', 'line 9', 'q quit  ? help'].map((text) => expect.stringContaining(text.slice(0, 10)))); // prettier-ignore
  });

  it('are never overrun, whatever their size', () => {
    const fleets = [undefined, [], fleetOf([listed(0, { agent: 'x'.repeat(30) })], 30), fleetOf(many(12), 30)];
    for (const fleet of fleets)
      for (const columns of [1, 2, 3, 5, 10, 20, 79, 80, 159, 160, 161, 500])
        for (const rows of [1, 2, 3, 5, 24])
          for (const more of [
            {},
            { view: { ...FIRST_VIEW, help: true } },
            { notice: '長い長い message', colour: true },
          ])
            fits(draw(fleet, columns, rows, more), columns, rows);
  });
});

describe('the footer', () => {
  it('tells of a pause and of what went wrong', () => {
    const fleet = fleetOf(many(1));
    expect(draw(fleet, 80, 24, { view: { ...FIRST_VIEW, paused: true } }).at(-1)).toMatch(
      /^PAUSED {2}q quit .*p go on +1 pane$/,
    );
    expect(draw(fleet, 40, 24, { notice: 'tmux does not answer. '.repeat(4) }).at(-1)).toMatch(
      /^tmux does not answer\. tmux does not ans…$/,
    );
  });
});
