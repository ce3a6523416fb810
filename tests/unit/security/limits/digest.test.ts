import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, inOrder, withoutFields } from '../../../../src/security/limits/digest.js';

describe('digestOf', () => {
  it('is the same for the same data, whatever the order of fields', () => {
    const same = [
      { a: 1, b: { c: [1, { d: 2, e: 3 }], f: null } },
      { b: { f: null, c: [1, { e: 3, d: 2 }] }, a: 1 },
    ];
    expect(digestOf(inOrder(same[0]))).toBe(digestOf(inOrder(same[1])));
    for (const other of [{ a: 1, b: { c: [{ d: 2, e: 3 }, 1], f: null } }, { a: '1' }, [], {}, '', null])
      expect(digestOf(inOrder(other))).not.toBe(digestOf(inOrder(same[0])));
  });

  it('tells long texts apart, by place and by content', () => {
    const long = 'x'.repeat(5000);
    const all = [
      { a: long }, { b: long }, { a: long, b: long }, { a: `${long}y` }, { a: `y${long}` }, { a: { length: 5000 } },
      { a: 5000 }, { a: { b: long } }, [long], long, {}, undefined,
    ]; // prettier-ignore
    expect(new Set(all.map((value) => digestOf(value))).size).toBe(all.length);
    for (const value of all) expect(digestOf(structuredClone(value))).toBe(digestOf(value));
    expect(digestOf({ a: long }, { b: long })).not.toBe(digestOf({ a: long, b: long }));
  });

  it('keeps data as it is but for the order', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(inOrder(value)).toEqual(value);
      }),
    );
  });
});

describe('withoutFields', () => {
  it.each<[unknown, string[], unknown]>([
    [{ a: 1, b: 2 }, ['a'], { b: 2 }],
    [{ a: { b: 1, c: 2 } }, ['a.b'], { a: { c: 2 } }],
    [{ a: { b: { c: 1 } }, d: 1 }, ['a.b.c', 'd'], { a: { b: {} } }],
    [{ a: 1 }, ['b', 'a.c', 'toString', '__proto__.x'], { a: 1 }],
    [{ a: [{ b: 1 }] }, ['a.b', 'a.0'], { a: [{ b: 1 }] }],
    [undefined, ['a'], undefined],
    ['text', ['length'], 'text'],
  ])('of %j leaves out %j', (value, fields, expected) => {
    expect(withoutFields(value, fields)).toEqual(expected);
  });
});
