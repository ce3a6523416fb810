import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanMessage } from '../../../../src/security/text/message.js';

const MAX = 1000;
const failure = (text: string, max = MAX, what?: string): unknown => {
  try {
    return cleanMessage(text, max, what);
  } catch (error) {
    return error;
  }
};
const none = { escapes: 0, controls: 0, hidden: 0 };

describe('cleanMessage', () => {
  it.each([
    'hello',
    ' leading and trailing ',
    'two\n\nlines\n\twith tab',
    `quotes " ' \` $HOME $(id) \`id\` ; && | > < ../ ~ * ? # % { } [ ] \\ !`,
    '#{pane_id} #(touch x) C-c Enter 0x41 \\033[31m ^[[31m',
    'é 日本 العربية 👩‍👩‍👧 \u202e\u200d\u00a0\u2028',
    '-n --',
    '%end 1 1 1',
  ])('leaves %j exactly as it is', (text) => {
    expect(cleanMessage(text, MAX)).toEqual({ text, bytes: Buffer.byteLength(text), removed: none });
  });

  it.each([
    ['a\r\nb\rc\n\rd', 'a\nb\nc\n\nd', none],
    ['a\x1b[201~b', 'ab', { ...none, escapes: 1 }],
    ['a\u009b201~b\x9b31m', 'ab', { ...none, escapes: 2 }],
    ['a\x03\x04\x1a\x15\x7fb', 'ab', { ...none, controls: 5 }],
    ['a\u{e0041}\u{e0042}b', 'ab', { ...none, hidden: 2 }],
    ['\x1b\u{e005b}[31m', '[31m', { ...none, controls: 1, hidden: 1 }],
  ])('cleans %j', (text, expected, removed) => {
    expect(cleanMessage(text, MAX)).toEqual({ text: expected, bytes: Buffer.byteLength(expected), removed });
  });

  it.each(['', '\x1b[31m', '\x03', '\u{e0041}', '\x1b]0;t\x07'])('refuses %j, of which nothing is left', (text) => {
    expect(failure(text, MAX, 'message')).toMatchObject({
      code: 'INVALID_INPUT',
      message: 'message: nothing is left to send.',
    });
  });

  it('refuses what tmux or UTF-8 cannot carry', () => {
    expect(failure('a\0b')).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('NUL') });
    for (const text of ['\ud800', 'a\udc00b', '\udc00\ud800'])
      expect(failure(text)).toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining('lone surrogate'),
      });
  });

  it('counts bytes, not characters', () => {
    expect(cleanMessage('é'.repeat(5), 10).bytes).toBe(10);
    expect(failure('é'.repeat(6), 11)).toMatchObject({ message: 'text: 12 bytes, more than the allowed 11.' });
    // What is removed counts too: the bound is on what came in.
    expect(failure('a\x1b[31m', 5)).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('gives text that is safe to paste and stays the same when cleaned again', () => {
    const piece = fc.constantFrom(
      '\x1b',
      '[201~',
      '\r',
      '\n',
      '\t',
      '\u009b',
      ']0;',
      '\x07',
      'a',
      '葛',
      '🏴',
      '\u{e0067}',
      '\u{e007f}',
      '\u{e0100}',
      '\x03',
      '\x7f',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((parts) => parts.join('')),
          fc.string({ unit: 'grapheme' }),
        ),
        (raw) => {
          const result = failure(raw);
          if (result instanceof Error) {
            expect(result).toMatchObject({ name: 'OrcError', code: 'INVALID_INPUT' });
            return;
          }
          const { text, bytes } = result as { text: string; bytes: number };
          expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
          expect(bytes).toBe(Buffer.byteLength(text));
          expect(cleanMessage(text, MAX)).toEqual({ text, bytes, removed: none });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never shows the text in an error', () => {
    const secrets = ['SECRET\0', 'SECRET\ud800', 'SECRET'.repeat(1000)];
    for (const text of secrets) expect(JSON.stringify(Object.values(failure(text) as object))).not.toContain('SECRET');
  });
});
