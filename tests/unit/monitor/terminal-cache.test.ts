import { describe, expect, it } from 'vitest';
import { parsePaneId, type PaneId } from '../../../src/kernel/ids.js';
import { type CacheBounds, createTerminalCache, type TerminalCache } from '../../../src/monitor/terminal-cache.js';
import type { Delta } from '../../../src/tmux/pane/delta.js';

const HOUR_MS = 3_600_000;
const BOUNDS: CacheBounds = { maxEntries: 3, maxAgeMs: HOUR_MS, maxBytes: 1_000_000 };
const pane = (n: number): PaneId => parsePaneId(`%${String(n)}`)!;
const PID = 100;
const all = (...ns: number[]): Map<string, number> => new Map(ns.map((n) => [pane(n), PID]));

interface Fixture {
  readonly cache: TerminalCache;
  readonly pass: (ms: number) => void;
  readonly put: (n: number, ...lines: string[]) => void;
  /** Which of so many are kept, without using them. */
  readonly kept: (count: number) => number[];
}

function make(bounds: Partial<CacheBounds> = {}): Fixture {
  let time = 1000;
  const cache = createTerminalCache({ ...BOUNDS, ...bounds }, { mono: () => time });
  return {
    cache,
    pass: (ms) => (time += ms),
    put: (n, ...lines) => {
      cache.set(pane(n), { panePid: PID, delta: { lines, cursor: 'c' } as unknown as Delta, at: time });
    },
    kept: (count) => Array.from({ length: count }, (_, n) => n).filter((n) => cache.peek(pane(n)) !== undefined),
  };
}

describe('the rows of the original about its cache', () => {
  it('row 56: of four caches with room for three, three are left', () => {
    const { cache, put, kept } = make();
    for (const n of [0, 1, 2, 3]) put(n, 'text');
    expect(kept(4)).toEqual([1, 2, 3]);
    cache.sweep(all(0, 1, 2, 3));
    expect(cache.stats()).toMatchObject({ entries: 3, evictions: { room: 1 } });
  });

  it('row 57: what was asked for longest ago goes, not what came first', () => {
    const { cache, put, kept } = make();
    for (const n of [0, 1, 2]) put(n, 'text');
    expect(cache.get(pane(0))?.delta.lines).toEqual(['text']);
    // Looking at it is no use of it.
    expect(cache.peek(pane(1))).toBeDefined();
    put(3, 'text');
    expect(kept(4)).toEqual([0, 2, 3]);
  });

  it('row 58: a cache with nothing in it goes, and the others stay', () => {
    const { cache, put, kept } = make();
    put(0, 'text');
    put(1, 'text');
    put(1, '', '   ');
    expect(kept(2)).toEqual([0]);
    put(2, '');
    expect(cache.stats()).toMatchObject({ entries: 1, evictions: { empty: 1 } });
  });

  it('row 59: a broken entry does not stop a sweep, and goes', () => {
    const { cache, put, kept } = make();
    put(0, 'text');
    let isBroken = false;
    const lines = { every: () => { if (isBroken) throw new Error('broken'); return false; }, reduce: () => 5 }; // prettier-ignore
    cache.set(pane(1), { panePid: PID, delta: { cursor: 'c', lines } as unknown as Delta, at: 1000 });
    put(2, 'text');
    isBroken = true;
    expect(cache.sweep(all(0, 1))).toBe(2);
    expect(kept(3)).toEqual([0]);
    expect(cache.stats()).toMatchObject({ sweeps: 1, evictions: { broken: 1, gone: 1 } });
  });

  it('row 60: of twenty caches with room for five, the newest five are left', () => {
    const { cache, put, kept } = make({ maxEntries: 5 });
    for (let n = 0; n < 20; n++) put(n, 'text');
    expect(kept(20)).toEqual([15, 16, 17, 18, 19]);
    expect(cache.stats().evictions.room).toBe(15);
  });

  it('row 64: a thousand terminals leave no more behind than the bounds allow', () => {
    const { cache, put } = make({ maxEntries: 100 });
    for (let n = 0; n < 1000; n++) put(n, `terminal ${String(n)}`);
    expect(cache.stats()).toMatchObject({ entries: 100, evictions: { room: 900 } });
    cache.sweep(new Map());
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });
});

describe('createTerminalCache', () => {
  it('drops what is too old, used or not', () => {
    const { cache, put, pass, kept } = make();
    put(0, 'old');
    pass(HOUR_MS / 2);
    put(1, 'young');
    expect(cache.get(pane(0))).toBeDefined();
    pass(HOUR_MS / 2 + 1);
    expect(cache.get(pane(0))).toBeUndefined();
    expect(kept(2)).toEqual([1]);
    pass(HOUR_MS);
    expect(cache.sweep(all(0, 1))).toBe(1);
    expect(cache.stats()).toMatchObject({ entries: 0, evictions: { age: 2 } });
  });

  it('keeps no more bytes than allowed, and nothing that is larger by itself', () => {
    const { cache, put, kept } = make({ maxEntries: 100, maxBytes: 2000 });
    for (let n = 0; n < 4; n++) put(n, 'x'.repeat(400));
    expect(kept(4)).toEqual([1, 2, 3]);
    expect(cache.stats().bytes).toBeLessThanOrEqual(2000);
    put(9, 'x'.repeat(3000));
    expect(kept(10)).toEqual([1, 2, 3]);
    // A character may be several bytes.
    put(8, '日'.repeat(700));
    expect(cache.peek(pane(8))).toBeUndefined();
  });

  it('drops what is of a pane that is gone, or runs another program', () => {
    const { cache, put, kept } = make();
    for (const n of [0, 1, 2]) put(n, 'text');
    cache.sweep(new Map([[pane(0), PID], [pane(1), PID + 1]])); // prettier-ignore
    expect(kept(3)).toEqual([0]);
    expect(cache.stats().evictions).toMatchObject({ gone: 2 });
    cache.drop(pane(0));
    expect(cache.stats()).toMatchObject({ entries: 0, evictions: { gone: 2, room: 0 } });
  });

  it('counts what was found and what was not', () => {
    const { cache, put } = make();
    put(0, 'text');
    cache.get(pane(0));
    cache.get(pane(1));
    cache.peek(pane(0));
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 1 });
  });

  it('takes other bounds while it is in use: who was asked for last stays, and ages are kept', () => {
    const { cache, put, pass, kept } = make();
    for (const n of [0, 1, 2]) put(n, 'text');
    pass(HOUR_MS / 4);
    cache.get(pane(0));
    cache.rebound({ ...BOUNDS, maxEntries: 2 });
    expect(kept(3)).toEqual([0, 2]);
    expect(cache.stats().evictions.room).toBe(1);
    cache.rebound({ ...BOUNDS, maxEntries: 2 });
    expect(kept(3)).toEqual([0, 2]);
    cache.rebound({ ...BOUNDS, maxEntries: 10, maxAgeMs: HOUR_MS / 2 });
    pass(HOUR_MS / 4);
    expect(kept(3)).toEqual([0, 2]);
    pass(1);
    expect(kept(3)).toEqual([]);
    put(5, 'text');
    pass(10);
    cache.rebound({ ...BOUNDS, maxAgeMs: 5 });
    expect(kept(6)).toEqual([]);
    expect(cache.stats().evictions.age).toBe(1);
  });
});
