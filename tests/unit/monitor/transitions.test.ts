import { beforeEach, describe, expect, it } from 'vitest';
import type { AgentState } from '../../../src/kernel/agent-words.js';
import { createEventLog, MAX_EVENTS } from '../../../src/monitor/event-log.js';
import type { AgentView } from '../../../src/monitor/fleet.js';
import { createTransitions } from '../../../src/monitor/transitions.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import type { StateStore } from '../../../src/store/store.js';
import { fakeBootClock } from '../../support/store-world.js';

let store: StateStore;
let clock: ReturnType<typeof fakeBootClock>;
beforeEach(() => {
  clock = fakeBootClock();
  store = createMemoryStore(clock.clock);
});

const seen = (name: string, state: AgentState, panePid = 7, seq = 1): AgentView =>
  ({ agent: { name, team: 'red', panePid }, facts: { state, seq } }) as unknown as AgentView;
type Told = [string, string | undefined, string | undefined, string | undefined];
async function record(transitions: ReturnType<typeof createTransitions>, views: AgentView[], names?: string[]): Promise<Told[]> {
  const all = new Set(names ?? views.map(({ agent }) => agent.name));
  return (await transitions.record(views, all)).map(({ kind, agent, before, state }) => [kind, agent, before, state]);
} // prettier-ignore

describe('createTransitions', () => {
  it('tells each state once, with the one before it', async () => {
    const transitions = createTransitions(store);
    expect(await record(transitions, [seen('a', 'idle')])).toEqual([['state', 'a', undefined, 'idle']]);
    expect(await record(transitions, [seen('a', 'idle', 7, 2)])).toEqual([]);
    expect(await record(transitions, [seen('a', 'working')])).toEqual([['state', 'a', 'idle', 'working']]);
    expect(await createEventLog(store).after(1)).toMatchObject([{ id: 2, team: 'red', seq: 1, before: 'idle' }]);
  });

  it('tells nothing again when another process watches', async () => {
    await record(createTransitions(store), [seen('a', 'idle'), seen('b', 'working')]);
    const next = createTransitions(store);
    expect(await record(next, [seen('a', 'idle'), seen('b', 'crashed')])).toEqual([['state', 'b', 'working', 'crashed']]); // prettier-ignore
  });

  it('tells once what two have seen, one of which had stood still', async () => {
    const [one, other] = [createTransitions(store), createTransitions(store)];
    await record(one, [seen('a', 'idle')]);
    await record(other, [seen('a', 'idle')]);
    expect(await record(other, [seen('a', 'working')])).toHaveLength(1);
    expect(await record(one, [seen('a', 'working')])).toEqual([]);
    expect(await record(other, [], [])).toEqual([['gone', 'a', 'working', undefined]]);
    expect(await record(one, [], [])).toEqual([]);
    expect(await createEventLog(store).last()).toBe(3);
  });

  it('takes another process in the pane for another agent', async () => {
    const transitions = createTransitions(store);
    await record(transitions, [seen('a', 'idle')]);
    expect(await record(transitions, [seen('a', 'idle', 8)])).toEqual([['state', 'a', undefined, 'idle']]);
  });

  it('tells that one is no agent any more, and of one of its name as of a new one', async () => {
    const transitions = createTransitions(store);
    await record(transitions, [seen('a', 'idle'), seen('b', 'idle')]);
    expect(await record(transitions, [], ['b'])).toEqual([['gone', 'a', 'idle', undefined]]);
    expect(await record(transitions, [], ['b'])).toEqual([]);
    expect(await record(createTransitions(store), [seen('a', 'idle')], ['a', 'b'])).toEqual([['state', 'a', undefined, 'idle']]); // prettier-ignore
  });
});

describe('createEventLog', () => {
  it('gives events in order, with ids that grow by one', async () => {
    const log = createEventLog(store);
    expect([await log.last(), await log.after(0)]).toEqual([0, []]);
    await log.add([{ kind: 'idle', agent: 'a', minutes: 3 }, { kind: 'crashed', agent: 'b' }]); // prettier-ignore
    clock.pass(5);
    const [third] = await log.add([{ kind: 'team_idle', team: 'red' }]);
    expect(await log.add([])).toEqual([]);
    const all = await log.after(0);
    expect(all.map(({ id, kind }) => [id, kind])).toEqual([[1, 'idle'], [2, 'crashed'], [3, 'team_idle']]); // prettier-ignore
    expect(third!.at - all[0]!.at).toBe(5);
    expect(await log.after(2)).toEqual([third]);
    expect((await log.after(0, 2)).map(({ id }) => id)).toEqual([1, 2]);
    expect([await log.last(), await log.after(3)]).toEqual([3, []]);
  });

  it('keeps so many, and their ids', async () => {
    const log = createEventLog(store);
    const many = Array.from({ length: 1000 }, () => ({ kind: 'gone', agent: 'a' }) as const);
    for (let n = 0; n < 6; n++) await log.add(many);
    const ids = (await log.after(0, 10_000)).map(({ id }) => id);
    expect([ids.length, ids[0], ids.at(-1), await log.last()]).toEqual([MAX_EVENTS, 1001, 6000, 6000]);
  });

  it('drops what is older than a week, and goes on counting', async () => {
    const log = createEventLog(store);
    await log.add([{ kind: 'gone', agent: 'a' }]);
    clock.pass(7 * 86_400_000);
    expect(await log.after(0)).toEqual([]);
    expect((await log.add([{ kind: 'gone', agent: 'a' }]))[0]?.id).toBe(2);
  });
});
