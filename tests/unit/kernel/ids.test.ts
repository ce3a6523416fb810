import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePaneId, parseSessionId, parseWindowId } from '../../../src/kernel/ids.js';

const PARSERS = { $: parseSessionId, '@': parseWindowId, '%': parsePaneId };

describe.each(Object.entries(PARSERS))('ids with %s', (sigil, parse) => {
  it('are the sigil and a 32-bit number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_294_967_295 }), (number) => {
        expect(parse(`${sigil}${String(number)}`)).toBe(`${sigil}${String(number)}`);
      }),
    );
  });

  it.each([
    '',
    '-1',
    '00',
    '01',
    '+1',
    '1.0',
    '1e3',
    '0x1',
    ' 1',
    '1 ',
    '1\n',
    '1;',
    'a',
    '4294967296',
    '99999999999',
    '١',
    '1:0',
  ])('are not the sigil and %j', (rest) => {
    expect(parse(`${sigil}${rest}`)).toBeUndefined();
  });

  it('have no other sigil', () => {
    for (const other of ['', '$', '@', '%', '=', '-', `${sigil}${sigil}`, ` ${sigil}`])
      if (other !== sigil) expect(parse(`${other}1`)).toBeUndefined();
  });
});
