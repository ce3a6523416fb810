import { beforeEach, describe, expect, it } from 'vitest';
import type { Relation } from '../../../src/security/policy/judge.js';
import { relationOf } from '../../../src/security/policy/relation.js';
import { createCreations } from '../../../src/security/risk/creations.js';
import type { RiskTarget } from '../../../src/security/risk/target.js';
import type { Caller } from '../../../src/security/ring.js';
import { createManagedAgents, type ManagedAgent } from '../../../src/store/managed-agents.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import type { StateStore } from '../../../src/store/store.js';

const SERVER = { pid: 7, startedAt: 1000 };
const row = (name: string, number: number, more: Partial<ManagedAgent> = {}): ManagedAgent => ({
  ...{ name, role: 'developer', owner: 'operator', team: 'red', pane: `%${String(number)}`, panePid: 100 + number },
  ...{ server: SERVER, depth: 0, token: null, since: 0, ...more },
});
const [ME, MATE, CHILD, RIVAL] = [row('me', 1), row('mate', 2), row('child', 3, { owner: 'agent:me', team: null }), row('rival', 4, { team: 'blue' })]; // prettier-ignore
const CALLER: Caller = { id: 'agent:me', role: 'worker', agent: ME };

const panes = (...numbers: number[]): RiskTarget['panes'] =>
  numbers.map((number) => ({ id: `%${String(number)}`, pid: 100 + number, command: 'sh' }));
const pane = (number: number, more: Partial<RiskTarget> = {}): RiskTarget => ({
  ...{ kind: 'pane', id: `%${String(number)}`, server: SERVER, sessions: [{ id: '$1', name: 's' }] },
  ...{ window: { id: '@1', name: 'w' }, panes: panes(number), isAll: false, ...more },
});
const session = (...numbers: number[]): RiskTarget => pane(0, { kind: 'session', id: '$1', window: undefined, panes: panes(...numbers) }); // prettier-ignore

let store: StateStore;
const of = (target: RiskTarget, caller = CALLER): Promise<Relation> =>
  store.read((view) => relationOf(view, caller, target));
const made = (caller: string, ...things: { id: string; pid?: number }[]): Promise<unknown> =>
  createCreations(store).add(caller, SERVER, things);

beforeEach(async () => {
  store = createMemoryStore();
  const { add } = createManagedAgents(store);
  for (const agent of [ME, MATE, CHILD, RIVAL]) await add(agent);
});

describe('what a thing is to an agent', () => {
  it('is told by rows of agents', async () => {
    expect(await Promise.all([1, 2, 3, 4, 9].map((number) => of(pane(number))))).toEqual(['self', 'team', 'own', 'foreign', 'foreign']); // prettier-ignore
  });

  it('is nobody’s when another program runs in the pane, or on another life of the server', async () => {
    const respawned = [{ id: '%1', pid: 999, command: 'sh' }];
    expect(await of(pane(1, { panes: respawned }))).toBe('foreign');
    expect(await of(pane(1, { server: { pid: 7, startedAt: 2000 } }))).toBe('foreign');
    expect(await of(pane(1, { server: { pid: 8, startedAt: 1000 } }))).toBe('foreign');
  });

  it('is not its own on another tmux server, where names are of others', async () => {
    const elsewhere = { ...CALLER, agent: { ...ME, server: { pid: 8, startedAt: 1000 } } };
    await made('agent:me', { id: '%9', pid: 109 });
    for (const number of [1, 2, 3, 9]) expect(await of(pane(number), elsewhere)).toBe('foreign');
  });

  it('is not its own when an agent of its name that is gone has made or started it', async () => {
    await made('agent:me', { id: '%9', pid: 109 });
    const next = { ...CALLER, agent: { ...ME, since: Date.now() + 60_000 } };
    expect([await of(pane(9)), await of(pane(9), next)]).toEqual(['own', 'foreign']);
    expect([await of(pane(3)), await of(pane(3), next)]).toEqual(['own', 'foreign']);
  });

  it('does not change by what it lies in', async () => {
    await made('agent:me', { id: '$1' }, { id: '@1' }, { id: '%4', pid: 104 });
    expect([await of(pane(4)), await of(pane(2)), await of(pane(9))]).toEqual(['foreign', 'team', 'own']);
  });

  it('is as far as the farthest agent in it', async () => {
    await made('agent:me', { id: '$1' });
    expect(await Promise.all([session(9), session(9, 1, 3), session(9, 2), session(2, 4)].map((target) => of(target)))).toEqual(['own', 'own', 'team', 'foreign']); // prettier-ignore
  });

  it('is the team’s where an agent of it made it', async () => {
    await made('agent:mate', { id: '$1' });
    expect([await of(session(9)), await of(session(4))]).toEqual(['team', 'foreign']);
    expect(await of(session(9), { id: 'host:mate', role: 'host' })).toBe('foreign');
    await createManagedAgents(store).remove('mate');
    expect(await of(session(9))).toBe('foreign');
  });

  it('is no team where neither has one', async () => {
    await createManagedAgents(store).add(row('lone', 5, { team: null }));
    const lone: Caller = { id: 'agent:lone', role: 'pm', agent: row('lone', 5, { team: null }) };
    expect([await of(pane(5), lone), await of(pane(3), lone)]).toEqual(['self', 'foreign']);
  });
});
