import { beforeEach, describe, expect, it } from 'vitest';
import { createAgentRecords } from '../../../src/agents/records.js';
import { createFleet, type Fleet } from '../../../src/monitor/fleet.js';
import { builtInProviders } from '../../../src/providers/index.js';
import type { ManagedAgent } from '../../../src/store/managed-agents.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import type { PaneRow } from '../../../src/tmux/listing.js';
import { listingOf, paneRow, SERVER } from '../../support/listings.js';

/** Nothing that a shell has left behind. */
const row = (n: number, more: Partial<PaneRow> = {}): PaneRow => paneRow(n, { command: 'agent', ...more });

let now: number;
let rows: ManagedAgent[];
let fleet: Fleet;
beforeEach(() => {
  now = 1000;
  rows = [agent(1), agent(2)];
  fleet = createFleet();
});

/** One that no provider is known of: what is seen of it is whether it has ended. */
const agent = (n: number, more: Partial<ManagedAgent> = {}): ManagedAgent => ({
  ...{ name: `a${String(n)}`, role: 'developer', owner: 'operator', team: null, pane: `%${String(n)}`, panePid: 100 + n },
  ...{ server: SERVER, depth: 0, token: null, since: 1 },
  ...more,
}); // prettier-ignore

/** @returns names of those that were looked at */
async function look(changed: string[] = [], panes: PaneRow[] = [row(1), row(2)]): Promise<string[]> {
  const sources = {
    ...{ clock: { mono: () => now, now: () => now }, providers: () => Promise.resolve(builtInProviders) },
    ...{ records: createAgentRecords(createMemoryStore()), rows: { list: () => Promise.resolve(rows) } as never },
    tmux: { lastLines: () => Promise.resolve([]) },
  };
  return (await fleet.look(sources, listingOf(panes), new Set(changed))).map(({ agent: { name } }) => name);
}

describe('createFleet', () => {
  it('looks at each once, and again when there may be something new or time has passed', async () => {
    expect(await look()).toEqual(['a1', 'a2']);
    expect(await look()).toEqual([]);
    expect(await look(['%2'])).toEqual(['a2']);
    now += 999;
    expect(await look()).toEqual([]);
    now += 1;
    expect(await look()).toEqual(['a1', 'a2']);
    expect([...fleet.agents().keys()]).toEqual(['a1', 'a2']);
  });

  it('looks seldom at one that has ended', async () => {
    const panes = [row(1), row(2, { dead: true, exitStatus: 1 })];
    await look([], panes);
    expect(fleet.agents().get('a2')?.facts.state).toBe('crashed');
    now += 29_999;
    expect(await look([], panes)).toEqual(['a1']);
    now += 1;
    expect(await look([], panes)).toEqual(['a2']);
  });

  it('looks at one that something was sent to, and once', async () => {
    await look();
    fleet.touch('%1');
    expect(await look()).toEqual(['a1']);
    expect(await look()).toEqual([]);
  });

  it('looks at one whose CLI has told of something, or whose pane is gone', async () => {
    await look();
    expect(await look([], [row(1, { agentEvent: '1 stop 5' }), row(2)])).toEqual(['a1']);
    expect(await look([], [row(1, { agentEvent: '1 stop 5' })])).toEqual(['a2']);
    expect(fleet.agents().get('a2')?.facts.state).toBe('exited');
  });

  it('takes another row of a name for another agent', async () => {
    await look();
    rows = [agent(1, { since: 2, team: 'red' }), agent(2, { panePid: 7 })];
    expect(await look()).toEqual(['a1', 'a2']);
    expect(fleet.agents().get('a1')?.agent.team).toBe('red');
  });

  it('forgets who is an agent no more, and takes none of another life of the server', async () => {
    await look();
    rows = [agent(1), agent(3, { server: { pid: 1, startedAt: 4 } })];
    await look();
    expect([...fleet.agents().keys()]).toEqual(['a1']);
  });
});
