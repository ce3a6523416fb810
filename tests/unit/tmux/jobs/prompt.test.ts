import { describe, expect, it } from 'vitest';
import { type CursorLine, promptState, promptText } from '../../../../src/tmux/jobs/prompt.js';

const KIND = { kind: 'bash' } as const;
const at = (row: string, cursorX: number): CursorLine => ({ text: row, row, cursorX, width: 80, cwd: '/work' });

describe('a prompt behind characters of a doubtful width', () => {
  // U+324E takes two columns in tmux with glibc's table, and one by UAX #11 (ambiguous).
  it('is one where tmux counts more columns than we do', () => {
    expect(promptState(at('㉎|㉎|㉎|work # ', 16), KIND)).toBe('clean');
    expect(promptState(at('㉎|㉎|㉎|work # ', 16), { ...KIND, known: 'work # ' })).toBe('clean');
    expect(promptText(at('㉎ work # ', 10), KIND)).toBe('㉎ work # ');
  });

  // U+1FAAD is newer than the table of many a C library.
  it('is one where tmux counts fewer', () => {
    expect(promptState(at('\u{1FAAD} work $ ', 8), KIND)).toBe('clean');
    expect(promptText(at('\u{1FAAD} work $ ', 8), KIND)).toBe('\u{1FAAD} work $ ');
  });

  it('is none with something typed behind it, wherever the cursor stands', () => {
    for (const cursorX of [8, 9, 10, 11, 12, 13, 14])
      expect(promptState(at('\u{1FAAD} work $ half', cursorX), KIND), String(cursorX)).toBe('half_typed');
    expect(promptState(at('㉎ work #     ', 14), KIND)).toBe('half_typed');
  });
});

describe('a prompt of plain characters', () => {
  it('ends where the cursor stands, to the column', () => {
    expect(promptState(at('work $ ', 7), KIND)).toBe('clean');
    expect(promptState(at('work $ $ ', 7), KIND)).toBe('half_typed');
    expect(promptState(at('work $ ', 10), KIND)).toBe('half_typed');
    expect(promptText(at('work $    ', 7), KIND)).toBe('work $ ');
  });
});
