import { describe, expect, it } from 'vitest';
import { chosenOption } from '../../../src/operations/agent-control.js';

const LABELS = ['Yes', 'Yes, and always allow', 'yes', 'No, suggest changes (esc)'];
const code = (labels: readonly string[], choice: string): unknown => {
  try {
    return chosenOption(labels, choice);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('an option', () => {
  it.each<[string, unknown]>([
    ['Yes', 0],
    ['yes', 2],
    ['YES', 'AMBIGUOUS'],
    [' No, suggest changes (esc) ', 3],
    ['always', 1],
    ['suggest', 3],
    ['ye', 'AMBIGUOUS'],
    ['maybe', 'INVALID_INPUT'],
    ['1', 'INVALID_INPUT'],
    ['   ', 'INVALID_INPUT'],
  ])('for %j is %j', (choice, expected) => {
    expect(code(LABELS, choice)).toBe(expected);
  });

  it('is none where there are none, and several of the same label are told apart by nothing', () => {
    expect(code([], 'Yes')).toBe('INVALID_INPUT');
    expect(code(['Yes', 'Yes'], 'Yes')).toBe('AMBIGUOUS');
  });
});
