import { describe, expect, it } from 'vitest';
import { heightsOf } from '../../../../src/tmux/pane/heights.js';
import { isDoubtful } from '../../../../src/tmux/pane/lines.js';

const heights = (lines: string[], rows: string[]): unknown => {
  const found = heightsOf(lines, rows);
  return found === undefined ? undefined : [...found];
};

describe('rows of lines', () => {
  it('are those that hold them', () => {
    expect(heights(['abcd', 'x', ''], ['ab', 'cd', 'x', ''])).toEqual([['abcd', 2], ['x', 1], ['', 1]]); // prettier-ignore
    expect(heights(['中中中', 'x'], ['中', '中', '中', 'x'])).toEqual([['中中中', 3], ['x', 1]]); // prettier-ignore
  });

  it('may be filled up with spaces, and begin with some', () => {
    expect(heights(['中中', 'x'], ['中 ', '中 ', 'x  '])).toEqual([['中中', 2], ['x', 1]]); // prettier-ignore
    expect(heights(['a  b', 'x'], ['a ', ' b', 'x'])).toEqual([['a  b', 2], ['x', 1]]); // prettier-ignore
  });

  it('may be empty at the end of a line', () => {
    expect(heights(['ab', 'x'], ['ab', '', 'x'])).toEqual([['ab', 2], ['x', 1]]); // prettier-ignore
    expect(heights(['ab', '', 'x'], ['ab', '', 'x'])).toEqual([['ab', 1], ['', 1], ['x', 1]]); // prettier-ignore
  });

  it('are unknown where the two are not of one moment', () => {
    expect(heights(['ab'], ['ac'])).toBeUndefined();
    expect(heights(['ab', 'x'], ['ab'])).toBeUndefined();
    expect(heights(['ab'], ['ab', 'x'])).toBeUndefined();
  });
});

describe('a line whose rows only tmux knows', () => {
  it('may be longer than a row and holds more than plain characters', () => {
    expect(isDoubtful('x'.repeat(200), 80)).toBe(false);
    expect(isDoubtful('│ ✓ done ─'.repeat(20), 80)).toBe(false);
    expect(isDoubtful('中'.repeat(40), 80)).toBe(false);
    expect(isDoubtful('中'.repeat(41), 80)).toBe(true);
    expect(isDoubtful(`${'x'.repeat(79)}\u{1F600}`, 80)).toBe(true);
    expect(isDoubtful(`\u001b[31m${'x'.repeat(77)}\u{1F600}\u001b[0m`, 80)).toBe(false);
  });
});
