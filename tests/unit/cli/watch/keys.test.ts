import { describe, expect, it } from 'vitest';
import { decodeKeys, restKeys } from '../../../../src/cli/watch/keys.js';

const keys = (text: string): readonly string[] => decodeKeys(text).keys;

describe('decodeKeys', () => {
  it.each([
    ['q', ['quit']],
    ['\x03', ['interrupt']],
    ['\x1a', ['suspend']],
    ['\x0c', ['redraw']],
    ['\r', ['enter']],
    ['\n', ['enter']],
    ['jk', ['down', 'up']],
    ['gG', ['first', 'last']],
    ['p?', ['pause', 'help']],
    ['\x1b[A\x1b[B', ['up', 'down']],
    // Application mode, and with modifiers.
    ['\x1bOA\x1bOB', ['up', 'down']],
    ['\x1b[1;5A', ['up']],
    ['\x1b[H\x1b[F\x1bOH\x1b[1~\x1b[4~\x1b[7~\x1b[8~', ['first', 'last', 'first', 'first', 'last', 'first', 'last']],
    ['\x1b[5~\x1b[6~', ['up', 'down']],
    ['x語👩', ['other', 'other', 'other']],
  ])('reads %j', (text, expected) => {
    expect(decodeKeys(text)).toEqual({ keys: expected, rest: '' });
  });

  it('takes no letter of a sequence for a key', () => {
    expect(keys('\x1b[200~')).toEqual(['other']);
    expect(keys('\x1bq')).toEqual(['other']);
    expect(keys('\x1b[3;q')).toEqual(['other']);
    expect(keys('\x1b[<0;10;10M')).toEqual(['other']);
    expect(keys('\x1b[?1;2c')).toEqual(['other']);
  });

  it('waits for the rest of a sequence', () => {
    expect(decodeKeys('j\x1b')).toEqual({ keys: ['down'], rest: '\x1b' });
    expect(decodeKeys('\x1b[')).toEqual({ keys: [], rest: '\x1b[' });
    expect(decodeKeys('\x1b[1;5')).toEqual({ keys: [], rest: '\x1b[1;5' });
    expect(decodeKeys('\x1bO')).toEqual({ keys: [], rest: '\x1bO' });
    expect(restKeys('\x1b')).toEqual(['escape']);
    expect(restKeys('\x1b[')).toEqual(['other']);
    expect(restKeys('')).toEqual([]);
  });

  it('reads Escape before another key, and does not wait without end', () => {
    expect(decodeKeys('\x1b\x1b[A')).toEqual({ keys: ['escape', 'up'], rest: '' });
    expect(decodeKeys(`\x1b[${'1'.repeat(100)}`).rest).toBe('');
  });
});
