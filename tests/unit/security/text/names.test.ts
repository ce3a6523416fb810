import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionName, storedSessionName, windowName } from '../../../../src/security/text/names.js';

const hintOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    expect(error).toMatchObject({ name: 'OrcError', code: 'INVALID_INPUT' });
    return (error as { hint: string }).hint;
  }
  throw new Error('was accepted');
};

/** What tmux expands, takes for a target, or hands to a shell, and what a terminal acts on. */
const HOSTILE = [
  ...['', ' ', ' a', '-a', '.a', '=a', '$1', '@2', '%3', '*', '!', '+', '{last}', 'a:b', 'a;', 'a;b', '#(id)', 'a#{pid}'],
  ...['a\n', 'a\r', '\na', 'a\tb', 'a\0', 'a\x1b[31m', 'a\x7f', 'a\u009b', 'a/b', '../a', 'a\\b', 'a"b', "a'b", '`id`', '$(id)'],
  ...['a|b', 'a&b', 'a<b', 'a>b', 'a*b', 'a?b', 'a,b', 'a~b', 'é', '日本', '\u202ea', 'a\u200b', '\u{e0041}', 'ａ', '\ud800'],
]; // prettier-ignore

describe('sessionName', () => {
  it.each([
    ['main', 'main'],
    ['a', 'a'],
    ['9', '9'],
    ['_x', '_x'],
    ['My-App_2', 'My-App_2'],
    ['a.b', 'a_b'],
    ['a..b.', 'a__b_'],
    ['x'.repeat(64), 'x'.repeat(64)],
    ['orc', 'orc'],
    ['_or', '_or'],
  ])('takes %s, stored as %s', (name, stored) => {
    expect(sessionName(name)).toBe(stored);
  });

  it.each([...HOSTILE, 'a b', 'x'.repeat(65)])('refuses %j', (name) => {
    expect(hintOf(() => sessionName(name))).toContain('Allowed: letters, digits');
  });

  it.each(['_orc', '_orc_keepalive', '_ORC', '_orcx', '_orc.x'])('keeps %s for itself', (name) => {
    const hint = hintOf(() => sessionName(name));
    expect(hint).toContain('"_orc" is reserved');
    expect(hint).not.toContain('For example');
  });

  it('names the parameter, and a name that would do', () => {
    expect(() => sessionName('my app', 'new_name')).toThrow(/^new_name: not an allowed name\.$/);
    expect(hintOf(() => sessionName('my app!'))).toContain('For example "my-app".');
    expect(hintOf(() => sessionName('Café ☕'))).toContain('For example "Cafe".');
    expect(hintOf(() => sessionName('日本'))).not.toContain('For example');
  });

  it('suggests only what it takes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((tail) => `_orc${tail}`),
          fc.string().map((tail) => `!_orc ${tail}`),
        ),
        (name) => {
          let hint = '';
          try {
            expect(sessionName(name)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/);
          } catch (error) {
            hint = (error as { hint: string }).hint;
          }
          const suggestion = /For example "(.*)"\.$/.exec(hint)?.[1];
          if (suggestion !== undefined) expect(sessionName(suggestion)).toBe(suggestion);
        },
      ),
    );
  });
});

describe('windowName', () => {
  it.each(['main', 'a b', 'Claude PM.1', '9', '_', 'a  b', 'a.', 'a-', '1.2', '_orc', 'x'.repeat(64)])(
    'takes %j as it is',
    (name) => {
      expect(windowName(name)).toBe(name);
    },
  );

  it.each([...HOSTILE, 'a ', 'x'.repeat(65), `${'x'.repeat(64)} `])('refuses %j', (name) => {
    expect(hintOf(() => windowName(name))).toContain('Allowed: letters, digits');
  });

  it('takes only what is safe anywhere', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (name) => {
        let taken: string | undefined;
        try {
          taken = windowName(name);
        } catch {
          return;
        }
        expect(taken).toMatch(/^[\w][\w. -]{0,63}$/);
      }),
    );
  });
});

describe('storedSessionName', () => {
  it('is what tmux makes of a name of ours, and leaves foreign names alone', () => {
    expect(storedSessionName('a.b')).toBe('a_b');
    expect(storedSessionName('été.x y')).toBe('été.x y');
    expect(storedSessionName('')).toBe('');
  });
});
