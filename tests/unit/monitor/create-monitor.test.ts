import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMonitor, type Monitor } from '../../../src/monitor/create-monitor.js';
import { createAgentRecords } from '../../../src/agents/records.js';
import type { MonitorSettings } from '../../../src/monitor/term.js';
import { holderOf } from '../../../src/monitor/lease.js';
import { builtInProviders } from '../../../src/providers/index.js';
import { createManagedAgents } from '../../../src/store/managed-agents.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import type { StateStore } from '../../../src/store/store.js';
import type { Listing } from '../../../src/tmux/listing.js';
import type { Tmux } from '../../../src/tmux/tmux.js';
import { listingOf, paneRow } from '../../support/listings.js';
import { fakeBootClock } from '../../support/store-world.js';

let boot: ReturnType<typeof fakeBootClock>;
let store: StateStore;
let settings: MonitorSettings;
let monitors: Monitor[];
let captures: number;
let asked: (Listing | undefined)[];

beforeEach(() => {
  vi.useFakeTimers();
  [captures, asked, monitors] = [0, [], []];
  boot = fakeBootClock();
  store = createMemoryStore(boot.clock);
  const cache = { maxEntries: 100, maxAgeMs: 1_000_000, maxBytes: 1_000_000 };
  settings = { enabled: true, intervalMs: 500, freshMs: 1000, cleanupMs: 10_000, cache };
});
afterEach(async () => {
  await Promise.all(monitors.map((one) => one.close()));
  vi.useRealTimers();
});

const pane = paneRow(1, { command: 'agent' });
const tmux = {
  list: (before?: Listing) => {
    asked.push(before);
    return Promise.resolve(listingOf([pane], 0));
  },
  capture: () => Promise.resolve({ lines: [`capture ${String(++captures)}`], cursor: 'c', truncated: false }),
  showStates: () => Promise.resolve(),
} as unknown as Tmux;

function watch(owner: string, over: Partial<Tmux> = {}): Monitor {
  const clock = { mono: () => boot.clock().awake, now: () => boot.clock().wall };
  const nothing = (): void => undefined;
  const monitor = createMonitor({
    ...{ self: { owner, pid: 1, kind: 'serve', since: 0 }, settings: () => settings, store: () => store, clock },
    sources: () => ({
      ...{ tmux: { ...tmux, ...over }, clock, providers: () => Promise.resolve(builtInProviders) },
      ...{ rows: createManagedAgents(store), records: createAgentRecords(store) },
    }),
    ...{ logger: { debug: nothing, info: nothing, warn: nothing, error: nothing }, duties: () => [] },
  });
  monitor.seek();
  monitors.push(monitor);
  return monitor;
}

/** In steps, so that both clocks go together. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 50) {
    boot.pass(50);
    await vi.advanceTimersByTimeAsync(50);
  }
}
const holder = async (): Promise<string | undefined> => (await holderOf(store))?.owner;

describe('createMonitor', () => {
  it('is one of several, and another takes over when it ends', async () => {
    const [one, other] = [watch('one'), watch('other')];
    await pass(3000);
    expect([one.stats().isHolding, other.stats().isHolding, await holder()]).toEqual([true, false, 'one']);
    await one.close();
    await pass(1500);
    expect([other.stats().isHolding, await holder()]).toEqual([true, 'other']);
  });

  it('leaves it to another where a round does not end', async () => {
    const [one, other] = [watch('one', { capture: () => new Promise(() => undefined) }), watch('other')];
    await pass(25_000);
    expect([one.stats().rounds, await holder()]).toEqual([0, 'one']);
    await pass(15_000);
    expect([other.stats().isHolding, one.stats().isHolding, await holder()]).toEqual([true, false, 'other']);
    expect(other.stats().rounds).toBeGreaterThan(1);
    await one.close();
  });

  it('keeps the lease where rounds are further apart than it is long', async () => {
    settings = { ...settings, intervalMs: 60_000 };
    const [one, other] = [watch('one'), watch('other')];
    for (let n = 0; n < 30; n++) {
      await pass(1000);
      expect([await holder(), other.stats().isHolding]).toEqual(['one', false]);
    }
    expect(one.stats().rounds).toBe(1);
  });

  it('gives a pane as it was read, until something is sent there and for as long as that may be answered', async () => {
    const one = watch('one');
    await pass(2000);
    expect(one.recent(pane.id)?.delta.lines).toEqual(['capture 1']);
    expect(one.recent(pane.id)?.ageMs).toBeLessThan(settings.freshMs);
    one.touch(pane.id);
    expect(one.recent(pane.id)).toBeUndefined();
    await pass(900);
    expect(one.recent(pane.id)).toBeUndefined();
    await pass(1200);
    expect(one.recent(pane.id)?.delta.lines).toEqual([`capture ${String(captures)}`]);
    expect(captures).toBeGreaterThan(1);
  });

  it('gives nothing that is older than it may be, or while it does not watch', async () => {
    const one = watch('one');
    await pass(2000);
    settings = { ...settings, freshMs: 0 };
    expect(one.recent(pane.id)).toBeUndefined();
    settings = { ...settings, freshMs: 1000, enabled: false };
    await pass(1000);
    expect([one.recent(pane.id), one.stats().isHolding, await holder()]).toEqual([undefined, false, undefined]);
    settings = { ...settings, enabled: true };
    await pass(2000);
    expect(one.stats().isHolding).toBe(true);
  });

  it('asks for a whole listing now and then, and else for what moves', async () => {
    watch('one');
    await pass(7000);
    const whole = asked.filter((before) => before === undefined).length;
    expect(asked.length).toBeGreaterThanOrEqual(13);
    expect(whole).toBeGreaterThanOrEqual(2);
    expect(whole).toBeLessThanOrEqual(4);
  });

  it('sweeps its cache as often as it is told to', async () => {
    const one = watch('one');
    await pass(31_000);
    expect(one.stats().cache).toMatchObject({ sweeps: 3, entries: 1 });
  });
});
