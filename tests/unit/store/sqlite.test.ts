import {
  chmodSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { openSync, closeSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StateStore } from '../../../src/store/store.js';
import { get, put, rows } from '../../support/number-rows.js';
import { createStoreWorld, fakeBootClock, type StoreWorld } from '../../support/store-world.js';

let world: StoreWorld;
beforeEach(() => {
  world = createStoreWorld();
});
afterEach(() => world.close());

describe('files of the store', () => {
  it.each([0o000, 0o022, 0o777])('are ours alone, whatever the umask is: %o', async (mask) => {
    const before = process.umask(mask & ~0o700);
    try {
      await put(world.open(), 'a', 1);
    } finally {
      process.umask(before);
    }
    expect(statSync(world.root).mode & 0o777).toBe(0o700);
    expect(world.modes()).toEqual({ 'user.db': '600', 'user.db-shm': '600', 'user.db-wal': '600' });
  });

  it('are made by no store that is not used', async () => {
    await world.open().close();
    expect(() => statSync(world.root)).toThrow('ENOENT');
  });

  it('get the right modes back', async () => {
    await put(world.open(), 'a', 1);
    chmodSync(world.root, 0o755);
    chmodSync(world.path, 0o644);
    expect(await get(world.open(), 'a')).toBe(1);
    expect(statSync(world.root).mode & 0o777).toBe(0o700);
    expect(statSync(world.path).mode & 0o777).toBe(0o600);
  });

  it('lie in folders that are all ours', async () => {
    const folder = join(world.root, 'abcdef012345');
    await put(world.open({ folder, name: 'state.db' }), 'a', 1);
    expect(readdirSync(folder)).toContain('state.db');
    chmodSync(folder, 0o777);
    await put(world.open({ folder, name: 'state.db' }), 'a', 1);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  const refused = { name: 'StoreError', code: 'refused' };

  it('refuse a folder that became a file while the store was open', async () => {
    const store = world.open();
    await put(store, 'a', 1);
    renameSync(world.root, `${world.root}-moved`);
    writeFileSync(world.root, '');
    await expect(get(store, 'a')).rejects.toMatchObject(refused);
    await expect(put(store, 'a', 2)).rejects.toMatchObject(refused);
  });

  it('refuse a folder that is a link, also between the others', async () => {
    const real = join(dirname(world.root), 'real');
    mkdirSync(real);
    symlinkSync(real, world.root);
    await expect(put(world.open(), 'a', 1)).rejects.toMatchObject(refused);
    await expect(put(world.open({ folder: join(world.root, 'x') }), 'a', 1)).rejects.toMatchObject(refused);
    rmSync(world.root);
    mkdirSync(world.root);
    symlinkSync(real, join(world.root, 'x'));
    await expect(put(world.open({ folder: join(world.root, 'x') }), 'a', 1)).rejects.toMatchObject(refused);
    expect(readdirSync(real)).toEqual([]);
  });

  it.each(['user.db', 'user.db-wal', 'user.db-shm'])('refuse a file that is a link: %s', async (name) => {
    mkdirSync(world.root);
    const target = join(dirname(world.root), 'target');
    symlinkSync(target, join(world.root, name));
    await expect(put(world.open(), 'a', 1)).rejects.toMatchObject({ ...refused, message: 'A file of the state is a symbolic link.' }); // prettier-ignore
    expect(() => statSync(target)).toThrow('ENOENT');
    // Once it is gone, the same store works.
    const store = world.open();
    await expect(put(store, 'a', 1)).rejects.toMatchObject(refused);
    rmSync(join(world.root, name));
    await put(store, 'a', 1);
  });

  it('refuse what is no folder or no file', async () => {
    writeFileSync(world.root, '');
    await expect(put(world.open(), 'a', 1)).rejects.toMatchObject(refused);
    rmSync(world.root);
    mkdirSync(world.path, { recursive: true });
    await expect(put(world.open(), 'a', 1)).rejects.toMatchObject(refused);
  });

  it('refuse another owner', async (context) => {
    if (process.getuid?.() !== 0) return context.skip();
    const { chownSync } = await import('node:fs');
    mkdirSync(world.root);
    chownSync(world.root, 12_345, 12_345);
    await expect(put(world.open(), 'a', 1)).rejects.toMatchObject({ ...refused, message: "A folder of the state is another user's." }); // prettier-ignore
  });

  it('refuse the database of another program and of a later version', async () => {
    mkdirSync(world.root);
    const foreign = new Database(world.path);
    foreign.exec('CREATE TABLE theirs (x)');
    foreign.close();
    await expect(put(world.open(), 'a', 1)).rejects.toMatchObject(refused);
    rmSync(world.path);
    const store = world.open();
    await put(store, 'a', 1);
    await store.close();
    const raw = new Database(world.path);
    raw.exec('PRAGMA user_version = 99');
    raw.close();
    await expect(put(world.open(), 'a', 1)).rejects.toMatchObject(refused);
    expect(world.notices).toEqual([]);
  });
});

describe('a damaged store', () => {
  /** Enough rows for many pages, all in the database itself. */
  const fill = async (more = ''): Promise<void> => {
    const store = world.open();
    await store.transact((tx) => {
      for (let i = 0; i < 2000; i++) tx.put(rows, `key-${String(i).padStart(5, '0')}${more}`, i);
    });
    await store.close();
    const raw = new Database(world.path);
    raw.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    raw.close();
  };
  const overwrite = (offset: number, length: number): void => {
    const file = openSync(world.path, 'r+');
    writeSync(file, Buffer.alloc(length, 0xa5), 0, length, offset);
    closeSync(file);
  };
  const aside = (): string[] => readdirSync(world.root).filter((name) => /^user\.db\.corrupt-\d{8}T\d{6}Z-[0-9a-f]{4}$/.test(name)); // prettier-ignore
  const expectNew = async (store: StateStore): Promise<void> => {
    await put(store, 'new', 7);
    expect(await get(store, 'new')).toBe(7);
    expect(await get(store, 'key-00000')).toBeUndefined();
    expect(aside()).toHaveLength(1);
    expect(world.notices).toEqual([
      `The store user.db was damaged. It is kept as ${aside()[0]}; a new one begins empty.`,
    ]);
    expect(Object.values(world.modes())).not.toContain('644');
    expect(readdirSync(world.root)).not.toContain('user.db.repair');
  };

  it.each([
    ['the header', () => overwrite(0, 100)],
    ['a page in the middle', () => overwrite(8192, 4096)],
    ['its end', () => truncateSync(world.path, 6000)],
    ['everything', () => writeFileSync(world.path, 'not a database, but long enough to be one '.repeat(100))],
  ])('is set aside when it is opened: %s', async (_, damage) => {
    await fill();
    damage();
    await expectNew(world.open());
  });

  it('is set aside when the damage is met later, and what waited is done', async () => {
    await fill('x'.repeat(900));
    const store = world.open();
    await put(store, 'a', 1);
    const size = statSync(world.path).size;
    for (let page = 1; page * 4096 < size; page++) overwrite(page * 4096, 4096);
    await expectNew(store);
  });

  it('is set aside once by many, and none is lost', async () => {
    await fill();
    overwrite(0, 4096);
    const stores = Array.from({ length: 8 }, () => world.open());
    await Promise.all(stores.map((store, i) => put(store, `from-${String(i)}`, i)));
    for (const [i, store] of stores.entries())
      expect(await get(store, `from-${String((i + 3) % 8)}`)).toBe((i + 3) % 8);
    expect(aside()).toHaveLength(1);
    expect(world.notices).toHaveLength(1);
  });

  it('is left when a repair goes on, and a lock that was left behind goes', async () => {
    await fill();
    overwrite(0, 4096);
    writeFileSync(`${world.path}.repair`, '');
    const store = world.open({ timeoutMs: () => 100 });
    await expect(put(store, 'a', 1)).rejects.toMatchObject({ code: 'busy' });
    const { utimesSync } = await import('node:fs');
    utimesSync(`${world.path}.repair`, 1, 1);
    await expectNew(store);
  });

  it('begins anew where the file was taken away', async () => {
    const store = world.open();
    await put(store, 'a', 1);
    renameSync(world.path, `${world.path}.away`);
    for (const part of ['-wal', '-shm']) rmSync(`${world.path}${part}`, { force: true });
    expect(await get(store, 'a')).toBeUndefined();
    await put(store, 'b', 2);
    rmSync(world.root, { recursive: true });
    await put(store, 'c', 3);
    expect(await get(world.open(), 'c')).toBe(3);
  });
});

describe('several at once', () => {
  it('see each other, and count together', async () => {
    const stores = Array.from({ length: 4 }, () => world.open());
    const add = (store: StateStore): Promise<void> =>
      store.transact((tx) => {
        tx.put(rows, 'sum', (tx.get(rows, 'sum') ?? 0) + 1);
      });
    await Promise.all(Array.from({ length: 400 }, (_, i) => add(stores[i % 4]!)));
    expect(await get(stores[0]!, 'sum')).toBe(400);
  });

  it('wait no longer than they may, and keep the event loop free', async () => {
    const store = world.open({ timeoutMs: () => 300 });
    await put(store, 'a', 1);
    const other = new Database(world.path);
    other.exec('BEGIN EXCLUSIVE');
    let longest = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const started = performance.now();
    const controller = new AbortController();
    const cancelled = store.transact(() => 1, { signal: controller.signal });
    const busy = put(store, 'b', 2);
    setTimeout(() => controller.abort(), 50);
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(performance.now() - started).toBeLessThan(290);
    // Readers do not wait for writers.
    expect(await get(store, 'a')).toBe(1);
    await expect(busy).rejects.toMatchObject({ code: 'busy' });
    const waited = performance.now() - started;
    clearInterval(watch);
    expect(waited).toBeGreaterThanOrEqual(299);
    expect(waited).toBeLessThan(900);
    // One that blocked the loop would block it for the whole time.
    expect(longest).toBeLessThan(200);
    const patient = put(store, 'c', 3);
    setTimeout(() => other.exec('ROLLBACK'), 50);
    await patient;
    other.close();
    expect(await store.read((view) => view.list(rows).map(({ key }) => key))).toEqual(['a', 'c']);
  });

  it('settle durable ones too', async () => {
    const store = world.open();
    await store.transact((tx) => tx.put(rows, 'a', 1), { durable: true });
    await Promise.all([put(store, 'b', 2), store.transact((tx) => tx.put(rows, 'c', 3), { durable: true })]);
    expect(await get(store, 'c')).toBe(3);
  });
});

describe('time and clean-up', () => {
  it('goes on across starts of the machine, and rows with it', async () => {
    const time = fakeBootClock({ awake: 500_000 });
    const first = world.open({ clock: time.clock });
    const { mono } = await first.transact((tx) => tx.now);
    await put(first, 'short', 1, mono + 60_000);
    await put(first, 'long', 2, mono + 600_000);
    await first.close();
    // Off for five minutes by the wall clock.
    time.set({ boot: 'boot-2', awake: 20, wall: 1_700_000_000_000 + 300_000 });
    const second = world.open({ clock: time.clock });
    expect(await get(second, 'short')).toBeUndefined();
    expect(await get(second, 'long')).toBe(2);
    expect((await second.transact((tx) => tx.now)).mono).toBe(mono + 300_000);
    time.pass(299_999);
    expect(await get(second, 'long')).toBe(2);
    time.pass(1);
    expect(await get(second, 'long')).toBeUndefined();
    // A wall clock that went back holds it still; no system of ours runs without an id of its start but by this rule.
    await put(second, 'kept', 3, mono + 700_000);
    time.set({ boot: 'boot-3', awake: 5, wall: 0 });
    expect((await second.transact((tx) => tx.now)).mono).toBe(mono + 600_000);
    expect(await get(second, 'kept')).toBe(3);
    time.set({ boot: 'boot-3', awake: 2, wall: 60_000 });
    expect((await second.transact((tx) => tx.now)).mono).toBeGreaterThanOrEqual(mono + 600_000);
  });

  it('goes on where the system has no id of its starts', async () => {
    const time = fakeBootClock({ boot: '', awake: 500_000 });
    const store = world.open({ clock: time.clock });
    const { mono } = await store.transact((tx) => tx.now);
    time.set({ awake: 20, wall: 1_700_000_000_000 + 300_000 });
    expect((await store.transact((tx) => tx.now)).mono).toBe(mono + 300_000);
    time.pass(50);
    expect((await store.transact((tx) => tx.now)).mono).toBe(mono + 300_050);
  });

  it('removes rows that have expired, a part with each commit', async () => {
    const time = fakeBootClock();
    const store = world.open({ clock: time.clock });
    const { mono } = await store.read((view) => view.now);
    await Promise.all(Array.from({ length: 500 }, (_, i) => put(store, `k${String(i)}`, i, mono + 10)));
    const count = (): number => {
      const raw = new Database(world.path);
      const found = raw.prepare('SELECT count(*) AS n FROM entries').get() as { n: number };
      raw.close();
      return found.n;
    };
    expect(count()).toBe(500);
    time.pass(20);
    for (let i = 0; i < 20; i++) await put(store, 'one', i);
    expect(count()).toBe(1);
  });
});
