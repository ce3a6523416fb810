import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanOutput, cleanText, mayNeedCleaning } from '../../../../src/security/text/clean-output.js';
import { GITHUB, redactor, TOKENS } from './redactor.js';

const rules = redactor();
const clean = (raw: string, keepSgr = false): string => cleanOutput(raw, rules, { keepSgr }).text;
const tags = (text: string): string =>
  Array.from(text, (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('');

describe('cleanOutput', () => {
  it('counts what it took, each kind once', () => {
    const raw = `\u001b[31mred\u001b[0m \u0007 a\u202eb\u202c c\u200bd${tags('xy')} v\u{e0162} ${GITHUB}`;
    expect(cleanOutput(raw, rules)).toEqual({
      text: expect.stringMatching(/^red {2}ab cd v \[REDACTED:github:\w{4}\]$/),
      stripped: 9,
      redactions: 1,
      warnings: ['hidden_unicode:bidi=2,zero_width=1,tags=2,selectors=1'],
    });
    expect(cleanOutput('plain', rules)).toEqual({ text: 'plain', stripped: 0, redactions: 0, warnings: [] });
  });

  it.each([
    ['a\u202eb\u2066c\u2069', 'abc'],
    ['a\u200bb\u2060c\ufeffd\u2063', 'abcd'],
    ['a\u3164b\u115fc\u1160d\uffa0', 'abcd'],
    ['a\ufff9b\ufffac\ufffbd', 'abcd'],
    [`a${'\u0301'.repeat(9)}b`, 'a\u0301b'],
    [`a${'\u0301\u0316'.repeat(20)}b`, `a${'\u0301\u0316'.repeat(5)}b`],
    ['v\u{e0162}\u{e015d}w', 'vw'],
    ['a\rb', 'a\nb'],
    ['one\r\n\r\ntwo\r', 'one\n\ntwo\n'],
    ['ab\b\bxy', 'abxy'],
    ['\u001b]0;unterminated', ''],
    ['a\u001b]0;unterminated\nb', 'a\nb'],
    ['\u001b\u001b[31m[31m', '[31m'],
    ['half \ud83d and', 'half \ufffd and'],
    ['ภาษา\u200bไทย', 'ภาษา\u200bไทย'],
    ['ภาษา\u200bx', 'ภาษาx'],
  ])('takes %j to %j', (raw, expected) => {
    expect(clean(raw)).toBe(expected);
  });

  it.each([
    '┌─┐\n│x│\n└─┘',
    '👨‍👩‍👧 ❤️ 🇫🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👍🏽 1️⃣',
    '日本語 한국어 中文 葛\u{e0100}飾',
    'می\u200cخواهم שלום \u200e(v1.2)\u200f',
    'e\u0301 o\u0302\u0323 ཧཱུྃ नि ཀྵྨླྺྼྻྂ',
    'a\u00a0b\u2003c\u3000d \ue000\uf8ff 𝓐',
    'two\n\nlines\tand tab',
  ])('leaves %s', (text) => {
    expect(cleanOutput(text, rules)).toEqual({ text, stripped: 0, redactions: 0, warnings: [] });
    expect(cleanText(text, rules)).toBe(text);
  });

  it('knows every mark there is', () => {
    const marks = Array.from({ length: 0x11_0000 }, (_, code) => code)
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => String.fromCodePoint(code))
      .filter((letter) => /[\p{Mn}\p{Me}]/u.test(letter));
    expect(marks.length).toBeGreaterThan(1500);
    for (const mark of marks) expect(clean(`a${mark.repeat(5)}b`).length).toBeLessThanOrEqual(2 + mark.length);
  });

  it('keeps colours where they are asked for, and finds what they split', () => {
    expect(clean('\u001b[31mred\u001b[0m\u001b[2J', true)).toBe('\u001b[31mred\u001b[0m');
    const split = `${GITHUB.slice(0, 8)}\u001b[1m${GITHUB.slice(8)}\u001b[0m`;
    expect(clean(split, true)).toMatch(/^\[REDACTED:github:\w{4}\]\u001b\[0m$/);
    expect(clean(split)).toMatch(/^\[REDACTED:github:\w{4}\]$/);
  });

  it('cleans what stood before as well', () => {
    const before = `x \u001b[1m${GITHUB.slice(0, 10)}\u200b`;
    expect(cleanOutput(`${GITHUB.slice(10)} end`, rules, { before }).text).toMatch(/^\[REDACTED:github:\w{4}\] end$/);
  });

  const piece = fc.oneof(
    fc.constantFrom(
      ...['\u001b', '\u001b[', '\u001b]', '\u001bP', '\u001b\\', '\u009b', '\u009d', '\u0090', '\u009c', '\u0007', '\r', '\b', '\0'],
      ...['31m', '0;', ';', 'm', '?', '\n', '\t', '│', '\u200b', '\u202e', '\u2066', '\ufeff', '\u3164', '\u0301', '\u{e0041}', '\u{e0100}'],
      ...['🏴', '\u{e007f}', '葛', '👩', '\u200d', 'ไ', '\ud800', '\udc00', 'password=', 'Bearer ', '-----BEGIN RSA PRIVATE KEY-----'],
      ...TOKENS.slice(0, 6).map(([, token]) => token),
    ),
    fc.string({ unit: 'binary', maxLength: 6 }),
  ); // prettier-ignore
  const texts = fc.array(piece, { maxLength: 40 }).map((parts) => parts.join(''));
  const FORBIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

  it('never fails, leaves no control but line end and tab, and no live sequence but colours', () => {
    fc.assert(
      fc.property(texts, fc.boolean(), (raw, keepSgr) => {
        const shown = cleanOutput(raw, rules, { keepSgr });
        expect(shown.text.replaceAll(/\u001b\[[0-9;:]*m/g, keepSgr ? '' : '$&')).not.toMatch(FORBIDDEN);
        expect(shown.text.isWellFormed()).toBe(true);
        expect(cleanText(raw, rules)).not.toMatch(FORBIDDEN);
      }),
      { numRuns: 3000 },
    );
  });

  it('is changed no more the second time, and by the other filter neither', () => {
    fc.assert(
      fc.property(texts, (raw) => {
        const { text } = cleanOutput(raw, rules);
        expect(cleanOutput(text, rules)).toEqual({ text, stripped: 0, redactions: 0, warnings: [] });
        expect(cleanText(text, rules)).toBe(text);
      }),
      { numRuns: 3000 },
    );
  });

  it('changes no line of which it says that there is nothing to do', () => {
    fc.assert(
      fc.property(texts, (raw) => {
        for (const line of raw.split('\n'))
          if (!mayNeedCleaning(line, rules)) expect(cleanText(line, rules)).toBe(line);
      }),
      { numRuns: 3000 },
    );
  });
});
