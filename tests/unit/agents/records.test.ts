import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AgentRecord, type AgentRecords, createAgentRecords, putRecord } from '../../../src/agents/records.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import type { ManagedAgent } from '../../../src/store/managed-agents.js';
import type { StateStore } from '../../../src/store/store.js';
import { fakeBootClock } from '../../support/store-world.js';

const NEW: AgentRecord = {
  ...{ provider: 'qwen', panePid: 7, isAlone: true, isReady: false, readyBy: 100 },
  ...{ isOpen: false, state: 'starting', since: 1, seq: 0 },
};
const agentCalled = (name: string): ManagedAgent => ({
  ...{ name, role: 'developer', owner: 'operator', team: null, depth: 0, token: null, since: 1 },
  ...{ pane: '%1', panePid: 7, server: { pid: 2, startedAt: 3 } },
});
let store: StateStore;
let records: AgentRecords;
let time: number;
const putNew = (): Promise<void> =>
  store.transact((tx) => {
    putRecord(tx, agentCalled('build'), NEW);
  });
beforeEach(async () => {
  store = createMemoryStore(fakeBootClock().clock);
  records = createAgentRecords(store);
  time = 10;
  await putNew();
});

type Shown = 'idle' | 'working';
/** One look. @param turns that it has told of by then */
async function look(state: Shown, turns?: number, sessionId?: string): Promise<AgentRecord> {
  const record = (await records.get('build'))!;
  return records.saw('build', record, { state, isOpen: state === 'working', turns, sessionId, at: time++ });
}
/** How much each look adds to the count of turns. */
async function counts(...looks: readonly (readonly [Shown, number?])[]): Promise<number[]> {
  const added: number[] = [];
  let before = (await records.get('build'))!.seq;
  for (const [state, turns] of looks) {
    const { seq } = await look(state, turns);
    added.push(seq - before);
    before = seq;
  }
  return added;
}

describe('the count of beginnings and ends of turns', () => {
  it('is by what is seen where nothing is told', async () => {
    expect(await counts(['idle'], ['working'], ['working'], ['idle'], ['working'])).toEqual([0, 1, 0, 1, 1]);
  });

  it('has a turn that was over between two looks, once it was told', async () => {
    expect(await counts(['idle', 0], ['idle', 2], ['idle', 2], ['idle', 6])).toEqual([0, 2, 0, 4]);
  });

  it('has one that was seen and told of once', async () => {
    expect(await counts(['idle', 0], ['working', 1], ['working', 1], ['idle', 2])).toEqual([0, 1, 0, 1]);
  });

  it('has one that was seen before it was told of once', async () => {
    expect(await counts(['idle', 0], ['working', 0], ['working', 1], ['idle', 1], ['idle', 2])).toEqual([0, 1, 0, 1, 0]);
    expect(await counts(['working', 2], ['idle', 3], ['idle', 4])).toEqual([1, 1, 0]);
  }); // prettier-ignore

  it('has the end of an interrupted turn, of which nothing is told', async () => {
    expect(await counts(['idle', 0], ['working', 1], ['idle', 1], ['working', 2], ['idle', 3])).toEqual([0, 1, 1, 1, 1]);
    expect(await counts(['working', 4], ['idle', 4], ['idle', 6])).toEqual([1, 1, 2]);
  }); // prettier-ignore

  it('has more than one turn where one of them is open', async () => {
    expect(await counts(['working', 1], ['working', 3], ['idle', 6])).toEqual([1, 2, 3]);
  });

  it('is exact as soon as all is told, and never more, however late one is told', async () => {
    const step = fc.record({ turns: fc.integer({ min: 0, max: 4 }), isLate: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        await putNew();
        let [all, told] = [0, 0];
        for (const { turns, isLate } of steps) {
          all += turns;
          told = Math.max(told, isLate ? all - 1 : all);
          const { seq } = await look(all % 2 === 1 ? 'working' : 'idle', told);
          expect(seq).toBeLessThanOrEqual(all);
          expect(seq).toBeGreaterThanOrEqual(told);
        }
      }),
    );
  });

  it('goes on where the option was set back, or is gone', async () => {
    expect(await counts(['idle', 8], ['idle', 0], ['working', 1], ['idle', 2])).toEqual([8, 0, 1, 1]);
    expect(await counts(['working'], ['idle', 3])).toEqual([1, 1]);
    expect((await records.get('build'))?.turns).toBe(3);
  });
});

describe('what is kept of an agent', () => {
  it('is when its state began, and that it was seen to have started', async () => {
    expect(await look('idle', 0)).toMatchObject({ state: 'idle', since: 10, isReady: true });
    expect(await look('idle', 2)).toMatchObject({ since: 10, turns: 2 });
    expect(await look('working', 3)).toMatchObject({ since: 12, isOpen: true });
  });

  it('is what it calls its conversation, until it calls it otherwise', async () => {
    expect((await look('idle', 0, 'first')).sessionId).toBe('first');
    expect((await look('idle', 2)).sessionId).toBe('first');
    expect((await look('idle', 4, 'next')).sessionId).toBe('next');
  });

  it('is nothing of another one that has its name by now', async () => {
    const old = { ...NEW, panePid: 6 };
    const seen = { state: 'idle', isOpen: false, turns: 4, sessionId: 'x', at: 5 } as const;
    expect(await records.saw('build', old, seen)).toBe(old);
    expect(await records.get('build')).toEqual(NEW);
  });

  it('goes with its agent, but not with a worktree that is there still, and not where it is new', async () => {
    const worktree = { path: '/w', branch: 'orc/w', repository: '/r', base: 'x' };
    await store.transact((tx) => {
      putRecord(tx, agentCalled('there'), { ...NEW, folder: '/a' });
      putRecord(tx, agentCalled('gone'), { ...NEW, folder: '/b' });
      putRecord(tx, agentCalled('young'), { ...NEW, since: 90, folder: '/c' });
      putRecord(tx, agentCalled('left'), { ...NEW, folder: '/d', worktree });
    });
    expect(await records.prune(new Set(['there', 'build']), 50)).toEqual(new Set(['/a', '/c', '/d']));
    expect([...(await records.of(['there', 'gone', 'young', 'left', 'build'])).keys()]).toEqual([
      ...['there', 'young', 'left', 'build'],
    ]);
  });

  it('takes no look that is older than the last one', async () => {
    await look('working', 1);
    const record = (await records.get('build'))!;
    const late = { state: 'idle', isOpen: false, turns: 0, sessionId: undefined, at: 3 } as const;
    expect(await records.saw('build', record, late)).toEqual(record);
  });

  it('takes looks by a clock that was set back', async () => {
    time = 3_600_000;
    await look('working', 1);
    time = 1000;
    expect(await look('idle', 2)).toMatchObject({ state: 'idle', since: 1000, seq: 2 });
    expect(await look('working', 3)).toMatchObject({ state: 'working', since: 1001, seq: 3 });
  });
});
