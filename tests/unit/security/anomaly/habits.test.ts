import { beforeEach, describe, expect, it } from 'vitest';
import { type Anomaly, type Doings, learn } from '../../../../src/security/anomaly/habits.js';
import { createMemoryStore } from '../../../../src/store/memory-store.js';
import type { StateStore } from '../../../../src/store/store.js';
import { fakeBootClock } from '../../../support/store-world.js';

const DAY_MS = 86_400_000;
let store: StateStore;
let time: ReturnType<typeof fakeBootClock>;
beforeEach(() => {
  time = fakeBootClock();
  store = createMemoryStore(time.clock);
});

const doing = (more: Partial<Doings> = {}): Doings => ({
  ...{ calls: 1, operations: new Set(['list_sessions']), targets: new Set<string>(), offHours: false },
  ...more,
});
const see = (more: Partial<Doings> = {}, caller = 'host:a', person = false): Promise<Anomaly[]> =>
  store.transact((tx) => learn(tx, caller, doing(more), person));
/** A caller that has been there for a day, with some calls in each of some minutes. */
async function learned(caller = 'host:a'): Promise<void> {
  for (let minute = 0; minute < 10; minute++) {
    expect(await see({ calls: 10 }, caller)).toEqual([]);
    time.pass(60_000);
  }
  time.pass(DAY_MS);
}

const kill = { operations: new Set(['kill_session']) };

describe('what a caller does', () => {
  it('is all new at first, which is not noted', async () => {
    expect(await see(kill)).toEqual([]);
    time.pass(2 * DAY_MS);
    // Long known, but with too few calls to know it.
    expect(await see({ operations: new Set(['kill_pane']) })).toEqual([]);
    expect(await see({ calls: 1000 })).toEqual([]);
    time.pass(60_000);
    expect(await see({ operations: new Set(['split_pane']) })).toEqual([
      { kind: 'first_use', operation: 'split_pane' },
    ]);
  });

  it('is noted when it uses an operation for the first time, once', async () => {
    await learned();
    expect(await see()).toEqual([]);
    expect(await see(kill)).toEqual([{ kind: 'first_use', operation: 'kill_session' }]);
    expect(await see(kill)).toEqual([]);
    await learned('host:b');
    expect(await see(kill, 'host:b')).toEqual([{ kind: 'first_use', operation: 'kill_session' }]);
  });

  it('is noted when it changes what it did not create, once for each target', async () => {
    await learned();
    const target = (id: string): Partial<Doings> => ({ targets: new Set([`server ${id}`]) });
    expect(await see(target('%1'))).toEqual([{ kind: 'new_target' }]);
    expect(await see(target('%1'))).toEqual([]);
    expect(await see(target('%2'))).toEqual([{ kind: 'new_target' }]);
  });

  it('is noted when it is much more than usual, once in an hour', async () => {
    await learned();
    expect(await see({ calls: 60 })).toEqual([]);
    expect(await see({ calls: 1 })).toEqual([{ kind: 'burst', calls: 61 }]);
    expect(await see({ calls: 100 })).toEqual([]);
    time.pass(3_600_000);
    // The minute with 161 calls has made more of them usual.
    expect(await see({ calls: 125 })).toEqual([]);
    expect(await see({ calls: 1 })).toEqual([{ kind: 'burst', calls: 126 }]);
  });

  it('that always calls often is no burst', async () => {
    for (let minute = 0; minute < 30; minute++) {
      await see({ calls: 100 });
      time.pass(60_000);
    }
    time.pass(DAY_MS);
    expect(await see({ calls: 300 })).toEqual([]);
    expect(await see({ calls: 201 })).toEqual([{ kind: 'burst', calls: 501 }]);
  });

  it('outside the hours of work is noted of everybody, once in an hour', async () => {
    expect(await see({ offHours: true })).toEqual([{ kind: 'outside_work_hours' }]);
    expect(await see({ offHours: true })).toEqual([]);
    time.pass(3_600_000);
    expect(await see({ offHours: true })).toEqual([{ kind: 'outside_work_hours' }]);
    expect(await see({ offHours: true }, 'operator', true)).toEqual([{ kind: 'outside_work_hours' }]);
  });

  it('is a matter of the hours only where it is a person', async () => {
    for (let n = 0; n < 10; n++) await see({ calls: 10 }, 'operator', true);
    time.pass(2 * DAY_MS);
    expect(await see({ ...kill, calls: 1000, targets: new Set(['server %1']) }, 'operator', true)).toEqual([]);
  });
});

describe('what is kept', () => {
  it('is bounded for each caller and in callers', async () => {
    await learned();
    const many = new Set(Array.from({ length: 500 }, (_, n) => `server %${String(n)}`));
    await see({ targets: many });
    for (let n = 0; n < 510; n++) await see({}, `host:${String(n)}`);
    const rows = await store.read((view) => view.list({ name: 'habits', version: 1, read: (row) => row as any }, { limit: 1000 })); // prettier-ignore
    expect(rows).toHaveLength(500);
    const biggest = Math.max(...rows.map(({ row }) => Object.keys((row as { targets: object }).targets).length));
    expect(biggest).toBeLessThanOrEqual(200);
  });

  it('goes when a caller is not seen for 90 days', async () => {
    await learned();
    time.pass(91 * DAY_MS);
    expect(await see(kill)).toEqual([]);
  });
});
