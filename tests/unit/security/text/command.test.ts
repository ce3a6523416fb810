import { describe, expect, it } from 'vitest';
import { checkCommand, commandWords } from '../../../../src/security/text/command.js';

const MAX = 300_000;
const failure = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('commandWords', () => {
  it('keeps words as they are', () => {
    const words = ['a b', '', '$(id)', '#{pid}', '-x', 'é\n\x1b', 'x'.repeat(131_071)];
    expect(commandWords(words, MAX)).toEqual(words);
    expect(commandWords(undefined, MAX)).toBeUndefined();
  });

  it.each([
    ['a NUL', ['ls', 'SECRET\0'], 'command[1]: not valid text.'],
    ['a lone surrogate', ['\ud800'], 'command[0]: not valid text.'],
    ['a word that no process can get', ['ls', 'SECRET'.repeat(21_846)], 'command[1]: more than 131071 bytes.'],
    ['too much in all', ['ls', ...Array<string>(3).fill('x'.repeat(99_999))], `command: more than ${String(MAX)} bytes in all.`], // prettier-ignore
  ])('refuses %s, and shows none of it', (_what, words, message) => {
    const error = failure(() => commandWords(words, MAX));
    expect(error).toMatchObject({ code: 'INVALID_INPUT', message });
    expect(JSON.stringify(Object.values(error as object))).not.toContain('SECRET');
  });

  it('counts bytes, and the end of each word', () => {
    expect(commandWords(['é', 'a'], 5)).toEqual(['é', 'a']);
    expect(failure(() => commandWords(['é', 'a'], 4))).toMatchObject({ code: 'INVALID_INPUT' });
  });
});

describe('checkCommand', () => {
  it('bounds bytes and takes text only', () => {
    expect(() => checkCommand('é'.repeat(5), 10)).not.toThrow();
    expect(failure(() => checkCommand('é'.repeat(6), 11))).toMatchObject({ message: 'command: more than 11 bytes.' });
    for (const text of ['a\0', '\udc00'])
      expect(failure(() => checkCommand(text, 10))).toMatchObject({ message: 'command: not valid text.' });
  });
});
