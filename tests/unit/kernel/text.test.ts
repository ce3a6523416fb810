import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, hasLoneSurrogate, nearest, shown } from '../../../src/kernel/text.js';

describe('shown', () => {
  it('keeps printable ASCII, and cuts at 64', () => {
    expect(shown('a "b" ~!')).toBe('a "b" ~!');
    expect(shown('a\nb\x1b[31m\u202eé日')).toBe('a?b?[31m???');
    expect(shown('x'.repeat(64))).toBe('x'.repeat(64));
    expect(shown('x'.repeat(65))).toBe(`${'x'.repeat(64)}...`);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (word) => {
        expect(shown(word)).toMatch(/^[\x20-\x7e]{0,67}$/);
      }),
    );
  });
});

describe('nearest', () => {
  const known = ['list_sessions', 'kill_session', 'kill_pane', 'send_keys'];
  it.each([
    ['list_session', 'list_sessions'],
    ['kil_pane', 'kill_pane'],
    ['KILL_PANE', 'kill_pane'],
    ['sendkeys', 'send_keys'],
    ['kill_session', 'kill_session'],
    ['something_else_entirely', undefined],
    ['x'.repeat(100_000), undefined],
    ['', undefined],
  ])('of %.30s is %s', (word, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });

  it('is asked for in a sentence, or not at all', () => {
    expect(didYouMean('kil_pane', known)).toBe(' Did you mean "kill_pane"?');
    expect(didYouMean('zzzzzzzz', known)).toBe('');
    expect(didYouMean('a', [])).toBe('');
  });
});

describe('hasLoneSurrogate', () => {
  it('tells what UTF-8 cannot carry', () => {
    for (const text of ['\ud800', 'a\udc00', '\udc00\ud800', '👩\ud83d']) expect(hasLoneSurrogate(text)).toBe(true);
    for (const text of ['', 'a', '👩‍👩‍👧', '\ufffd', '\uffff']) expect(hasLoneSurrogate(text)).toBe(false);
  });
});
