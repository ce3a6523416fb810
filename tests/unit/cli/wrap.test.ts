import { describe, expect, it } from 'vitest';
import { hanging, wrap } from '../../../src/cli/wrap.js';
import { displayWidth } from '../../../src/kernel/width.js';

describe('wrap', () => {
  it('breaks at spaces, and inside a word only where it is wider than the line', () => {
    expect(wrap('one two three', 20)).toEqual(['one two three']);
    expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrap('/a/long/path/to/it is', 8)).toEqual(['/a/long/', 'path/to/', 'it is']);
    expect(wrap('', 8)).toEqual(['']);
  });

  it('measures columns, not characters', () => {
    const lines = wrap('日本語日本語 x', 5);
    expect(lines).toEqual(['日本', '語日', '本語', 'x']);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(5);
    expect(wrap('日本', 1)).toEqual(['日本']);
  });
});

describe('hanging', () => {
  it('puts further lines below the first one', () => {
    expect(hanging('warn  ', 'one two three four five', 26)).toBe('warn  one two three four\n      five');
    expect(hanging('warn  ', 'one two', 1)).toBe('warn  one two');
  });

  it('wraps nothing where there is no terminal', () => {
    expect(hanging('x  ', 'w '.repeat(500), undefined)).not.toContain('\n');
  });
});
