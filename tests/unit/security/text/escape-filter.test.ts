import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterEscapes } from '../../../../src/security/text/escape-filter.js';

const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
const clean = (text: string, keepSgr = false): string => filterEscapes(text, { keepSgr }).text;

describe('filterEscapes', () => {
  it.each(['', 'plain', 'two\nlines\tand tab', 'é 日本 👩‍👩‍👧 \u202e \u00a0 \u2028', '[31m', ']0;x', '\\e[0m ^[[31m'])(
    'leaves %j alone',
    (text) => {
      expect(filterEscapes(text)).toEqual({ text, escapes: 0, controls: 0 });
    },
  );

  it.each([
    ['a\x1b[31mb\x1b[0mc', 'abc', 2, 0],
    ['\x1b[?2004h\x1b[>4;2m\x1b[!p\x1b[1 q', '', 4, 0],
    ['\x1b[201~x', 'x', 1, 0],
    ['a\x9b31mb', 'ab', 1, 0],
    ['a\u009b201~b', 'ab', 1, 0],
    ['\x1b]0;title\x07x', 'x', 1, 0],
    ['\x1b]0;title\x1b\\x', 'x', 1, 0],
    ['\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\', 'link', 2, 0],
    ['\x1b]52;c;ZXZpbA==\x07x', 'x', 1, 0],
    ['\u009d0;title\u009cx', 'x', 1, 0],
    ['\u00900;1|ab\u009cx', 'x', 1, 0],
    ['\x1bPq#0\x1b\\x', 'x', 1, 0],
    ['\x1bXsos\x1b\\\x1b^pm\x1b\\\x1b_apc\x1b\\x', 'x', 3, 0],
    ['\x1bc\x1b7\x1b8\x1b=\x1b>\x1bD\x1bMx', 'x', 7, 0],
    ['\x1b(B\x1b)0\x1b#8\x1b%Gx', 'x', 4, 0],
    ['a\rb\bc\x07d\x00e\x7ff\x0bg\x0ch', 'abcdefgh', 0, 7],
    ['a\u0085b\u0080c', 'abc', 0, 2],
    ['x\x1b', 'x', 0, 1],
    ['\x1b\x1b[31mx', 'x', 1, 1],
    ['\x1b\nx', '\nx', 0, 1],
    ['\x1bé', 'é', 0, 1],
  ])('takes %j to %j', (text, expected, escapes, controls) => {
    expect(filterEscapes(text)).toEqual({ text: expected, escapes, controls });
  });

  it('keeps the text of a control string that never ends', () => {
    expect(clean('a\x1b]0;not ended')).toBe('a0;not ended');
    expect(clean('a\x1bPnot ended')).toBe('anot ended');
    expect(clean('a\u009dnot ended')).toBe('anot ended');
    expect(clean('\x1b]0;one\x1b]0;two\x07x')).toBe('x');
    expect(clean('a\x1b]0;x\x18b\x1b]0;y\x1ac')).toBe('abc');
  });

  it('keeps what follows a sequence that was cut off', () => {
    expect(clean('\x1b[31')).toBe('');
    expect(clean('\x1b[31\nm')).toBe('\nm');
    expect(clean('\x1b[3\x1b[31m1m')).toBe('1m');
  });

  it('keeps colours when asked to, and only those', () => {
    const text = '\x1b[1;38;5;9mred\x1b[m \x1b[4:3mcurly\x1b[0m';
    expect(filterEscapes(text, { keepSgr: true })).toEqual({ text, escapes: 0, controls: 0 });
    const other = '\x1b[2J\x1b[?25l\x1b[>4;2m\x1b[1 m\x9b31mx\x1b]0;t\x07\x1b[31\x07m\r';
    expect(filterEscapes(other, { keepSgr: true })).toEqual({ text: 'xm', escapes: 7, controls: 2 });
  });

  const piece = fc.constantFrom(
    ...['\x1b', '\x1b[', '\x1b]', '\x1bP', '\x1bX', '\x1b^', '\x1b_', '\x1b\\', '\x9b', '\u009d', '\u0090', '\u009c', '\x07'],
    ...['\x18', '\x1a', '31m', '0;1', 'm', '?', ' ', '/', '~', 'a', 'é', '👩', '\n', '\t', '\r', '\0', '\x7f', '\u0085', '\ud800'],
  ); // prettier-ignore
  const texts = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  );

  it('leaves no control character but newline and tab', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(clean(text)).not.toMatch(CONTROLS);
        expect(clean(text, true).replaceAll(/\x1b\[[0-9;:]*m/g, '')).not.toMatch(CONTROLS);
      }),
      { numRuns: 1000 },
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(texts, fc.boolean(), (text, keepSgr) => {
        const once = clean(text, keepSgr);
        expect(filterEscapes(once, { keepSgr })).toEqual({ text: once, escapes: 0, controls: 0 });
      }),
      { numRuns: 1000 },
    );
  });

  it('only takes away, and counts only when it does', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { text: left, escapes, controls } = filterEscapes(text);
        let at = 0;
        for (const unit of left) at = text.indexOf(unit, at) + unit.length;
        expect(at).toBeLessThanOrEqual(text.length);
        expect(left === text).toBe(escapes + controls === 0);
        // Newlines and tabs outside of sequences are all kept, so lines stay lines.
        if (!/[\x1b\x80-\x9f]/.test(text)) expect(left.match(/[\n\t]/g)).toEqual(text.match(/[\n\t]/g));
      }),
    );
  });

  it.each([
    ['ESC ]', '\x1b]'],
    ['U+009D', '\u009d'],
    ['ESC P', '\x1bP'],
    ['U+0090 with text', '\u0090aaaa'],
    ['ESC [', '\x1b['],
    ['ESC [ with parameters', '\x1b[1;2;3;'],
    ['U+009B', '\u009b'],
    ['ESC', '\x1b'],
    ['ESC space', '\x1b  '],
    ['ESC ] ESC \\', '\x1b]\x1b\\'],
    ['controls', '\r\0\x7f'],
    ['colours', '\x1b[31m'],
  ])(
    'is linear on a megabyte of %s',
    (_, unit) => {
      const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
      expect(clean(text)).not.toMatch(CONTROLS);
      expect(clean(`${text}${'x'.repeat(1_000_000)}`, true)).toContain('xxx');
    },
    5000,
  );

  it.each([
    ['parameters that never end', `\x1b[${'1;'.repeat(500_000)}`],
    ['intermediates that never end', `\x1b[${' '.repeat(1_000_000)}`],
    ['a string that never ends', `\x1b]${'x'.repeat(1_000_000)}`],
    ['plain text', 'x'.repeat(1_000_000)],
  ])(
    'is linear on %s',
    (_, text) => {
      expect(clean(text)).not.toMatch(CONTROLS);
    },
    5000,
  );
});
