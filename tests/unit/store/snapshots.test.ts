import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RestoreRules } from '../../../src/store/restoring.js';
import { defineTable, type StateStore } from '../../../src/store/store.js';
import { get, put } from '../../support/number-rows.js';
import { createStoreWorld, fakeBootClock, type StoreWorld } from '../../support/store-world.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-20T08:15:00.123Z');
const others = defineTable<number>('others', { version: 1, read: (value) => value as number });

let world: StoreWorld;
beforeEach(() => {
  world = createStoreWorld();
});
afterEach(() => world.close());

const folder = (): string => join(world.root, 'snapshots');
const files = (): string[] => readdirSync(folder()).sort();
const snapshotsOf = (store: StateStore): NonNullable<StateStore['snapshots']> => store.snapshots!;
/** What a crash of the disk leaves of the database. */
const damage = (): void => {
  const raw = new Database(world.path);
  raw.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  raw.close();
  const file = openSync(world.path, 'r+');
  writeSync(file, Buffer.alloc(4096, 0xa5));
  closeSync(file);
};

describe('a snapshot', () => {
  it('is a sound copy that only we can read, beside the store, and the store goes on', async () => {
    const store = world.open();
    await put(store, 'a', 1);
    const made = await snapshotsOf(store).take({ now: START });
    expect(made).toMatchObject({ name: 'user-20261120T081500123Z', at: START });
    expect(files()).toEqual(['user-20261120T081500123Z.db']);
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
    expect(statSync(made.path)).toMatchObject({ size: made.bytes });
    expect(statSync(made.path).mode & 0o777).toBe(0o600);
    const copy = new Database(made.path);
    expect(copy.prepare('PRAGMA quick_check').get()).toMatchObject({ quick_check: 'ok' });
    expect(copy.prepare("SELECT value FROM entries WHERE tbl = 'rows'").get()).toMatchObject({ value: '1' });
    copy.close();
    await put(store, 'a', 2);
    expect(await get(store, 'a')).toBe(2);
    expect(snapshotsOf(store).list(START)).toEqual([made]);
  });

  it('is due an hour after the newest, whatever the clock does, and never for a store that is not there', async () => {
    const store = world.open();
    const snapshots = snapshotsOf(store);
    expect(snapshots.due(START)).toBe(false);
    expect(existsSync(world.root)).toBe(false);
    await put(store, 'a', 1);
    expect(snapshots.due(START)).toBe(true);
    await snapshots.take({ now: START });
    expect([1, HOUR - 1, HOUR].map((ms) => snapshots.due(START + ms))).toEqual([false, false, true]);
    // The clock was a year ahead, and is right again.
    await snapshots.take({ now: START + 365 * 24 * HOUR });
    expect(snapshots.due(START + HOUR)).toBe(true);
    await snapshots.take({ now: START + HOUR });
    expect(snapshots.due(START + HOUR + 1)).toBe(false);
    // It was set back to before all of them.
    expect(snapshots.due(START - 1)).toBe(true);
  });

  it('is one of 24, and those from the future go first', async () => {
    const store = world.open();
    await put(store, 'a', 1);
    const snapshots = snapshotsOf(store);
    for (let i = 0; i < 20; i++) await snapshots.take({ now: START + 10_000 * HOUR + i * HOUR });
    for (let i = 0; i < 30; i++) {
      await snapshots.take({ now: START + i * HOUR });
      expect(files().length).toBeLessThanOrEqual(24);
    }
    const kept = snapshots.list(START + 30 * HOUR).map(({ at }) => (at - START) / HOUR);
    expect(kept).toEqual(Array.from({ length: 24 }, (_, i) => 29 - i));
    expect(files()).toEqual([...files()].sort());
  });

  it('passes over what is none of ours, and takes away what was left unfinished', async () => {
    const store = world.open();
    await put(store, 'a', 1);
    mkdirSync(folder(), { mode: 0o700 });
    const names = ['user-now.db', 'user-20261399T999999999Z.db', 'state-20261120T081500123Z.db', 'notes.txt'];
    for (const name of names) writeFileSync(join(folder(), name), '');
    mkdirSync(join(folder(), 'user-20261120T091500123Z.db'));
    for (const name of ['.0123456789ab.part', '.0123456789ac.part']) writeFileSync(join(folder(), name), '');
    utimesSync(join(folder(), '.0123456789ab.part'), 1, 1);
    expect(snapshotsOf(store).list()).toEqual([]);
    await snapshotsOf(store).take({ now: START });
    expect(files()).not.toContain('.0123456789ab.part');
    expect(files()).toEqual(expect.arrayContaining([...names, '.0123456789ac.part']));
  });

  it('goes to another place too, and gives up on a signal', async () => {
    const store = world.open();
    await put(store, 'a', 1);
    const path = join(world.root, 'copy.db');
    writeFileSync(path, 'something else');
    await snapshotsOf(store).copyTo(path);
    expect(readFileSync(path).subarray(0, 15).toString()).toBe('SQLite format 3');
    const signal = AbortSignal.abort();
    await expect(snapshotsOf(store).take({ signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(snapshotsOf(store).copyTo(join(world.root, 'no', 'x.db'))).rejects.toMatchObject({ name: 'StoreError' }); // prettier-ignore
    expect(files()).toEqual([]);
    expect(readdirSync(world.root).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('a damaged store', () => {
  const rules: RestoreRules = {
    tables: { others: { byHand: 'now', afterDamage: 'now' } },
    others: { byHand: 'saved', afterDamage: 'saved' },
  };
  const fill = async (): Promise<void> => {
    const store = world.open();
    for (const n of [1, 2, 3]) {
      await put(store, 'a', n);
      await store.transact((tx) => tx.put(others, 'b', n));
      await snapshotsOf(store).take({ now: START + n * HOUR });
    }
    await put(store, 'a', 4);
    await store.close();
  };
  const kept = (): string[] => readdirSync(world.root).filter((name) => /^user\.db\.corrupt-\w+-\w+$/.test(name));

  it('goes on from the newest snapshot, without what may not come back, and says so', async () => {
    await fill();
    damage();
    const store = world.open({ rules });
    expect(await get(store, 'a')).toBe(3);
    expect(await store.read((view) => view.get(others, 'b'))).toBeUndefined();
    expect(kept()).toHaveLength(1);
    expect(world.notices).toEqual([
      `The store user.db was damaged. It is kept as ${kept()[0]}; it goes on from the snapshot of 2026-11-20T11:15:00.123Z, and what came after that is lost.`,
    ]);
    await put(store, 'a', 5);
    expect(await get(world.open(), 'a')).toBe(5);
    expect(Object.values(world.modes()).filter((mode) => !['600', '700'].includes(mode))).toEqual([]);
    expect(readdirSync(world.root).filter((name) => /part|repair/.test(name))).toEqual([]);
  });

  it('goes on from the one before where the newest is damaged too, or of another store', async () => {
    await fill();
    writeFileSync(join(folder(), files().at(-1)!), 'x'.repeat(9000));
    const other = world.open({ name: 'other.db' });
    await put(other, 'a', 9);
    await snapshotsOf(other).copyTo(join(folder(), 'user-20261120T101500123Z.db'));
    damage();
    const store = world.open();
    expect(await get(store, 'a')).toBe(1);
    expect(world.notices[0]).toContain('from the snapshot of 2026-11-20T09:15:00.123Z, and');
    expect(world.notices[0]).toContain('Newer snapshots that cannot be used either: 2.');
  });

  it('begins empty where none can be used', async () => {
    await fill();
    for (const name of files()) writeFileSync(join(folder(), name), 'x'.repeat(9000));
    damage();
    expect(await get(world.open(), 'a')).toBeUndefined();
    expect(world.notices[0]).toContain('; a new one begins empty.');
  });

  it('is replaced once by many, who all go on in the same one', async () => {
    await fill();
    const early = world.open();
    expect(await get(early, 'a')).toBe(4);
    damage();
    const stores = [early, ...Array.from({ length: 7 }, () => world.open())];
    await Promise.all(stores.map((store, i) => put(store, `from-${String(i)}`, i)));
    for (const [i, store] of stores.entries())
      expect(await get(store, `from-${String((i + 3) % 8)}`)).toBe((i + 3) % 8);
    expect(await get(world.open(), 'a')).toBe(3);
    expect(kept()).toHaveLength(1);
    expect(world.notices).toHaveLength(1);
  });

  it('keeps its clock, so that rows end when they should', async () => {
    const time = fakeBootClock({ awake: 500_000, wall: START });
    const first = world.open({ clock: time.clock });
    const { mono } = await first.transact((tx) => tx.now);
    await put(first, 'short', 1, mono + 60_000);
    await snapshotsOf(first).take();
    await first.close();
    damage();
    time.pass(59_000);
    const second = world.open({ clock: time.clock });
    expect(await get(second, 'short')).toBe(1);
    expect((await second.read((view) => view.now)).mono).toBe(mono + 59_000);
    time.pass(2000);
    expect(await get(second, 'short')).toBeUndefined();
  });
});
