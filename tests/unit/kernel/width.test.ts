import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/kernel/width.js';

const LAST = 0x2bff;
const SURROUNDINGS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text + text,
  (text) => `a${text}─${text}x`,
  // What turns a character into an emoji, what it carries, and what binds it to the next one.
  (text) => `${text}\ufe0f`,
  (text) => `${text}\u0301`,
  (text) => `${text}\u20e3`,
  (text) => `${text}\u200d${text}`,
];

describe('the columns of a text', () => {
  it('are those that the library measures, for every character below the ideographs and what may stand beside it', () => {
    const wrong: string[] = [];
    for (let code = 0x20; code <= LAST; code++)
      for (const around of SURROUNDINGS) {
        const text = around(String.fromCodePoint(code));
        if (displayWidth(text) !== stringWidth(text)) wrong.push(code.toString(16));
      }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['❯ ─│╭╮▐▛ ● ⎿ ✻ ⠧ … · ⏸', 22],
    ['日本', 4],
    ['👩‍👩‍👧', 2],
    ['⌚', 2],
    ['e\u0301', 1],
    ['', 0],
  ])('of %j', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });
});
