import { beforeEach, describe, expect, it } from 'vitest';
import { type AgentRecord, createAgentRecords, putRecord } from '../../../../src/agents/records.js';
import { endingAgents } from '../../../../src/app/risk/ending-agents.js';
import { OrcError } from '../../../../src/kernel/errors.js';
import { createManagedAgents, type ManagedAgent } from '../../../../src/store/managed-agents.js';
import { createMemoryStore } from '../../../../src/store/memory-store.js';
import { type StateStore, StoreError } from '../../../../src/store/store.js';
import type { PaneRow } from '../../../../src/tmux/listing.js';
import type { Tmux } from '../../../../src/tmux/tmux.js';
import { listingOf, paneRow, SERVER } from '../../../support/listings.js';

let store: StateStore;
let panes: PaneRow[];
/** What becomes of an end. */
let end: () => unknown;
beforeEach(async () => {
  store = createMemoryStore();
  panes = [paneRow(1), paneRow(2), paneRow(3)];
  end = () => (panes = []);
  for (const n of [1, 2]) await add(n);
});

async function add(n: number, panePid = 100 + n): Promise<void> {
  const agent: ManagedAgent = {
    ...{ name: `a${String(n)}`, role: 'developer', owner: 'operator', team: null, pane: `%${String(n)}`, panePid },
    ...{ server: SERVER, depth: 0, token: null, since: 1 },
  };
  const record: AgentRecord = {
    ...{ provider: 'claude', panePid, isAlone: true, isReady: true, readyBy: 0, isOpen: false, state: 'idle' },
    ...{ since: 1, seq: 0 },
  };
  await createManagedAgents(store).add(agent, {
    isLive: () => false,
    also: (tx) => {
      putRecord(tx, agent, record);
    },
  });
}

const ended = async (): Promise<void> => {
  await end();
};
const list: Tmux['list'] = () => Promise.resolve(listingOf(panes));
const port = (kept: () => StateStore = () => store): Tmux =>
  endingAgents({ list, killSession: ended, killWindow: ended, killPane: ended } as unknown as Tmux, kept, list);
const unwanted = async (): Promise<string[]> => {
  const all = await createAgentRecords(store).of(['a1', 'a2']);
  return [...all].flatMap(([name, { unwanted: is }]) => (is === true ? [name] : []));
};

describe('a call that ends panes', () => {
  it('ends the agents in them for good, before it does', async () => {
    let before: string[] = [];
    end = async () => {
      before = await unwanted();
      panes = [];
    };
    await port().killPane(paneRow(1).id);
    expect([before, await unwanted()]).toEqual([['a1'], ['a1']]);
    panes = [paneRow(1), paneRow(2)];
    await port().killWindow('@1' as never);
    expect([before, await unwanted()]).toEqual([
      ['a1', 'a2'],
      ['a1', 'a2'],
    ]);
  });

  it('ends none whose pane is there still, or whose pane another program has', async () => {
    await add(2, 999);
    end = () => (panes = panes.slice(0, 1));
    await port().killSession('$1' as never);
    expect(await unwanted()).toEqual([]);
  });

  it('and fails takes it back, but not what somebody else wanted', async () => {
    await createAgentRecords(store).setUnwanted('a1', 101, true);
    end = () => {
      throw new OrcError('TMUX_FAILED', 'no');
    };
    await expect(port().killSession('$1' as never)).rejects.toThrow('no');
    expect(await unwanted()).toEqual(['a1']);
  });

  it('goes on where nothing can be kept', async () => {
    const broken = (): StateStore => {
      throw new StoreError('full', 'No space.');
    };
    await port(broken).killSession('$1' as never);
    expect(panes).toEqual([]);
  });
});
