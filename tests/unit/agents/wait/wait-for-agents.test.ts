import { describe, expect, it } from 'vitest';
import { waitForAgents } from '../../../../src/agents/wait/wait-for-agents.js';
import type { AgentWait } from '../../../../src/agents/wait/wait-for-agents.js';
import type { SeenAgent } from '../../../../src/agents/wait/rounds.js';
import type { AgentState } from '../../../../src/kernel/agent-words.js';

type Facts = readonly [state: AgentState, seq: number, more?: Partial<SeenAgent>];

const seen = ([state, seq, more]: Facts, name: string): SeenAgent => ({
  ...{ isOpen: state === 'working', hasMail: false, isExact: true, ...more },
  facts: { name, role: 'developer', provider: 'x', state, confidence: 1, pane: '%1', session: 's', window: '@1', team: undefined, since: 0, seq, worktree: undefined },
}); // prettier-ignore

/** A wait over rounds that show this, one each 100 ms of its clock. */
async function waited(
  rounds: readonly Readonly<Record<string, Facts>>[],
  more: Partial<AgentWait> = {},
): Promise<string> {
  let now = 0;
  const clock = { now: () => now, mono: () => now };
  const follow = (_names: readonly string[], onRound: (all: ReadonlyMap<string, SeenAgent>) => void): (() => void) => {
    queueMicrotask(() => {
      for (const round of rounds) {
        onRound(new Map(Object.entries(round).map(([name, facts]) => [name, seen(facts, name)])));
        now += 100;
      }
    });
    return () => undefined;
  };
  const wait: AgentWait = {
    ...{
      names: Object.keys(rounds[0] ?? {}),
      until: 'idle',
      mode: 'all',
      after: new Map(),
      base: new Map(),
      timeoutMs: 30,
    },
    ...{ signal: new AbortController().signal, ...more },
  };
  const { outcome, pending } = await waitForAgents({ follow, close: () => undefined }, clock, wait);
  return [outcome, ...pending].join(' ');
}

describe('a wait until agents are idle', () => {
  it('is met by an idle that an exact source tells of', async () => {
    expect(await waited([{ a: ['working', 1] }, { a: ['idle', 2] }])).toBe('met');
  });
  it('is not met by the idle from before the message', async () => {
    expect(await waited([{ a: ['idle', 2] }], { after: new Map([['a', 3]]) })).toBe('timeout a');
    expect(await waited([{ a: ['idle', 4] }], { after: new Map([['a', 3]]) })).toBe('met');
  });
  it('is not met while messages wait for it', async () => {
    expect(await waited([{ a: ['idle', 2, { hasMail: true }] }])).toBe('timeout a');
  });
  it('needs an idle that stays where only a screen tells of it', async () => {
    const screen = { isExact: false };
    expect(await waited([{ a: ['idle', 2, screen] }, { a: ['working', 3] }, { a: ['idle', 4, screen] }])).toBe(
      'timeout a',
    );
    expect(await waited(Array.from({ length: 6 }, () => ({ a: ['idle', 2, screen] as const })))).toBe('met');
  });
  it('is for all of them, or for any', async () => {
    const rounds = [{ a: ['idle', 2], b: ['working', 1] }] as const;
    expect(await waited(rounds)).toBe('timeout b');
    expect(await waited(rounds, { mode: 'any' })).toBe('met b');
  });
  it('ends when those that are left will not be idle by themselves', async () => {
    expect(await waited([{ a: ['idle', 2], b: ['waiting_permission', 1, { isOpen: true }] }])).toBe('attention b');
    expect(await waited([{ a: ['idle', 2], b: ['crashed', 1] }])).toBe('attention b');
    expect(await waited([{ a: ['working', 2], b: ['crashed', 1] }])).toBe('timeout a b');
    expect(await waited([{ b: ['error', 1, { isOpen: true }] }])).toBe('timeout b');
    expect(await waited([{ b: ['error', 2, { isOpen: false }] }])).toBe('attention b');
  });
});

it('waits for attention, of the turn that a message began too', async () => {
  const attention = { until: 'attention', after: new Map([['a', 3]]) } as const;
  expect(await waited([{ a: ['waiting_permission', 3] }], attention)).toBe('met');
  expect(await waited([{ a: ['error', 2] }], attention)).toBe('timeout a');
  expect(await waited([{ a: ['crashed', 2] }], attention)).toBe('met');
});

it('waits for an end, and for a change since the beginning or an earlier wait', async () => {
  expect(await waited([{ a: ['idle', 2] }, { a: ['exited', 2] }], { until: 'exited' })).toBe('met');
  expect(await waited([{ a: ['idle', 2] }, { a: ['idle', 2] }], { until: 'change' })).toBe('timeout a');
  expect(await waited([{ a: ['idle', 2] }, { a: ['working', 3] }], { until: 'change' })).toBe('met');
  const base = new Map([['a', { seq: 1, state: 'working' as const }]]);
  expect(await waited([{ a: ['idle', 2] }], { until: 'change', base })).toBe('met');
});

it('ends when it is cancelled', async () => {
  await expect(waited([{ a: ['working', 1] }], { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'CANCELLED',
  });
});
