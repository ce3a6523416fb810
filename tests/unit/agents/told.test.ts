import fc from 'fast-check';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentRecord, createAgentRecords, putRecord, type Seen } from '../../../src/agents/records.js';
import { factsOf, readTold, toldEvidence } from '../../../src/agents/told.js';
import { EVENTS, isLimit } from '../../../src/providers/events.js';
import { builtInProviders } from '../../../src/providers/index.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';

const CLAUDE = builtInProviders.byId('claude')!.events!;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/nowhere', 'told-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('what an option says of the last event', () => {
  it('is read where it has the form that is written, and is nothing else', () => {
    expect(readTold('3 finished 1700000000000')).toEqual({ event: 'finished', turns: 3, at: 1_700_000_000_000 });
    const wrong = [
      undefined,
      '',
      '3 finished',
      '3 sleeping 1700000000000',
      '-1 finished 1700000000000',
      '3 finished 17',
    ];
    for (const option of [...wrong, ' 3 finished 1700000000000', '3 finished 1700000000000\n4 failed 1700000000000'])
      expect(readTold(option)).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (option) => {
        const told = readTold(option);
        expect(told === undefined || EVENTS.includes(told.event)).toBe(true);
      }),
    );
  });

  it('is evidence with its own date, which no clock of another makes one of the future', () => {
    const now = { mono: 50_000, wall: 1_700_000_010_000 };
    const evidence = (at: number) => toldEvidence({ event: 'submitted', turns: 1, at }, CLAUDE, now);
    expect(evidence(now.wall - 4000)).toEqual([
      { source: 'hook', says: 'working', rule: 'submitted', at: 46_000, since: 46_000 },
    ]);
    expect(evidence(now.wall + 9000)).toMatchObject([{ at: 50_000 }]);
    expect(toldEvidence({ event: 'noted', turns: 1, at: now.wall }, CLAUDE, now)).toEqual([]);
  });
});

describe('what a payload says', () => {
  const payload = (content: string): ReturnType<typeof factsOf> => {
    writeFileSync(join(folder, 'failed'), content);
    return factsOf(folder, 'failed', CLAUDE);
  };

  it('is what has the names of its CLI, as texts', () => {
    const facts = payload(JSON.stringify({ session_id: 's', error: 'rate_limit', last_assistant_message: 'wait', prompt: 7 })); // prettier-ignore
    expect(facts).toEqual({ sessionId: 's', kind: 'rate_limit', answer: 'wait', error: 'wait' });
    expect([isLimit(facts), isLimit({ kind: 'unknown' }), isLimit({})]).toEqual([true, false, false]);
  });

  it('is nothing for what is no small plain file of JSON', () => {
    for (const content of ['', '{', '[]', 'null', '"text"', `"${'x'.repeat(1_000_001)}"`])
      expect(payload(content)).toEqual({});
    symlinkSync(join(folder, 'failed'), join(folder, 'started'));
    mkdirSync(join(folder, 'asked'));
    for (const event of ['started', 'asked', 'replied'] as const) expect(factsOf(folder, event, CLAUDE)).toEqual({});
  });
});

describe('the count of turns', () => {
  const RECORD: AgentRecord = {
    ...{ provider: 'claude', panePid: 7, isAlone: true, isReady: true, readyBy: 0, state: 'idle', isOpen: false },
    ...{ since: 1, seq: 0 },
  };
  const seen = (more: Partial<Seen>): Seen => ({ state: 'idle', isOpen: false, turns: undefined, sessionId: undefined, at: 9, ...more }); // prettier-ignore

  /** @returns seq after each look */
  async function counts(...looks: Partial<Seen>[]): Promise<number[]> {
    const store = createMemoryStore();
    await store.transact((tx) => {
      putRecord(tx, 'one', RECORD);
    });
    const records = createAgentRecords(store);
    const all: number[] = [];
    for (const look of looks) all.push((await records.saw('one', (await records.get('one'))!, seen(look))).seq);
    return all;
  }
  const working = { state: 'working', isOpen: true } as const;

  it('grows with what is seen, where nothing is told', async () => {
    expect(await counts(working, working, {}, {}, working, {})).toEqual([1, 1, 2, 2, 3, 4]);
  });

  it('grows once for what is told and seen, and by all that was over between two looks', async () => {
    expect(await counts({ ...working, turns: 1 }, { turns: 2 }, { turns: 6 }, { turns: 6 })).toEqual([1, 2, 6, 6]);
  });

  it('grows with the end of a turn that was interrupted, which is not told', async () => {
    expect(await counts({ ...working, turns: 1 }, { turns: 1 }, { ...working, turns: 2 }, { turns: 3 })).toEqual([
      1, 2, 3, 4,
    ]);
  });

  it('does not go back where the option was set to less', async () => {
    expect(await counts({ turns: 8 }, { turns: 2 }, { turns: 3 })).toEqual([8, 8, 9]);
  });

  it('keeps what a conversation is called until it is called otherwise', async () => {
    const store = createMemoryStore();
    await store.transact((tx) => {
      putRecord(tx, 'one', RECORD);
    });
    const records = createAgentRecords(store);
    for (const sessionId of ['first', undefined, 'second', undefined])
      await records.saw('one', (await records.get('one'))!, seen({ sessionId }));
    expect((await records.get('one'))?.sessionId).toBe('second');
    expect(await records.saw('one', { ...RECORD, panePid: 8 }, seen({ state: 'error' }))).toMatchObject({ panePid: 8 });
    expect((await records.get('one'))?.state).toBe('idle');
  });
});
