import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCursor, writeCursor } from '../../../src/operations/paging.js';

describe('cursors', () => {
  it('are read back as written, and are one word', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_294_967_295 }), (order) => {
        expect(writeCursor(order)).toMatch(/^[\w-]+$/);
        expect(readCursor(writeCursor(order))).toBe(order);
      }),
    );
  });

  const encoded = (text: string): string => Buffer.from(text).toString('base64url');
  it.each([
    '',
    'x',
    '1:5',
    '!!!',
    encoded('1:'),
    encoded('1:-1'),
    encoded('1:x'),
    encoded('2:5'),
    encoded('1:5\n'),
    encoded('1:12345678901'),
    encoded(' 1:5'),
  ])('are none of ours: %j', (cursor) => {
    expect(() => readCursor(cursor)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: 'cursor: not one that this tool gave.' }) as Error,
    );
  });

  it('never fail in another way', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (cursor) => {
        try {
          expect(Number.isSafeInteger(readCursor(cursor))).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_INPUT' });
        }
      }),
    );
  });
});
