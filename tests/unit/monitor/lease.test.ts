import { beforeEach, describe, expect, it } from 'vitest';
import { createMonitorLease, holderOf, LEASE_MS, type MonitorLease } from '../../../src/monitor/lease.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import type { StateStore } from '../../../src/store/store.js';
import { fakeBootClock } from '../../support/store-world.js';

let clock: ReturnType<typeof fakeBootClock>;
let store: StateStore;
let one: MonitorLease;
let other: MonitorLease;
const self = (owner: string): Parameters<typeof createMonitorLease>[1] => ({ owner, pid: 1, kind: 'serve', since: 0 });
beforeEach(() => {
  clock = fakeBootClock();
  store = createMemoryStore(clock.clock);
  one = createMonitorLease(store, self('one'));
  other = createMonitorLease(store, self('other'));
});

describe('createMonitorLease', () => {
  it('is held by one at a time, for as long as it is kept', async () => {
    expect(await Promise.all([one.take(), other.take()])).toEqual([true, false]);
    for (let n = 0; n < 10; n++) {
      clock.pass(LEASE_MS - 1);
      expect([await one.take(), await other.take()]).toEqual([true, false]);
    }
    expect(await other.holder()).toMatchObject({ owner: 'one', pid: 1, kind: 'serve' });
  });

  it('goes to another once it was not kept, and does not come back by itself', async () => {
    await one.take();
    clock.pass(LEASE_MS - 1);
    expect(await other.take()).toBe(false);
    clock.pass(1);
    expect(await holderOf(store)).toBeUndefined();
    expect([await other.take(), await one.take()]).toEqual([true, false]);
    // The end of who had it before is none of who has it now.
    await one.release();
    expect(await holderOf(store)).toMatchObject({ owner: 'other' });
  });

  it('is free at once when it is given back', async () => {
    await one.take();
    await one.release();
    expect(await holderOf(store)).toBeUndefined();
    expect(await other.take()).toBe(true);
  });

  it('tells since when it is held, not since when it was kept', async () => {
    await one.take();
    const since = (await one.holder())?.since;
    clock.pass(1000);
    await one.take();
    expect((await one.holder())?.since).toBe(since);
    clock.pass(LEASE_MS);
    await one.take();
    expect((await one.holder())?.since).toBeGreaterThan(since!);
  });

  it('takes no notice of a wall clock that jumps, and counts a suspend', async () => {
    await one.take();
    const { wall } = clock.clock();
    for (const jump of [wall + 86_400_000, wall - 86_400_000]) {
      clock.set({ wall: jump });
      expect([await other.take(), (await other.holder())?.owner]).toEqual([false, 'one']);
    }
    clock.set({ suspended: 60_000 });
    expect(await other.take()).toBe(true);
  });
});
