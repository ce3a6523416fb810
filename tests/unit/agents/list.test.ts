import { beforeEach, describe, expect, it } from 'vitest';
import { createAgents } from '../../../src/agents/create-agents.js';
import { createMessages } from '../../../src/agents/delivery/messages.js';
import { createDoneMarks } from '../../../src/agents/done.js';
import { type AgentRecord, createAgentRecords, putRecord } from '../../../src/agents/records.js';
import type { Spawner } from '../../../src/agents/spawn-wish.js';
import { systemClock } from '../../../src/kernel/clock.js';
import { builtInProviders } from '../../../src/providers/index.js';
import { ownDirectory } from '../../../src/security/text/directory.js';
import { sessionName } from '../../../src/security/text/names.js';
import { createAgentUsage } from '../../../src/agents/usage.js';
import { createManagedAgents } from '../../../src/store/managed-agents.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import type { StateStore } from '../../../src/store/store.js';
import { createFakeTmux, type FakeTmux } from '../../support/fake-tmux.js';

const SPAWNER = {} as Spawner;
const ENDED = ['ended-1', 'ended-2'];
const LIVE = ['live-1', 'live-2', 'live-3'];

let tmux: FakeTmux;
let store: StateStore;
let reads: number;
let looked: string[];

beforeEach(async () => {
  const whole = createFakeTmux();
  looked = [];
  tmux = {
    ...whole,
    lastLines: (id, count) => {
      looked.push(id);
      return whole.lastLines(id, count);
    },
  };
  const memory = createMemoryStore();
  reads = 0;
  store = {
    ...memory,
    read: (body, options) => {
      reads++;
      return memory.read(body, options);
    },
  };
  for (const name of [...LIVE, ...ENDED]) await makeAgent(name);
});

async function makeAgent(name: string): Promise<void> {
  const cwd = await ownDirectory({ allowedPaths: ['/'], maxPathChars: 1024, home: '/', own: '/' });
  const { pane } = await tmux.createSession({ name: sessionName(name), cwd, command: ['claude'] });
  const row = (await tmux.list()).sessions.flatMap(({ windows }) => windows.flatMap(({ panes }) => panes)).find(({ id }) => id === pane.id)!;
  const record: AgentRecord = {
    ...{ provider: 'claude', panePid: pane.pid, isAlone: true, isReady: true, readyBy: 0, state: 'unknown', isOpen: false },
    ...{ since: 7, seq: LIVE.indexOf(name) },
  };
  const who = { name, role: 'developer', owner: 'operator', team: null, depth: 0, token: null, since: 1 };
  const agent = { ...who, pane: pane.id, panePid: pane.pid, server: pane.server };
  await createManagedAgents(store).add(agent, { also: (tx) => putRecord(tx, agent, record) });
  if (ENDED.includes(name)) await tmux.outside.end(row);
} // prettier-ignore

const unused = (): never => {
  throw new Error('not for a list');
};

const list = (): ReturnType<ReturnType<typeof createAgents>['list']> => {
  const nothing = (): Promise<void> => Promise.resolve();
  const sources = {
    ...{ tmux, clock: systemClock, rows: createManagedAgents(store), records: createAgentRecords(store) },
    ...{
      env: {},
      signal: new AbortController().signal,
      undo: nothing,
      undoMarks: nothing,
      renewed: nothing,
      madeFor: nothing,
      end: undefined,
    },
    providers: () => Promise.resolve(builtInProviders),
    // A list starts nothing.
    ...{
      equipment: unused,
      worktrees: { make: unused, remove: unused },
      open: unused,
      permit: { look: unused, input: unused, stop: unused, end: unused, restart: unused },
    },
    ...{
      messages: createMessages(store),
      usage: createAgentUsage(store),
      done: createDoneMarks(store),
      office: unused,
      rounds: unused,
      recent: () => undefined,
      sender: { id: 'operator', agent: undefined },
    },
  };
  return createAgents(sources, SPAWNER).list();
};

describe('a list of agents', () => {
  it('tells of each what is kept of it and what is seen', async () => {
    const found = new Map((await list()).map((facts) => [facts.name, facts]));
    expect(LIVE.map((name) => found.get(name)?.seq)).toEqual([0, 1, 2]);
    expect(ENDED.map((name) => found.get(name)?.state)).toEqual(['crashed', 'crashed']);
  });

  it('reads the screens of those that run, and of no others', async () => {
    const live = (await list()).filter(({ name }) => LIVE.includes(name)).map(({ pane }) => pane);
    expect(looked.sort()).toEqual(live.sort());
    expect(live).toHaveLength(LIVE.length);
  });

  it('asks the store as often for many as for one', async () => {
    await list();
    reads = 0;
    await list();
    const forMany = reads;
    for (const name of [...LIVE.slice(1), ...ENDED]) await createManagedAgents(store).remove(name);
    reads = 0;
    expect(await list()).toHaveLength(1);
    expect(reads).toBe(forMany);
  });
});
