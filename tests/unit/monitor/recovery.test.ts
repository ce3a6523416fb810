import { beforeEach, describe, expect, it } from 'vitest';
import { type AgentRecord, createAgentRecords, type LaunchRecord, putRecord } from '../../../src/agents/records.js';
import type { AgentState } from '../../../src/kernel/agent-words.js';
import type { Duty, RoundView } from '../../../src/monitor/duties.js';
import { createEventLog } from '../../../src/monitor/event-log.js';
import type { AgentView } from '../../../src/monitor/fleet.js';
import { createRecovery, type RecoverySettings, type Restart } from '../../../src/monitor/recovery.js';
import { createManagedAgents, type ManagedAgent } from '../../../src/store/managed-agents.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import type { StateStore } from '../../../src/store/store.js';
import { fakeBootClock } from '../../support/store-world.js';

const SERVER = { pid: 10, startedAt: 1000 };
const MINUTE = 60_000;

let store: StateStore;
let clock: ReturnType<typeof fakeBootClock>;
let settings: RecoverySettings;
let tried: string[];
let isHeld: boolean;
/** What becomes of the next start of an agent; without one it runs. */
let outcomes: Map<string, Restart>;
/** How agents are: what rule says so, where that matters. */
let states: Map<string, readonly [state: AgentState, rule?: string]>;
let nextPid: number;
let duty: Duty;

beforeEach(() => {
  clock = fakeBootClock();
  store = createMemoryStore(clock.clock);
  settings = { autoRestart: true, graceMs: 0 };
  [tried, isHeld, outcomes, states, nextPid, duty] = [[], true, new Map(), new Map(), 100, watcher()];
});

/** Another process that watches. */
const watcher = (): Duty =>
  createRecovery({ store, settings: () => settings, isHeld: () => Promise.resolve(isHeld), restart, staggerMs: 0 });

type Made = Partial<Pick<ManagedAgent, 'role' | 'owner'> & { registry: string; launch: Partial<LaunchRecord> }>;

async function put(name: string, { role = 'developer', owner = 'operator', registry = '/h/.claude', launch: more = {} }: Made = {}): Promise<void> {
  const panePid = nextPid++;
  const agent: ManagedAgent = {
    ...{ name, role, owner, team: 'red', pane: `%${String(panePid)}`, panePid, server: SERVER },
    ...{ depth: 0, token: null, since: 5 },
  };
  const record: AgentRecord = {
    ...{ provider: 'claude', panePid, isAlone: true, isReady: true, readyBy: 0, isOpen: false, state: 'idle', since: 5, seq: 2 },
    ...{ registry, launch: { cwd: '/w', permissionMode: 'ask', env: [], ...more } },
  };
  await createManagedAgents(store).add(agent, { isLive: () => false, also: (tx) => { putRecord(tx, agent, record); } });
  states.set(name, ['idle']);
} // prettier-ignore

/** As restart_agent does it: the same agent, in another pane. */
async function again(name: string): Promise<void> {
  const [rows, records] = [createManagedAgents(store), createAgentRecords(store)];
  const [agent, record] = [(await rows.byName(name))!, (await records.get(name))!];
  const panePid = nextPid++;
  const next = { ...agent, panePid, pane: `%${String(panePid)}`, renewed: 9 };
  await rows.add(next, { isLive: () => false, also: (tx) => { putRecord(tx, next, { ...record, panePid }); } }); // prettier-ignore
}

async function restart(name: string): Promise<Restart> {
  tried.push(name);
  const outcome = outcomes.get(name) ?? 'runs';
  if (outcome === 'later') return outcome;
  await again(name);
  states.set(name, [outcome === 'failed' ? 'crashed' : 'idle']);
  return outcome;
}

async function views(): Promise<ReadonlyMap<string, AgentView>> {
  const records = createAgentRecords(store);
  const all = (await createManagedAgents(store).list()).map(async (agent) => {
    const [state, rule = 'x'] = states.get(agent.name) ?? ['idle'];
    const record = await records.get(agent.name);
    const look = { verdict: { winner: { source: 'process', says: state, rule } } };
    return [agent.name, { agent, record, facts: { state }, look, at: 0 } as unknown as AgentView] as const;
  });
  return new Map(await Promise.all(all));
}

async function round(by = duty): Promise<void> {
  await by.run({ agents: await views() } as RoundView, new AbortController().signal);
}

/** Rounds, half a second apart, or more where that is long. */
async function pass(ms: number, by = duty): Promise<void> {
  const step = Math.max(500, ms / 400);
  for (let rest = ms; rest > 0; rest -= step) {
    clock.pass(Math.min(step, rest));
    await round(by);
  }
}

async function crash(...names: readonly string[]): Promise<void> {
  for (const name of names) states.set(name, ['crashed']);
  await round();
}

const told = async (): Promise<string[]> =>
  (await createEventLog(store).after(0)).map(({ kind, agent }) => `${kind} ${agent ?? ''}`);

describe('recovery', () => {
  it('starts one that crashed, or whose pane went, again after two seconds, and tells of it', async () => {
    await put('build');
    await put('gone');
    states.set('gone', ['exited', 'pane_gone']);
    await crash('build');
    await pass(1500);
    expect(tried).toEqual([]);
    await pass(1000);
    expect(tried).toEqual(['build', 'gone']);
    expect(await told()).toEqual(['restarted build', 'restarted gone', 'recovered build', 'recovered gone']);
    await pass(10 * MINUTE);
    expect(tried).toHaveLength(2);
  });

  it('leaves alone what is idle, unknown, finished or wanted to end, or runs another program in its pane', async () => {
    const records = createAgentRecords(store);
    const all = ['idle', 'unknown', 'finished', 'ending', 'other', 'limited'] as const;
    for (const name of all) await put(name);
    const at: [AgentState, string?][] = [['idle'], ['unknown'], ['exited', 'exit_0'], ['crashed'], ['exited', 'pane_runs_another'], ['rate_limited']];
    all.forEach((name, index) => states.set(name, at[index]!));
    await records.setUnwanted('ending', (await records.get('ending'))!.panePid, true);
    await pass(MINUTE);
    expect([tried, await told()]).toEqual([[], []]);
    // Its pane went after it had ended by itself.
    const record = (await records.get('finished'))!;
    await records.saw('finished', record, { state: 'exited', isOpen: false, turns: undefined, sessionId: undefined, isFinished: true, at: 9 });
    states.set('finished', ['exited', 'pane_gone']);
    await pass(MINUTE);
    expect(tried).toEqual([]);
  }); // prettier-ignore

  it('goes by the config, and by what an agent was started with', async () => {
    settings = { autoRestart: false, graceMs: 0 };
    await put('plain');
    await put('own', { launch: { autoRestart: true } });
    await crash('plain', 'own');
    await pass(5000);
    expect(tried).toEqual(['own']);
    settings = { autoRestart: true, graceMs: 0 };
    await put('never', { launch: { autoRestart: false } });
    await crash('never');
    await pass(5000);
    expect(tried).toEqual(['own', 'plain']);
  });

  it('gives up after three tries, once, until somebody else starts it', async () => {
    await put('build');
    outcomes.set('build', 'failed');
    await crash('build');
    const wait = [2000, 4500, 500, 10_000];
    for (const [index, count] of [1, 1, 2, 3].entries()) {
      await pass(wait[index]!);
      expect(tried).toHaveLength(count);
    }
    await pass(60 * MINUTE);
    expect([tried.length, await told()]).toEqual([3, ['gave_up build']]);
    await again('build');
    states.set('build', ['idle']);
    outcomes.clear();
    await round();
    await crash('build');
    await pass(3000);
    expect(tried).toHaveLength(4);
    expect(await told()).toEqual(['gave_up build', 'restarted build', 'recovered build']);
  });

  it('counts one that starts and crashes again and again, unless it ran well in between', async () => {
    await put('build');
    for (const tries of [1, 2, 3, 3]) {
      await crash('build');
      await pass(20_000);
      expect(tried).toHaveLength(tries);
    }
    expect((await told()).filter((event) => event.startsWith('gave_up'))).toHaveLength(1);
    await put('other', { registry: '/h/other' });
    for (const tries of [4, 5, 6, 7, 8]) {
      await crash('other');
      await pass(10 * MINUTE);
      expect(tried).toHaveLength(tries);
    }
  });

  it('lets agents of one account wait, where those are started for nothing, and no others', async () => {
    for (const name of ['a', 'b', 'c', 'd']) {
      await put(name);
      outcomes.set(name, 'failed');
    }
    await put('else', { registry: '/h/else' });
    await crash('a', 'b', 'c', 'd', 'else');
    await pass(30_000);
    expect(tried.filter((name) => name !== 'else')).toHaveLength(3);
    expect(tried).toContain('else');
    await pass(40_000);
    expect(tried.filter((name) => name !== 'else')).toHaveLength(4);
    await pass(60 * MINUTE);
    // Three of each at most, and ever longer pauses between them.
    expect(tried.filter((name) => name !== 'else').length).toBeLessThan(11);
  });

  it('waits while an agent of the account is at its limit', async () => {
    await put('build');
    await put('limited');
    states.set('limited', ['rate_limited']);
    await crash('build');
    await pass(MINUTE);
    states.set('limited', ['idle']);
    expect(tried).toEqual([]);
    await pass(1000);
    expect(tried).toEqual(['build']);
  });

  it('starts those that lead first, and leaves them alone for a while then', async () => {
    settings = { autoRestart: true, graceMs: 3 * MINUTE };
    await put('worker', { owner: 'agent:middle' });
    await put('middle', { owner: 'agent:lead' });
    await put('lead', { role: 'PM' });
    await crash('worker', 'middle', 'lead');
    await pass(2500);
    expect(tried).toEqual(['lead', 'middle', 'worker']);
    await crash('worker', 'lead');
    await pass(2.9 * MINUTE);
    expect(tried).toEqual(['lead', 'middle', 'worker', 'worker']);
    await pass(10_000);
    expect(tried.at(-1)).toBe('lead');
  });
});

describe('another process that watches', () => {
  it('goes on in the middle of a pause', async () => {
    await put('build');
    outcomes.set('build', 'failed');
    await crash('build');
    await pass(3000);
    const next = watcher();
    await pass(3000, next);
    expect(tried).toHaveLength(1);
    await pass(1500, next);
    expect(tried).toHaveLength(2);
  });

  it('does nothing while another one may be at it, nor where it watches no more', async () => {
    await put('build');
    isHeld = false;
    await crash('build');
    await pass(5000);
    isHeld = true;
    expect(tried).toEqual([]);
    const agents = await views();
    await Promise.all([duty, watcher()].map((by) => by.run({ agents } as RoundView, new AbortController().signal)));
    expect(tried).toEqual(['build']);
  });

  it('finds out what has become of a try whose end is not on record', async () => {
    await put('started');
    await put('lost', { registry: '/h/lost' });
    const hanging = createRecovery({
      ...{ store, settings: () => settings, isHeld: () => Promise.resolve(true), staggerMs: 0 },
      restart: async (name) => {
        if (name === 'started') await again(name);
        return 'unknown';
      },
    });
    await crash('started', 'lost');
    await pass(2500, hanging);
    states.set('started', ['idle']);
    await pass(MINUTE);
    expect([tried, await told()]).toEqual([[], ['restarted started', 'recovered started']]);
    await pass(20_000);
    expect(tried).toEqual(['lost']);
  });

  it('tries later what was not tried at all', async () => {
    await put('build');
    outcomes.set('build', 'later');
    await crash('build');
    await pass(5 * MINUTE);
    expect([tried.length, await told()]).toEqual([10, []]);
    outcomes.clear();
    await pass(MINUTE);
    expect(await told()).toEqual(['restarted build', 'recovered build']);
  });

  it('takes no harm from clocks that jump', async () => {
    await put('build');
    await crash('build');
    clock.set({ wall: 5 });
    await pass(1500);
    expect(tried).toEqual([]);
    clock.set({ wall: 4_000_000_000_000 });
    await pass(1000);
    clock.set({ suspended: 86_400_000 });
    await pass(5000);
    expect(tried).toEqual(['build']);
  });
});
