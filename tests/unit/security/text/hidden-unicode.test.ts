import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { removeHidden } from '../../../../src/security/text/hidden-unicode.js';

/** ASCII as invisible tag characters. */
const tags = (text: string): string =>
  text.replaceAll(/./g, (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0)));
const CANCEL = '\u{e007f}';
const SELECTOR = '\u{e0100}';
const ENGLAND = `🏴${tags('gbeng')}${CANCEL}`;

describe('removeHidden', () => {
  it.each([
    '',
    'plain',
    'é 日本 العربية עברית',
    '👩‍👩‍👧 ❤️ 1️⃣',
    'a\u200bb\u200db\u2060\ufeff',
    'rtl \u202e \u2066 \u200f',
    '\u00a0\u00ad\u3000',
    ENGLAND,
    `葛${SELECTOR}城`,
    `${ENGLAND}${ENGLAND}`,
  ])('leaves language and emoji: %s', (text) => {
    expect(removeHidden(text)).toEqual({ text, hidden: 0 });
  });

  it.each([
    [`a${tags('ignore all')}b`, 'ab', 10],
    [tags('x'), '', 1],
    [`${tags('gbeng')}${CANCEL}`, '', 6],
    [`🏴${tags('gbeng')}`, '🏴', 5],
    [`🏴${CANCEL}`, '🏴', 1],
    [`🏴${tags('a'.repeat(17))}${CANCEL}`, '🏴', 18],
    [`🏴${SELECTOR}${tags('gbeng')}${CANCEL}`, '🏴', 7],
    [`${ENGLAND}${tags('x')}`, ENGLAND, 1],
    [`a${SELECTOR}`, 'a', 1],
    [`葛${SELECTOR}${SELECTOR}`, `葛${SELECTOR}`, 1],
    [`葛\u{e01ef}\u{e0101}\u{e0102}`, '葛\u{e01ef}', 2],
    [`葛${tags('x')}${SELECTOR}`, '葛', 2],
    ['\u{e0000}\u{e0001}\u{e007f}', '', 3],
    [`😀\u{e0120}\u{e0121}`, '😀', 2],
  ])('removes what carries text unseen: %#', (text, expected, hidden) => {
    expect(removeHidden(text)).toEqual({ text: expected, hidden });
  });

  const piece = fc.constantFrom(
    '🏴',
    '葛',
    'a',
    '日',
    '👩',
    '\u200d',
    tags('g'),
    tags('ab'),
    CANCEL,
    SELECTOR,
    '\u{e01ef}',
    '\u{e0000}',
    '\n',
  );
  const texts = fc.oneof(
    fc.array(piece).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
  );

  it('changes nothing the second time, and counts what it took', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const once = removeHidden(text);
        expect(removeHidden(once.text)).toEqual({ text: once.text, hidden: 0 });
        // Each of them is two code units.
        expect(text.length - once.text.length).toBe(once.hidden * 2);
      }),
    );
  });

  it('keeps everything that is seen', () => {
    const visible = (text: string): string => text.replaceAll(/\udb40[\udc00-\uddef]/g, '');
    fc.assert(
      fc.property(texts, (text) => {
        expect(visible(removeHidden(text).text)).toBe(visible(text));
      }),
    );
  });

  it.each([
    ['tags', tags('x').repeat(500_000)],
    ['flags that never end', `🏴${tags('a'.repeat(16))}`.repeat(20_000)],
    ['selectors', `葛${SELECTOR.repeat(9)}`.repeat(50_000)],
  ])(
    'is linear on %s',
    (_, text) => {
      expect(removeHidden(text).hidden).toBeGreaterThan(0);
    },
    5000,
  );
});
