import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText } from '../../../src/operations/view.js';

describe('plainText', () => {
  it('is summary, table and text, each when there is one', () => {
    expect(plainText({})).toBe('');
    expect(plainText({ summary: 'Done.' })).toBe('Done.');
    expect(plainText({ text: '' })).toBe('');
    expect(plainText({ text: ' a \n\nb\n' })).toBe(' a \n\nb\n');
    const table = { columns: ['ID', 'NAME', ''], rows: [['$1', 'long name', 'x'], ['$22', '', '']] }; // prettier-ignore
    expect(plainText({ table })).toBe('ID   NAME\n$1   long name  x\n$22');
    expect(plainText({ summary: 'Two.', table, text: 'end' })).toBe('Two.\nID   NAME\n$1   long name  x\n$22\nend');
  });

  it('shows no table without rows', () => {
    expect(plainText({ summary: 'None.', table: { columns: ['ID'], rows: [] } })).toBe('None.');
  });

  it('cuts no cell and keeps columns below each other', () => {
    const cell = fc.stringMatching(/^[!-~]{1,20}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
        const lines = plainText({ table: { columns: ['A', 'B'], rows } }).split('\n');
        const at = lines[0]!.indexOf('B');
        rows.forEach(([first, second], index) => {
          const line = lines[index + 1]!;
          expect([line.slice(0, at).trimEnd(), line.slice(at)]).toEqual([first, second]);
        });
      }),
    );
  });
});
