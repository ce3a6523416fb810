import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constructRefused, firstConstruct, readerOf } from '../../../../src/security/text/message-policy.js';

const shell = readerOf('bash');
const fish = readerOf('fish');
const program = readerOf('node');

describe('firstConstruct', () => {
  it.each([
    ['echo $(id)', 'a command substitution, "$("', 5],
    ['print $HOME', 'a variable', 6],
    ['a ${x} $(y)', 'a parameter substitution, "${"', 2],
    ['see `ls`', 'a backtick', 4],
    ['cat <(ls)', 'a process substitution', 4],
    ['tee >(cat)', 'a process substitution', 4],
    ['cat =(ls)', 'a process substitution', 4],
    ['$_', 'a variable', 0],
    ['$((1+1))', 'a command substitution, "$("', 0],
    ['$((', 'a command substitution, "$("', 0],
    ["'$HOME'", 'a variable', 1],
    ['👍 `', 'a backtick', 3],
  ])('finds in %j %s', (text, what, offset) => {
    for (const reader of [program, shell, fish]) expect(firstConstruct(text, reader)).toEqual({ what, offset });
  });

  it.each([
    'Hello world, 2 > 1 costs $5',
    "it's fine",
    '100 $ and $1, $?, $$',
    'a < b > c; x <= (y)',
    'see ../../src and ~/notes.md, C-c Enter #(id) #{pid}',
    'list=[1,2] && echo done | cat > out',
    'שלום 日本 👩‍👩‍👧',
  ])('lets %j pass', (text) => {
    expect(firstConstruct(text, program)).toBeUndefined();
    expect(firstConstruct(text, shell)).toBeUndefined();
  });

  it('counts a line end only where a shell would run the line, and brackets only for fish', () => {
    expect(firstConstruct('a\nb', program)).toBeUndefined();
    for (const reader of [shell, fish]) expect(firstConstruct('a\nb', reader)?.what).toBe('a line end');
    expect(firstConstruct('ls\n', shell)).toEqual({ what: 'a line end', offset: 2 });
    expect(firstConstruct('a (b)', shell)).toBeUndefined();
    expect(firstConstruct('a (b)', fish)).toEqual({ what: 'a command substitution of fish, "("', offset: 2 });
  });

  it('leaves nothing in a text that it lets pass', () => {
    const piece = fc.constantFrom('$', '(', '{', '`', '<', '>', '=', ' ', 'a', '\n', '5', '_', ')');
    fc.assert(
      fc.property(
        fc.array(piece).map((parts) => parts.join('')),
        (text) => {
          const found = firstConstruct(text, shell);
          if (found === undefined) expect(text).not.toMatch(/`|\$[({A-Za-z_]|[<>]\(|\n/);
          else expect(firstConstruct(text.slice(0, found.offset), shell)).toBeUndefined();
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('readerOf', () => {
  it.each(['bash', '-bash', 'sh', 'dash', 'zsh', 'fish', 'ksh93', 'tcsh', 'nu', 'busybox'])('takes %s for a shell', (name) => {
    expect(readerOf(name).shell).toBe(true);
  }); // prettier-ignore

  it.each(['node', 'claude', 'vim', 'python3', 'cat', 'bashful', 'sshd', 'git-shell'])('takes %s for none', (name) => {
    expect(readerOf(name)).toEqual({ shell: false, fish: false });
  });

  it.each(['', 'a b', 'x,y', '#{pid}', 'a}', 'é', 'x'.repeat(65)])('takes %j for a shell, on doubt', (name) => {
    expect(readerOf(name).shell).toBe(true);
  });
});

describe('constructRefused', () => {
  it('names construct and place, and nothing else of the text', () => {
    const error = constructRefused({ what: 'a variable', offset: 6 }, shell);
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      message: 'text: has a variable at offset 6, refused for a shell.',
      details: { offset: 6 },
    });
    expect(constructRefused({ what: 'a variable', offset: 6 }, program).message).not.toContain('shell');
  });
});
