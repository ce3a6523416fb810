import { beforeEach, describe, expect, it } from 'vitest';
import { createAgentUsage } from '../../../src/agents/usage.js';
import { createEventLog } from '../../../src/monitor/event-log.js';
import type { AgentView } from '../../../src/monitor/fleet.js';
import type { TreeUsage } from '../../../src/monitor/process-usage.js';
import { createSampling } from '../../../src/monitor/sampling.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import type { ManagedAgent } from '../../../src/store/managed-agents.js';
import type { StateStore } from '../../../src/store/store.js';
import { fakeBootClock } from '../../support/store-world.js';

const MB = 1_048_576;
let time: ReturnType<typeof fakeBootClock>;
let store: StateStore;
let used: Map<number, TreeUsage> | undefined;
let bound: number | undefined;
let writes: number;
let sampling: ReturnType<typeof createSampling>;

const newSampling = (): typeof sampling =>
  createSampling({ store, meter: { sample: () => used }, maxMemoryBytes: () => bound });

beforeEach(() => {
  time = fakeBootClock();
  const memory = createMemoryStore(time.clock);
  writes = 0;
  store = { ...memory, transact: (body, options) => (writes++, memory.transact(body, options)) };
  bound = 1000 * MB;
  sampling = newSampling();
});

const agent = (name: string, panePid: number): ManagedAgent => ({ name, panePid, team: 'red' }) as ManagedAgent;
const ADA = agent('ada', 7);
const round = async (mb: number, cpuPercent: number | undefined = 10, passMs = 3000): Promise<void> => {
  used = new Map([[7, { cpuPercent, memoryBytes: mb * MB }]]);
  time.pass(passMs);
  const view = { agent: ADA, facts: { state: 'idle' } } as AgentView;
  await sampling.run({ now: { mono: 0, wall: 0 }, listing: { sessions: [] }, agents: new Map([['ada', view]]), changes: [] }, new AbortController().signal);
}; // prettier-ignore
const shown = async (one = ADA): Promise<unknown> => (await createAgentUsage(store).of([one])).get(one.name);
const alarms = async (): Promise<unknown[]> =>
  (await createEventLog(store).after(0)).map(({ kind, bytes }) => [kind, (bytes ?? 0) / MB]);

describe('what agents use', () => {
  it('is seen by every process, while it is young and of the same agent', async () => {
    await round(100, undefined);
    expect(await shown()).toMatchObject({ memoryBytes: 100 * MB });
    await round(100, 3);
    expect(await shown()).toMatchObject({ memoryBytes: 100 * MB, cpuPercent: 3 });
    expect(await shown(agent('ada', 8))).toBeUndefined();
    expect(await shown(agent('constructor', 7))).toBeUndefined();
    time.pass(14_000);
    expect(await shown()).toBeDefined();
    time.pass(2000);
    expect(await shown()).toBeUndefined();
  });

  it('is written only when it has changed, or was written long ago', async () => {
    await round(100);
    expect(writes).toBe(1);
    await round(101, 11);
    await round(102, 9);
    expect(writes).toBe(1);
    await round(102, 9);
    expect(writes).toBe(2);
    await round(120, 9);
    expect(writes).toBe(3);
  });

  it('is unknown where the system does not tell', async () => {
    used = undefined;
    const view = { agent: ADA, facts: { state: 'idle' } } as AgentView;
    await sampling.run({ now: { mono: 0, wall: 0 }, listing: { sessions: [] }, agents: new Map([['ada', view]]), changes: [] }, new AbortController().signal);
    expect([await shown(), writes]).toEqual([undefined, 0]);
  }); // prettier-ignore
});

describe('memory near its bound', () => {
  it('is told once, and again only after it was clearly less', async () => {
    for (const mb of [799, 801, 900, 750, 820]) await round(mb);
    // Whoever watches next tells it no second time.
    sampling = newSampling();
    await round(850);
    expect(await alarms()).toEqual([['memory', 801]]);
    for (const mb of [690, 790, 810]) await round(mb);
    expect(await alarms()).toEqual([['memory', 801], ['memory', 810]]); // prettier-ignore
  });

  it('is told to nobody where there is no bound', async () => {
    bound = undefined;
    await round(100_000);
    expect(await alarms()).toEqual([]);
  });
});
