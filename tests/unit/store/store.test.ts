import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import { defineTable, type StateStore, type Table } from '../../../src/store/store.js';
import { createStoreWorld, fakeBootClock, type StoreWorld } from '../../support/store-world.js';

interface Row {
  readonly n: number;
}

const read = (value: unknown): Row | undefined => value as Row;
const rows = defineTable<Row>('rows', { version: 1, read });
const others = defineTable<Row>('others', { version: 1, read });

describe.each(['sqlite', 'memory'] as const)('a store: %s', (backend) => {
  let world: StoreWorld;
  let time: ReturnType<typeof fakeBootClock>;
  let store: StateStore;
  beforeEach(() => {
    world = createStoreWorld();
    time = fakeBootClock();
    store = backend === 'sqlite' ? world.open({ clock: time.clock }) : createMemoryStore(time.clock);
  });
  afterEach(async () => {
    await store.close();
    await world.close();
  });
  const put = (key: string, n: number, expiresAt?: number): Promise<void> =>
    store.transact((tx) => {
      tx.put(rows, key, { n }, { expiresAt });
    });
  const get = (key: string, table: Table<Row> = rows): Promise<Row | undefined> =>
    store.read((view) => view.get(table, key));

  it('keeps, replaces and removes rows', async () => {
    expect(await get('a')).toBeUndefined();
    await put('a', 1);
    await put('a', 2);
    expect(await get('a')).toEqual({ n: 2 });
    expect(await get('a', others)).toBeUndefined();
    await store.transact((tx) => {
      tx.delete(rows, 'a');
      tx.delete(rows, 'never there');
    });
    expect(await get('a')).toBeUndefined();
  });

  it('gives what the body gives, which sees its own changes', async () => {
    const value = await store.transact((tx) => {
      tx.put(rows, 'a', { n: 1 });
      return tx.get(rows, 'a')?.n;
    });
    expect(value).toBe(1);
  });

  it('does all of a body or nothing, and leaves the others of the same time alone', async () => {
    await put('a', 1);
    const results = await Promise.allSettled([
      put('b', 2),
      store.transact((tx) => {
        tx.put(rows, 'a', { n: 100 });
        tx.put(rows, 'c', { n: 100 });
        tx.delete(rows, 'b');
        throw new Error('no');
      }),
      store.transact((tx) => {
        tx.put(rows, 'd', { n: tx.get(rows, 'b')?.n ?? 0 });
      }),
    ]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await store.read((view) => view.list(rows).map(({ key, row }) => [key, row.n]))).toEqual([['a', 1], ['b', 2], ['d', 2]]); // prettier-ignore
  });

  it('refuses a body that is not synchronous', async () => {
    await expect(store.transact(async () => Promise.resolve())).rejects.toThrow('synchronous');
  });

  it('refuses to use a transaction after its end', async () => {
    const tx = await store.transact((given) => given);
    expect(() => tx.get(rows, 'a')).toThrow('ended');
  });

  it('lists by prefix, in order of bytes, in parts', async () => {
    const keys = ['a', 'b:2', 'b:1', 'b', 'c', 'b:\u{1f600}', 'b:\uff5e', 'b:%', 'b:_'];
    await Promise.all(keys.map((key, n) => put(key, n)));
    const list = (options: object) => store.read((view) => view.list(rows, options).map(({ key }) => key));
    expect(await list({ prefix: 'b:' })).toEqual(['b:%', 'b:1', 'b:2', 'b:_', 'b:\uff5e', 'b:\u{1f600}']);
    expect(await list({ prefix: 'b:', limit: 2 })).toEqual(['b:%', 'b:1']);
    expect(await list({ prefix: 'b:', limit: 2, after: 'b:1' })).toEqual(['b:2', 'b:_']);
    expect(await list({ after: 'b:\u{1f600}' })).toEqual(['c']);
    expect(await list({ prefix: 'none' })).toEqual([]);
  });

  it('forgets rows when their time has come', async () => {
    const { mono } = await store.read((view) => view.now);
    await put('short', 1, mono + 50);
    await put('long', 2, mono + 5000);
    time.pass(49);
    expect(await get('short')).toEqual({ n: 1 });
    time.pass(1);
    expect(await get('short')).toBeUndefined();
    expect(await store.read((view) => view.list(rows).length)).toBe(1);
    await put('short', 3);
    time.pass(100_000);
    expect(await get('short')).toEqual({ n: 3 });
  });

  it('has a clock that takes no notice of the wall clock', async () => {
    const before = await store.transact((tx) => tx.now);
    time.pass(10);
    for (const days of [1, -2, 0]) {
      time.set({ wall: 1_700_000_000_000 + days * 86_400_000 });
      const { mono } = await store.transact((tx) => tx.now);
      expect(mono - before.mono).toBeCloseTo(10, 3);
    }
    time.set({ suspended: 3_600_000 });
    expect((await store.transact((tx) => tx.now)).mono - before.mono).toBeCloseTo(3_600_010, 3);
    // Another process has not measured it yet, or not as well.
    time.set({ suspended: 0 });
    if (backend === 'sqlite')
      expect((await store.transact((tx) => tx.now)).mono - before.mono).toBeCloseTo(3_600_010, 3);
  });

  it('lets rows migrate, and refuses those of a later version', async () => {
    await put('a', 1);
    const later = defineTable<{ twice: number }>('rows', {
      version: 2,
      read: (value, version) => (version === 1 ? { twice: (value as Row).n * 2 } : (value as { twice: number })),
    });
    expect(await store.read((view) => view.get(later, 'a'))).toEqual({ twice: 2 });
    await store.transact((tx) => {
      tx.put(later, 'b', { twice: 8 });
    });
    const [first, second] = await Promise.allSettled([get('b'), put('c', 1)]);
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'refused' } });
    expect(second.status).toBe('fulfilled');
    await expect(store.transact((tx) => tx.get(rows, 'b'))).rejects.toMatchObject({ code: 'refused' });
    expect(await get('c')).toEqual({ n: 1 });
    const picky = defineTable<Row>('rows', { version: 1, read: () => undefined });
    expect(await get('a', picky)).toBeUndefined();
    expect(await store.read((view) => view.list(picky, { prefix: 'a' }))).toEqual([]);
  });

  it('keeps any text, and refuses keys that are none', async () => {
    const text = 'x\n\t\u0001\u{1f600}"\\';
    await store.transact((tx) => {
      tx.put(defineTable<string>('texts', { version: 1, read: (value) => value as string }), text, text);
    });
    expect(await store.read((view) => view.list(defineTable<string>('texts', { version: 1, read: (value) => value as string })))).toEqual([{ key: text, row: text }]); // prettier-ignore
    for (const key of ['a\0b', '\ud800', 'x'.repeat(1025), '\u{10ffff}'])
      await expect(put(key, 1)).rejects.toThrow('proper text');
    await expect(store.transact((tx) => tx.put(rows, 'u', undefined as never))).rejects.toThrow('JSON');
    expect(() => defineTable('No', { version: 1, read })).toThrow('plain name');
  });

  it('can be cancelled, and closed once what waits is done', async () => {
    const controller = new AbortController();
    controller.abort();
    const { signal } = controller;
    await expect(store.transact(() => 1, { signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(store.read(() => 1, { signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    const pending = put('a', 1);
    const closed = store.close();
    await expect(put('b', 1)).rejects.toMatchObject({ code: 'closed' });
    await expect(get('b')).rejects.toMatchObject({ code: 'closed' });
    await pending;
    await closed;
    await store.close();
  });
});
