import { describe, expect, it } from 'vitest';
import { createCounters } from '../../../src/security/counters.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import { type StateStore, StoreError } from '../../../src/store/store.js';

const HOUR_MS = 3_600_000;

describe('counters', () => {
  it('add up over processes, labels told apart', async () => {
    const store = createMemoryStore();
    const [one, two] = [createCounters(store), createCounters(store)];
    one.add('calls_total', { tool: 'a', outcome: 'ok' });
    one.add('calls_total', { outcome: 'ok', tool: 'a' }, 2);
    two.add('calls_total', { tool: 'a', outcome: 'ok' }, 4);
    two.add('calls_total', { tool: 'b', outcome: 'ok' }, 0.5);
    await one.close();
    expect(await two.totals()).toEqual([
      { name: 'calls_total', labels: { tool: 'a', outcome: 'ok' }, value: 7 },
      { name: 'calls_total', labels: { tool: 'b', outcome: 'ok' }, value: 0.5 },
    ]);
  });

  it('keep hours apart from totals', async () => {
    let wall = 1000 * HOUR_MS;
    const store = createMemoryStore(() => ({ awake: wall, suspended: 0, boot: 'one', wall }));
    const counters = createCounters(store);
    counters.add('redactions_total');
    await counters.close();
    wall += 5 * HOUR_MS;
    counters.add('redactions_total', {}, 2);
    expect(await counters.recent(2)).toEqual([{ name: 'redactions_total', labels: {}, value: 2 }]);
    expect(await counters.recent(6)).toEqual([{ name: 'redactions_total', labels: {}, value: 3 }]);
    wall += 31 * 24 * HOUR_MS;
    expect(await counters.recent(24 * 60)).toEqual([]);
    expect(await counters.totals()).toEqual([{ name: 'redactions_total', labels: {}, value: 3 }]);
  });

  it('of several hours are all there, however many they are', async () => {
    let wall = 1000 * HOUR_MS;
    const counters = createCounters(createMemoryStore(() => ({ awake: wall, suspended: 0, boot: 'one', wall })));
    for (let hour = 0; hour < 24; hour++, wall += HOUR_MS) {
      for (let n = 0; n < 300; n++) counters.add('calls_total', { tool: String(n) });
      await counters.close();
    }
    wall -= HOUR_MS;
    const counted = await counters.recent(24);
    expect(counted).toHaveLength(300);
    expect(new Set(counted.map(({ value }) => value))).toEqual(new Set([24]));
  });

  it('lose nothing while the store is busy', async () => {
    const memory = createMemoryStore();
    let busy = true;
    const store: StateStore = {
      ...memory,
      transact: (body, options) =>
        busy ? Promise.reject(new StoreError('busy', 'busy')) : memory.transact(body, options),
    };
    const counters = createCounters(store);
    counters.add('redactions_total');
    await expect(counters.totals()).rejects.toThrow('busy');
    counters.add('redactions_total');
    busy = false;
    expect(await counters.totals()).toMatchObject([{ value: 2 }]);
  });
});
