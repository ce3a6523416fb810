import { describe, expect, it } from 'vitest';
import { fitRuns, inert, styledLines } from '../../../../src/cli/watch/style.js';

const shown = (text: string, columns = 100): string[] => styledLines(text).map((line) => fitRuns(line, columns));

describe('styledLines', () => {
  it('lets a style run on over lines, as tmux writes it', () => {
    expect(shown('\x1b[1m\x1b[31mone\ntwo\x1b[0m three\nfour')).toEqual([
      '\x1b[1;31mone\x1b[0m',
      '\x1b[1;31mtwo\x1b[0m three',
      'four',
    ]);
  });

  it('keeps colours and attributes of every form', () => {
    expect(shown('\x1b[38;5;200;48;2;1;2;3mx')).toEqual(['\x1b[38;5;200;48;2;1;2;3mx\x1b[0m']);
    expect(shown('\x1b[4:3mcurly\x1b[4:0m\x1b[97;101;7mx\x1b[27;39;49my')).toEqual([
      '\x1b[4mcurly\x1b[0m\x1b[7;97;101mx\x1b[0my',
    ]);
    expect(shown('\x1b[1;2mx\x1b[22my\x1b[58;5;3;3mz\x1b[mw')).toEqual(['\x1b[1;2mx\x1b[0my\x1b[3mz\x1b[0mw']);
  });

  it('drops what hides or blinks, and what makes no sense', () => {
    expect(shown('\x1b[8mhidden\x1b[5;6mblinking')).toEqual(['hiddenblinking']);
    expect(shown('\x1b[38;5mx\x1b[38;9my\x1b[48;2;1;2mz\x1b[38;5;999mw\x1b[:::m\x1b[777mv')).toEqual(['xyzwv']);
  });

  it('is nothing for an empty text, and empty for an empty line', () => {
    expect(styledLines('')).toEqual([]);
    expect(shown('a\n\nb')).toEqual(['a', '', 'b']);
  });
});

describe('fitRuns', () => {
  it('cuts by columns, styles aside', () => {
    expect(shown('\x1b[31mabc\x1b[32mdef', 6)).toEqual(['\x1b[31mabc\x1b[0m\x1b[32mdef\x1b[0m']);
    expect(shown('\x1b[31mabc\x1b[32mdef', 5)).toEqual(['\x1b[31mabc\x1b[0m\x1b[32md\x1b[0m…']);
    expect(shown('\x1b[31mabc\x1b[32mdef', 4)).toEqual(['\x1b[31mabc\x1b[0m…']);
    expect(shown('日本語', 5)).toEqual(['日本…']);
    expect(shown('日本語', 4)).toEqual(['日…']);
    expect(shown('ab', 1)).toEqual(['…']);
    expect(shown('ab', 0)).toEqual(['']);
  });
});

describe('inert', () => {
  it('keeps text and takes out what acts or hides', () => {
    expect(inert('plain é 日本 👩‍💻')).toBe('plain é 日本 👩‍💻');
    expect(inert('a\tb\x1b[2Jc\x07\u009bd\u202ee\u200bf\u2028g\ud800h')).toBe('a    b[2Jcdefgh');
  });
});
