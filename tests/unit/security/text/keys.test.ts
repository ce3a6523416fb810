import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyNames, MAX_KEYS } from '../../../../src/security/text/keys.js';
import { createWorld, type World } from '../../../support/world.js';

const failure = (keys: readonly string[], what?: string): unknown => {
  try {
    return keyNames(keys, what);
  } catch (error) {
    return error;
  }
};
const NAMES = [
  ...['Enter', 'Escape', 'Tab', 'BTab', 'Space', 'BSpace', 'DC', 'IC', 'Up', 'Down', 'Left', 'Right', 'Home', 'End', 'PageUp', 'PageDown'],
  ...Array.from({ length: 12 }, (_, index) => `F${String(index + 1)}`),
]; // prettier-ignore
const SINGLES = [...'abcxyzABCXYZ059'.matchAll(/./g)].map(([key]) => key);
const PUNCTUATION = ['C-\\', 'C-]', 'C-_', 'C-^', 'C-@', 'C-/'];

const SILENT = ['C-Enter', 'C-Escape', 'C-Tab', 'C-BTab', 'C-BSpace', 'C-0', 'C-1', 'C-5', 'C-9'];

describe('keyNames', () => {
  it.each([
    ['enter', 'Enter'],
    ['ENTER', 'Enter'],
    ['Return', 'Enter'],
    ['esc', 'Escape'],
    ['Backspace', 'BSpace'],
    ['delete', 'DC'],
    ['Insert', 'IC'],
    ['PgUp', 'PageUp'],
    ['pgdn', 'PageDown'],
    ['PPage', 'PageUp'],
    ['NPage', 'PageDown'],
    ['f12', 'F12'],
    ['C-c', 'C-c'],
    ['M-x', 'M-x'],
    ['S-tab', 'S-Tab'],
    ['C-M-S-up', 'C-M-S-Up'],
    ['C-@', 'C-@'],
    ['C-C', 'C-C'],
    ['q', 'q'],
    ['Q', 'Q'],
    ['0', '0'],
  ])('reads %s as %s', (key, name) => {
    expect(keyNames([key])).toEqual([name]);
  });

  it.each([
    '',
    ' ',
    'Ctrl-C',
    'ctrl+c',
    '^C',
    '0x41',
    'F0',
    'F13',
    'ab',
    ';',
    '-',
    '-t',
    '--',
    'C-',
    'C-;',
    'M-;',
    '@',
    '\\',
    'é',
    'C-é',
    'C-C-C-C-c',
    'c-c',
    'Enter\n',
    'Enter ',
    'MouseDown1Pane',
    'FocusIn',
    'User0',
    'None',
    'Any',
    'KP0',
    '\x1b',
    '\x03',
    'Enter;',
    '$1',
    '#{pid}',
    '日',
  ])('refuses %j', (key) => {
    expect(failure(['Enter', key])).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/^keys\[1\]: ".*" is not a key name\./),
    });
  });

  it('keeps the order, and takes a bounded number', () => {
    expect(keyNames(['x', 'enter', 'x'])).toEqual(['x', 'Enter', 'x']);
    expect(keyNames([])).toEqual([]);
    expect(keyNames(Array<string>(MAX_KEYS).fill('a'))).toHaveLength(MAX_KEYS);
    expect(failure(Array<string>(MAX_KEYS + 1).fill('a'))).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('guesses what was meant, in safe characters', () => {
    expect(failure(['Entr'], 'pressed')).toMatchObject({
      message: 'pressed[0]: "Entr" is not a key name. Did you mean "Enter"?',
    });
    expect(failure([`\x1b[31m${'x'.repeat(100)}`])).toMatchObject({
      message: `keys[0]: "?[31m${'x'.repeat(59)}..." is not a key name.`,
    });
  });

  describe('in real tmux', () => {
    let world: World;
    beforeAll(async () => {
      world = createWorld();
      await world.tmux('new-session', '-d', '-s', 's', 'sleep', '1000');
    });
    afterAll(() => world.close());

    it.each(SILENT)('refuses %s, for which tmux sends nothing', (key) => {
      expect(() => keyNames([key])).toThrow('not a key name');
    });

    // send-keys types out a name that it does not know, as text; bind-key refuses it.
    it('are keys, with any modifiers', async () => {
      const plain = [...NAMES, ...SINGLES];
      const modified = ['C-', 'M-', 'S-', 'C-M-', 'C-S-', 'M-S-', 'C-M-S-', 'C-C-'].flatMap((modifiers) =>
        plain.map((key) => `${modifiers}${key}`),
      );
      const keys = [
        ...plain,
        ...modified,
        ...PUNCTUATION,
        ...PUNCTUATION.map((key) => `M-${key}`.replace('M-C-', 'C-M-')),
      ].filter((key) => !SILENT.includes(key));
      for (let at = 0; at < keys.length; at += MAX_KEYS) {
        const names = keyNames(keys.slice(at, at + MAX_KEYS));
        expect(names).toEqual(keys.slice(at, at + MAX_KEYS));
        const binds = names.map((name) => ['bind-key', '-T', 'tests', '--', name, 'display-message', ';']).flat();
        await expect(world.tmux(...binds.slice(0, -1)), names.join(' ')).resolves.toBe('');
      }
      await expect(world.tmux('bind-key', '-T', 'tests', 'Ctrl-C', 'display-message')).rejects.toThrow('unknown key');
    });
  });
});
