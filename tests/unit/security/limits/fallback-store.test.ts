import { beforeEach, describe, expect, it } from 'vitest';
import { createJsonLogger } from '../../../../src/kernel/logger.js';
import { createFallbackStore, type FallbackStore } from '../../../../src/security/limits/fallback-store.js';
import { createMemoryStore } from '../../../../src/store/memory-store.js';
import { defineTable, type StateStore, StoreError } from '../../../../src/store/store.js';
import { settle } from '../calls.js';

const rows = defineTable<number>('rows', { version: 1, read: (value) => value as number });

let log: { level: string; message: string; code?: string }[];
let time: number;
let broken: Error | undefined;
let asked: number;
let memory: StateStore;
let store: FallbackStore;
beforeEach(() => {
  [log, time, broken, asked, memory] = [[], 0, undefined, 0, createMemoryStore()];
  const answer = async <T>(work: () => Promise<T>): Promise<T> => {
    asked++;
    if (broken !== undefined) throw broken;
    return work();
  };
  const shared: StateStore = {
    transact: (body) => answer(() => memory.transact(body)),
    read: (body) => answer(() => memory.read(body)),
    close: () => Promise.resolve(),
  };
  store = createFallbackStore(
    shared,
    createJsonLogger((line) => log.push(JSON.parse(line)), 'debug'),
    () => time,
  );
});

const add = (): Promise<number> =>
  store.transact((tx) => {
    const next = (tx.get(rows, 'n') ?? 0) + 1;
    tx.put(rows, 'n', next);
    return next;
  });

describe('a store for limits', () => {
  it('is the shared one as long as that answers', async () => {
    expect([await add(), await add()]).toEqual([1, 2]);
    expect(await store.read((view) => view.get(rows, 'n'))).toBe(2);
    expect([store.degraded(), log]).toEqual([false, []]);
  });

  it.each(['busy', 'corrupt', 'full', 'refused', 'failed', 'closed'] as const)(
    'counts alone when that is %s, and says so',
    async (code) => {
      await add();
      broken = new StoreError(code, 'It is not ours.');
      expect([await add(), await add(), await store.read((view) => view.get(rows, 'n'))]).toEqual([1, 2, 2]);
      expect(store.degraded()).toBe(true);
      const told = { level: 'warn', code, message: 'Limits are degraded, this process counts alone. It is not ours.' };
      expect(log).toMatchObject(code === 'closed' ? [] : [told]);
      // Only the first call has waited for it.
      expect(asked).toBe(2);
    },
  );

  it('comes back by itself, beside the calls', async () => {
    broken = new StoreError('busy', 'x');
    await add();
    expect(asked).toBe(1);
    time = 999;
    await add();
    expect(asked).toBe(1);
    time = 1000;
    await add();
    await settle();
    expect([asked, store.degraded()]).toEqual([2, true]);
    broken = undefined;
    time = 2000;
    expect(await add()).toBe(4);
    await settle();
    expect([asked, store.degraded()]).toEqual([3, false]);
    expect(await add()).toBe(1);
    expect(log.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  it('repeats in the log no more than once a minute', async () => {
    broken = new StoreError('busy', 'x');
    for (time = 0; time <= 120_000; time += 1000) {
      await add();
      await settle();
    }
    expect(log.length).toBe(3);
  });

  it('leaves other errors alone', async () => {
    await expect(store.transact(() => { throw new Error('mine'); })).rejects.toThrow('mine'); // prettier-ignore
    expect(store.degraded()).toBe(false);
  });
});
