import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correlationId } from '../../../src/kernel/correlation.js';

const LAST = 2 ** 48 - 1;

describe('correlationId', () => {
  it('is a UUID of version 7 and variant 10', () => {
    const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LAST }), (now) => {
        expect(correlationId(now)).toMatch(form);
      }),
    );
    expect(correlationId()).toMatch(form);
  });

  it('begins with the time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LAST }), (now) => {
        expect(Number.parseInt(correlationId(now).replace('-', '').slice(0, 12), 16)).toBe(now);
      }),
    );
  });

  it('sorts by time', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: LAST })), (times) => {
        const ids = times.toSorted((a, b) => a - b).map(correlationId);
        expect(ids.toSorted()).toEqual(ids);
      }),
    );
  });

  it('is never given twice', () => {
    expect(new Set(Array.from({ length: 10_000 }, () => correlationId(1))).size).toBe(10_000);
  });
});
