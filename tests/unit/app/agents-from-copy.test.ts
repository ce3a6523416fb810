import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AgentRecord, createAgentRecords, putRecord } from '../../../src/agents/records.js';
import { restorableAgents } from '../../../src/agents/restore.js';
import { rulesFor } from '../../../src/app/restore-rules.js';
import { createBootClock } from '../../../src/kernel/boot-clock.js';
import { createAlerts } from '../../../src/monitor/alerts.js';
import type { RoundView } from '../../../src/monitor/duties.js';
import { createEventLog } from '../../../src/monitor/event-log.js';
import { createFleet } from '../../../src/monitor/fleet.js';
import { createRecovery } from '../../../src/monitor/recovery.js';
import { builtInProviders } from '../../../src/providers/index.js';
import { createManagedAgents, type ManagedAgent } from '../../../src/store/managed-agents.js';
import { restore } from '../../../src/store/restore.js';
import { readCopyFile } from '../../../src/store/sqlite/copy.js';
import type { StateStore } from '../../../src/store/store.js';
import type { PaneRow } from '../../../src/tmux/listing.js';
import { listingOf, paneRow, SERVER } from '../../support/listings.js';
import { createStoreWorld, type StoreWorld } from '../../support/store-world.js';

const RULES = rulesFor('state.db');
/** Another one that is always there. */
const BESIDE = paneRow(9);

let world: StoreWorld;
let ahead: number;
let store: StateStore;
beforeEach(() => {
  world = createStoreWorld('state.db');
  ahead = 0;
  store = open();
});
afterEach(() => world.close());

const real = createBootClock();
const open = (): StateStore =>
  world.open({
    rules: RULES,
    clock: () => {
      const time = real();
      return { ...time, awake: time.awake + ahead, wall: time.wall + ahead };
    },
  });

/** One that no provider is known of: what is seen of it is whether it has ended. */
async function add(more: Partial<AgentRecord> = {}, panePid = 103): Promise<ManagedAgent> {
  const agent: ManagedAgent = {
    ...{ name: 'build', role: 'developer', owner: 'operator', team: null, depth: 0, token: null, since: 5 },
    ...{ pane: `%${String(panePid - 100)}`, panePid, server: SERVER },
  };
  const record: AgentRecord = {
    ...{ provider: 'none', panePid, isAlone: true, isReady: true, readyBy: 0, isOpen: false, state: 'idle', since: 5, seq: 2 },
    launch: { cwd: '/w', permissionMode: 'bypass', env: [] },
    ...more,
  };
  const also = (tx: Parameters<typeof putRecord>[0]): void => {
    putRecord(tx, agent, record);
  };
  await createManagedAgents(store).add(agent, { isLive: () => false, also });
  return agent;
} // prettier-ignore

async function kill(agent: ManagedAgent): Promise<void> {
  await createManagedAgents(store).remove(agent.name, agent);
  await createAgentRecords(store).drop(agent.name, agent.panePid);
}

const BACK: Readonly<Record<string, (snapshot: string) => Promise<void>>> = {
  'after damage': async () => {
    await store.close();
    writeFileSync(world.path, 'garbage '.repeat(1000));
    for (const part of ['-wal', '-shm']) rmSync(`${world.path}${part}`, { force: true });
    store = open();
  },
  'by hand': async (snapshot) => {
    await restore(store, await readCopyFile(snapshot), RULES);
  },
};

/** What a process that watches does in half a minute. @returns who was started again, and what was told */
async function watch(panes: readonly PaneRow[]): Promise<{ tried: string[]; told: string[] }> {
  const tried: string[] = [];
  const fleet = createFleet();
  const nobody = (): Promise<ReadonlyMap<string, never>> => Promise.resolve(new Map<string, never>());
  const alerts = createAlerts({ store, idleMinutes: () => [], done: nobody, waiting: nobody, isShell: () => Promise.resolve(() => false) }); // prettier-ignore
  const recovery = createRecovery({
    ...{ store, settings: () => ({ autoRestart: true, graceMs: 0 }), isHeld: () => Promise.resolve(true), staggerMs: 0 },
    restart: (name) => {
      tried.push(name);
      return Promise.resolve('runs');
    },
  }); // prettier-ignore
  for (let second = 0; second < 30; second++) {
    const clock = { mono: () => ahead, now: () => 1e12 + ahead };
    const sources = {
      ...{ clock, providers: () => Promise.resolve(builtInProviders), tmux: { lastLines: () => Promise.resolve([]) } },
      ...{ records: createAgentRecords(store), rows: createManagedAgents(store) },
    };
    await fleet.look(sources, listingOf([...panes, BESIDE]), new Set());
    const view = { agents: fleet.agents(), now: { mono: ahead, wall: 1e12 + ahead } } as unknown as RoundView;
    await recovery.run(view, new AbortController().signal);
    await alerts.run(view);
    ahead += 1000;
  }
  const events = await createEventLog(store).after(0);
  return { tried, told: events.map(({ kind, agent }) => `${kind} ${agent ?? ''}`) };
}

const isFromCopy = async (): Promise<boolean | undefined> => (await createAgentRecords(store).get('build'))?.isFromCopy;

describe.each(Object.keys(BACK))('an agent that comes back from a copy %s', (how) => {
  it('and was ended since stays ended, is no news, and is restored only where it is named', async () => {
    const agent = await add();
    const { path } = await store.snapshots!.take();
    await kill(agent);
    await BACK[how]!(path);
    expect((await createManagedAgents(store).list()).map(({ name }) => name)).toEqual(['build']);
    expect(await watch([])).toEqual({ tried: [], told: [] });
    const others = listingOf([paneRow(9, { server: { pid: 77, startedAt: 9 } })]);
    expect(await restorableAgents(store, others, builtInProviders)).toMatchObject([{ name: 'build', fromCopy: true }]);
  });

  it('and whose worktree alone was left is no news either', async () => {
    const agent = await add({ worktree: { path: '/t', branch: 'orc/build', repository: '/r', base: 'x' } });
    const { path } = await store.snapshots!.take();
    await createAgentRecords(store).setUnwanted('build', agent.panePid, true);
    await kill(agent);
    await BACK[how]!(path);
    expect(await watch([])).toEqual({ tried: [], told: [] });
  });
});

describe('after damage', () => {
  const damage = async (): Promise<void> => BACK['after damage']!('');

  it('an agent that was started anew since is started no second time', async () => {
    await add();
    await store.snapshots!.take();
    await add({}, 104);
    await damage();
    expect((await createManagedAgents(store).byName('build'))?.panePid).toBe(103);
    expect(await watch([paneRow(4, { agent: 'build' })])).toEqual({ tried: [], told: [] });
  });

  it('an agent that runs is known again by its pane, and started again where it crashes then', async () => {
    await add();
    await store.snapshots!.take();
    await damage();
    expect(await isFromCopy()).toBe(true);
    expect(await watch([paneRow(3)])).toEqual({ tried: [], told: [] });
    expect(await isFromCopy()).toBeUndefined();
    const { tried, told } = await watch([]);
    expect([tried[0], told]).toEqual(['build', expect.arrayContaining(['missing build'])]);
  });

  it('an adopted one is known by its pane only while that shows its name', async () => {
    await add({ isAlone: false, launch: undefined });
    await store.snapshots!.take();
    await damage();
    await watch([paneRow(3, { command: 'claude' })]);
    expect(await isFromCopy()).toBe(true);
    await watch([paneRow(3, { command: 'claude', agent: 'build' })]);
    expect(await isFromCopy()).toBeUndefined();
  });
});
