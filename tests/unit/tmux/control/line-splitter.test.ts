import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter } from '../../../../src/tmux/control/line-splitter.js';

function split(chunks: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  const feed = createLineSplitter((line) => lines.push(line));
  for (const chunk of chunks) feed(Buffer.from(chunk));
  return lines;
}

const utf8 = (line: string): string => Buffer.from(line, 'latin1').toString('utf8');

describe('createLineSplitter', () => {
  it('gives each finished line once, and keeps the rest', () => {
    expect(split([Buffer.from('a\n\nb\nc')])).toEqual(['a', '', 'b']);
    expect(split([Buffer.from('a'), Buffer.from('b'), Buffer.from('\nc'), Buffer.from('\n')])).toEqual(['ab', 'c']);
    expect(split([Buffer.alloc(0), Buffer.from('\n'), Buffer.alloc(0)])).toEqual(['']);
    expect(split([Buffer.from('never finished')])).toEqual([]);
  });

  it('ends lines at LF only', () => {
    expect(split([Buffer.from('a\rb\u2028c\u0085d\x0be\n')]).map(utf8)).toEqual(['a\rb\u2028c\u0085d\x0be']);
  });

  it('keeps characters whose bytes come in several chunks', () => {
    const text = 'é日本👩‍👩‍👧\n';
    const bytes = [...Buffer.from(text)].map((byte) => Uint8Array.of(byte));
    expect(split(bytes).map(utf8)).toEqual([text.slice(0, -1)]);
  });

  it('gives the same lines however the bytes are cut', () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((all) => all.map((byte) => (byte % 7 === 0 ? 0x0a : byte)));
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(200)), (all, cuts) => {
        const places = [0, ...cuts.filter((at) => at < all.length).sort((a, b) => a - b), all.length];
        const chunks = places.slice(1).map((end, index) => all.subarray(places[index], end));
        const whole = Buffer.from(all).toString('latin1').split('\n').slice(0, -1);
        expect(split(chunks)).toEqual(whole);
      }),
    );
  });
});
