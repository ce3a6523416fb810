import { beforeEach, describe, expect, it } from 'vitest';
import { type AgentRecord, createAgentRecords, putRecord } from '../../../src/agents/records.js';
import { restorableAgents } from '../../../src/agents/restore.js';
import { builtInProviders } from '../../../src/providers/index.js';
import { createManagedAgents, type ManagedAgent } from '../../../src/store/managed-agents.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import type { StateStore } from '../../../src/store/store.js';
import type { Listing } from '../../../src/tmux/listing.js';
import { fakeBootClock } from '../../support/store-world.js';

let store: StateStore;
let clock: ReturnType<typeof fakeBootClock>;
beforeEach(() => {
  clock = fakeBootClock();
  store = createMemoryStore(clock.clock);
});

const OLD = { pid: 10, startedAt: 1000 };
const NEW = { pid: 11, startedAt: 2000 };
let pid = 20;

async function put(name: string, server = OLD, more: Partial<AgentRecord> = {}): Promise<ManagedAgent> {
  const agent: ManagedAgent = {
    ...{ name, role: name === 'lead' ? 'pm' : 'qa', owner: 'host:a', team: null, depth: 0, token: null, since: pid },
    ...{ pane: `%${String(pid)}`, panePid: pid++, server },
  };
  const record: AgentRecord = {
    ...{ provider: 'claude', panePid: agent.panePid, isAlone: true, isReady: true, readyBy: 0, isOpen: false },
    ...{ state: 'idle', since: 1, seq: 2, sessionId: 'x' },
    launch: { cwd: '/w', permissionMode: 'ask', env: [], place: 'agents' },
    ...more,
  };
  await createManagedAgents(store).add(agent, { also: (tx) => { putRecord(tx, agent, record); } }); // prettier-ignore
  return agent;
}

const listing = (server?: typeof OLD): Listing =>
  ({ sessions: server === undefined ? [] : [{ windows: [{ panes: [{ server }] }] }] }) as unknown as Listing;
const names = async (server?: typeof OLD): Promise<string[]> =>
  (await restorableAgents(store, listing(server), builtInProviders)).map(({ name }) => name);

describe('what can be restored', () => {
  it('is what a reboot has ended, and none of it is an agent that is there', async () => {
    await put('build');
    await put('lead');
    expect(await names(OLD)).toEqual([]);
    clock.set({ boot: 'boot-2', awake: 1 });
    expect([await names(), await names(NEW)]).toEqual([['lead', 'build'], ['lead', 'build']]);
    const rows = createManagedAgents(store);
    expect([await rows.list(), await rows.byName('build')]).toEqual([[], undefined]);
    // The first one of the new life takes the rows of the old one away.
    await put('lead', NEW);
    expect([await names(NEW), (await rows.list()).length]).toEqual([['build'], 1]);
    expect(await restorableAgents(store, listing(NEW), builtInProviders)).toMatchObject([{ session: 'agents', resumes: true }]);
  }); // prettier-ignore

  it('is none that was ended, nor one that somebody else has started', async () => {
    const killed = await put('killed');
    await createManagedAgents(store).remove('killed', killed);
    await createAgentRecords(store).drop('killed', killed.panePid);
    const ending = await put('ending');
    await createAgentRecords(store).setUnwanted('ending', ending.panePid, true);
    await put('adopted', OLD, { launch: undefined });
    await put('done', OLD, { finished: true });
    const all = await restorableAgents(store, listing(NEW), builtInProviders);
    expect(all).toMatchObject([{ name: 'done', finished: true }]);
  });

  it('is kept for a week from when it was noticed to be gone', async () => {
    const records = createAgentRecords(store);
    await put('build', OLD, { folder: '/f' });
    clock.pass(30 * 86_400_000);
    expect(await records.prune(new Set(['build']), Date.now())).toEqual(new Set(['/f']));
    clock.pass(30 * 86_400_000);
    expect(await records.prune(new Set(), Date.now())).toEqual(new Set(['/f']));
    clock.pass(6 * 86_400_000);
    await records.prune(new Set(), Date.now());
    expect(await names(NEW)).toEqual(['build']);
    clock.pass(2 * 86_400_000);
    expect([await names(NEW), await records.prune(new Set(), Date.now() + 1e15)]).toEqual([[], new Set()]);
  });
});
