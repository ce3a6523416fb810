import { describe, expect, it } from 'vitest';
import { leadOf } from '../../../src/monitor/leads.js';
import type { ManagedAgent } from '../../../src/store/managed-agents.js';

const agent = (name: string, role: string, team: string | null, owner = 'operator', since = 0): ManagedAgent => ({
  ...{
    name,
    role,
    team,
    owner,
    since,
    pane: '%1',
    panePid: 1,
    server: { pid: 1, startedAt: 1 },
    depth: 0,
    token: null,
  },
});
const boss = agent('boss', 'orchestrator', 'red');
const lead = agent('lead', 'pm', 'red');
const worker = agent('worker', 'developer', 'red');
const leadName = (one: ManagedAgent, all: readonly ManagedAgent[]): string | undefined => leadOf(one, all)?.name;

describe('the lead of an agent', () => {
  it('is the nearest of its team that leads', () => {
    const all = [worker, boss, lead];
    expect(all.map((one) => leadName(one, all))).toEqual(['lead', undefined, 'boss']);
    expect(leadName(worker, [worker, boss])).toBe('boss');
  });

  it('is never one of another team, nor one of none by its role alone', () => {
    const others = [agent('blue', 'pm', 'blue'), agent('free', 'pm', null)];
    expect(leadName(worker, others)).toBeUndefined();
    expect(leadName(agent('alone', 'developer', null), others)).toBeUndefined();
    expect(leadName(agent('moved', 'developer', 'red', 'agent:blue'), others)).toBeUndefined();
  });

  it('is the agent that started it, where its team has none', () => {
    expect(leadName(agent('child', 'qa', null, 'agent:free'), [agent('free', 'pm', null)])).toBe('free');
    expect(leadName(agent('child', 'qa', 'red', 'agent:free'), [agent('free', 'developer', null)])).toBe('free');
    expect(leadName(agent('child', 'qa', 'red', 'host:free'), [agent('free', 'pm', null)])).toBeUndefined();
  });

  it('is no other agent that has the name of who started it', () => {
    expect(leadName(agent('child', 'qa', null, 'agent:free', 5), [agent('free', 'pm', null, 'operator', 9)])).toBeUndefined();
  }); // prettier-ignore

  it('is never the agent itself, and no two lead each other', () => {
    const all = [
      agent('a', 'developer', null, 'agent:b', 1),
      agent('b', 'developer', null, 'agent:a', 2),
      agent('c', 'orc', 'red', 'agent:d', 3),
      agent('d', 'pm', 'red', 'agent:c', 4),
      agent('e', 'pm', 'red', 'agent:e', 5),
      worker,
    ];
    for (const one of all) {
      const first = leadOf(one, all);
      expect(first?.name).not.toBe(one.name);
      if (first !== undefined) expect(leadName(first, all)).not.toBe(one.name);
    }
  });
});
