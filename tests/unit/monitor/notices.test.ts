import { beforeEach, describe, expect, it } from 'vitest';
import { putMeasured } from '../../../src/agents/usage.js';
import type { AgentState } from '../../../src/kernel/agent-words.js';
import { createEventLog, type EventKind, type NewEvent } from '../../../src/monitor/event-log.js';
import { keyOf, leadRows, MAX_ROWS, pendings, stampCount } from '../../../src/monitor/notice-book.js';
import { type AlertBench, createAlertBench, type Given } from '../../support/alert-bench.js';

let bench: AlertBench;
const MINUTE = 60;

/** Lines of a digest, without their times. */
const linesOf = (text = ''): string[] =>
  [...text.matchAll(/^- \S+ \S+ UTC(?:, [^:]*)?: (.*)$/gm)].map(([, line = '']) => line);
/** Names of those that a digest is about. */
const toldOf = (text?: string): string[] => linesOf(text).map((line) => line.split(' ')[0] ?? '');
const leads = (): string[] => bench.sent.map(({ lead }) => lead);
const add = (...events: NewEvent[]): Promise<unknown> => createEventLog(bench.store).add(events);
const states = (state: AgentState, ...names: string[]): void => {
  for (const name of names) bench.set(name, { state });
};

/** A digest about `one` for `lead` that cannot be sent now. */
async function keepUnsent(): Promise<void> {
  bench.settings.answer = () => 'again';
  states('crashed', 'one');
  await bench.pass(15);
  bench.sent.length = 0;
}

beforeEach(() => {
  bench = createAlertBench();
  bench.settings.idleMinutes = [];
  bench.set('lead', { role: 'pm', team: 'red', state: 'working' });
  for (const name of ['one', 'two', 'three']) bench.set(name, { team: 'red', state: 'working' });
  bench.set('other-lead', { role: 'pm', team: 'blue', state: 'working' });
});

describe('a digest', () => {
  it('goes to who leads the team, and to nobody else', async () => {
    states('crashed', 'one');
    await bench.pass(20 * MINUTE, 5);
    expect(leads()).toEqual(['lead']);
    expect(linesOf(bench.sent[0]?.text)).toEqual([
      'one has crashed. get_agent_status tells more, restart_agent starts it again.',
    ]);
    expect(bench.sent[0]?.text).toMatch(/^\[monitor\]\nNews of agents that you lead:\n- 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC: one /);
  }); // prettier-ignore

  it('tells together what happens together', async () => {
    states('crashed', 'one', 'two');
    states('waiting_permission', 'three');
    await bench.pass(MINUTE - 5);
    expect(bench.sent).toHaveLength(1);
    expect(toldOf(bench.sent[0]?.text)).toEqual(['one', 'two', 'three']);
  });

  it('of little weight waits for a minute after the last one, a crash does not', async () => {
    states('waiting_input', 'one');
    await bench.pass(10);
    states('waiting_input', 'two');
    await bench.pass(20);
    expect(bench.sent).toHaveLength(1);
    states('crashed', 'three');
    await bench.pass(10);
    expect(bench.sent).toHaveLength(2);
    expect(toldOf(bench.sent[1]?.text)).toEqual(['two', 'three']);
  });

  it('is not about the lead itself, and does not go to it when it has ended or is a shell', async () => {
    states('crashed', 'lead');
    await bench.pass(MINUTE);
    states('crashed', 'one');
    await bench.pass(MINUTE);
    expect(bench.sent).toEqual([]);
    bench.set('lead', { state: 'idle', provider: 'shell' });
    states('crashed', 'two');
    await bench.pass(MINUTE);
    expect(bench.sent).toEqual([]);
    expect(bench.told.map(({ kind, agent }) => `${kind} ${String(agent)}`)).toEqual(['crashed lead', 'crashed one', 'recovered lead', 'crashed two']); // prettier-ignore
  });

  it('waits for a lead that is down, and tells it what is so still', async () => {
    states('crashed', 'lead', 'one');
    states('waiting_input', 'two');
    await bench.pass(MINUTE);
    states('working', 'two');
    await bench.pass(MINUTE);
    expect(bench.sent).toEqual([]);
    states('idle', 'lead');
    await bench.pass(10);
    expect([leads(), toldOf(bench.sent[0]?.text)]).toEqual([['lead'], ['one']]);
  });

  it('holds names and words of ours alone, of so many agents as anybody reads', async () => {
    for (let n = 0; n < 60; n++) bench.set(`w${String(n)}`, { team: 'red', state: 'crashed' });
    await bench.pass(10);
    expect(linesOf(bench.sent[0]?.text)).toHaveLength(20);
    expect(bench.sent[0]?.text).toContain('- and 40 more: list_agents shows all.');
    expect(bench.sent).toHaveLength(1);
  });

  it('says when a limit ends, how long somebody waits and what uses memory', async () => {
    bench.set('one', { state: 'rate_limited', resetsAt: Date.UTC(2026, 10, 20, 14, 5) });
    states('waiting_input', 'two');
    states('crashed', 'three');
    await bench.pass(5);
    await add(
      { kind: 'memory', agent: 'two', team: 'red', bytes: 3 * 1_048_576 },
      { kind: 'gave_up', agent: 'three', team: 'red' },
    );
    await bench.pass(10);
    const text = bench.sent.map((one) => one.text).join('\n');
    expect(text).toContain('one is at the limit of its account until 2026-11-20 14:05:00 UTC.');
    expect(text).toContain('two uses much memory (3 MB).');
    expect(text).toContain('three does not stay up;');
  });

  it('does not repeat that each agent of an idle team is idle', async () => {
    bench.settings.idleMinutes = [3];
    states('idle', 'lead', 'one', 'two', 'three');
    await bench.pass(6 * MINUTE);
    expect(leads()).toEqual(['lead']);
    expect(linesOf(bench.sent[0]?.text)).toEqual([expect.stringContaining('team red has been idle for 3 minutes')]);
  });
});

describe('what is told again', () => {
  it('of the same agent comes after the cooldown, where it is so still', async () => {
    states('waiting_input', 'one');
    await bench.pass(10);
    for (const state of ['working', 'waiting_input'] as const) {
      states(state, 'one');
      await bench.pass(MINUTE);
    }
    expect(bench.sent).toHaveLength(1);
    await bench.pass(4 * MINUTE);
    expect(bench.sent).toHaveLength(2);
  });

  it('is nothing where it is over before it could be told', async () => {
    bench.settings.cooldownMs = 0;
    bench.settings.answer = () => ({ message: 'first' });
    states('waiting_input', 'one');
    await bench.pass(10);
    states('error', 'two');
    states('waiting_input', 'three');
    await bench.pass(10);
    states('working', 'two', 'three');
    await bench.pass(5 * MINUTE, 5);
    expect(bench.sent).toHaveLength(1);
  });

  it('is bounded: a fleet that flaps costs a lead few messages', async () => {
    for (let n = 0; n < 180; n++) {
      states(n % 2 === 0 ? 'error' : 'working', 'one', 'two', 'three');
      await bench.pass(10, 2);
    }
    // Half an hour: trouble and its end, once in a cooldown each.
    expect(bench.sent.length).toBeLessThanOrEqual(13);
  });

  it('keeps no more than a thousand times', async () => {
    bench.settings.cooldownMs = 3_600_000;
    for (let round = 0; round < 3; round++) {
      const names = Array.from({ length: 400 }, (_, n) => `w${String(round)}-${String(n)}`);
      for (const name of names) bench.set(name, { team: 'red', state: 'working' });
      await add(...names.map((agent): NewEvent => ({ kind: 'restarted', agent, team: 'red' })));
      await bench.pass(2 * MINUTE, 10);
    }
    expect(await bench.store.read(stampCount)).toBe(MAX_ROWS);
  });
});

describe('a lead that is busy', () => {
  const send = async (): Promise<{ message: string }> => {
    const body = { agent: 'lead', panePid: 100, from: 'system:monitor', at: 0, body: 'x', text: 'x' as never };
    const added = await bench.messages.add({ ...body, mode: 'when_idle', seq: 0 });
    if (added.kind !== 'added') throw new Error(added.kind);
    return { message: added.message.id };
  };

  it('has one digest waiting at most, and gets the rest in one when that was read', async () => {
    bench.settings.answer = send;
    states('crashed', 'one');
    await bench.pass(MINUTE);
    states('crashed', 'two');
    await bench.pass(10 * MINUTE, 5);
    states('waiting_input', 'three');
    await bench.pass(10 * MINUTE, 5);
    expect(await bench.messages.waiting('lead')).toHaveLength(1);
    const [first] = await bench.messages.waiting('lead');
    await bench.messages.take('lead', [first!.id]);
    await bench.pass(10);
    expect(await bench.messages.waiting('lead')).toHaveLength(1);
    expect(toldOf(bench.sent[1]?.text)).toEqual(['two', 'three']);
  });

  const HOUR = 60 * MINUTE;
  const MEMORY = { kind: 'memory', bytes: 900 * 1_048_576, team: 'red' } as const;
  const read = async (): Promise<void> => {
    const [first] = await bench.messages.waiting('lead');
    await bench.messages.take('lead', [first!.id]);
  };
  /** A digest waits, and so does what happens from then on. */
  const limited = async (): Promise<void> => {
    bench.settings.answer = send;
    states('rate_limited', 'lead');
    bench.set('zero', { team: 'red', state: 'crashed' });
    await bench.pass(20);
    expect(bench.sent).toHaveLength(1);
  };
  const back = async (): Promise<string> => {
    await read();
    states('idle', 'lead');
    await bench.pass(2 * MINUTE, 5);
    expect(leads()).toEqual(['lead', 'lead']);
    return bench.sent[1]!.text;
  };

  it.each([
    [5, '5 hours'],
    [1, '1 hour'],
    [49, '2 days'],
  ])('for %i hours is told then what is so still, and how old it is', async (hours, age) => {
    await limited();
    states('crashed', 'one', 'three');
    states('waiting_input', 'two');
    await bench.pass(10);
    await add({ kind: 'gave_up', agent: 'three', team: 'red' });
    await bench.pass(hours * HOUR, 60);
    bench.set('four', { team: 'red', state: 'crashed' });
    await bench.pass(10);
    const text = await back();
    expect(toldOf(text)).toEqual(['one', 'two', 'three', 'four']);
    expect(text).toContain(` UTC, ${age} ago: one has crashed.`);
    expect(text).toContain(` UTC, ${age} ago: two waits for an answer.`);
    expect(text).toContain(` UTC, ${age} ago: three does not stay up;`);
    expect(text).toMatch(/ UTC: four has crashed\./);
  });

  it('is not told what is over by then', async () => {
    await limited();
    const usage = (name: string, isHigh?: true) => ({ [name]: { panePid: 100, memoryBytes: 1, isHigh } });
    await add({ ...MEMORY, agent: 'one' }, { ...MEMORY, agent: 'five' });
    states('waiting_input', 'two');
    states('error', 'three');
    for (const name of ['four', 'five', 'six']) bench.set(name, { team: 'red', state: 'crashed' });
    bench.set('five', { state: 'working' });
    await bench.store.transact((tx) => { putMeasured(tx, { ...usage('one', true), ...usage('five', true) }); }); // prettier-ignore
    await bench.pass(10);
    await add({ kind: 'gave_up', agent: 'six', team: 'red' });
    await bench.pass(3 * HOUR, 60);
    states('working', 'two', 'three', 'six');
    bench.remove('four');
    await bench.store.transact((tx) => { putMeasured(tx, { ...usage('one'), ...usage('five', true) }); }); // prettier-ignore
    await bench.pass(20);
    const text = await back();
    expect(linesOf(text)).toEqual([expect.stringMatching(/^five uses much memory/), 'six is back.']);
  });

  it('is told that nobody restarts an agent any more, also where its end is seen after that', async () => {
    await limited();
    await add({ kind: 'gave_up', agent: 'one', team: 'red' });
    states('crashed', 'one');
    await bench.pass(10);
    expect(linesOf(await back())).toEqual([expect.stringContaining('does not stay up;')]);
  });
});

describe('a name that is used again', () => {
  const dev = (more: Given): void => { bench.set('dev', { state: 'working', ...more }); }; // prettier-ignore
  const RED = { team: 'red', panePid: 100, bornAt: 1 };
  const about = (kind: EventKind): Promise<unknown> =>
    add({ kind, agent: 'dev', agentSince: 1, team: 'red', bytes: 1 });

  describe.each(['memory', 'restarted', 'recovered', 'gave_up', 'crashed'] as const)('after %s', (kind) => {
    const state = kind === 'gave_up' || kind === 'crashed' ? 'crashed' : 'working';

    /** The first time is told, the second one waits. */
    const twice = async (): Promise<void> => {
      dev({ ...RED, state });
      await bench.pass(5);
      await about(kind);
      await bench.pass(70);
      bench.sent.length = 0;
      await about(kind);
      await bench.pass(10);
      expect(bench.sent).toEqual([]);
    };

    it('brings no news to the lead of another team', async () => {
      await twice();
      bench.remove('dev');
      await bench.pass(5);
      dev({ team: 'blue', panePid: 200, bornAt: 5 });
      await bench.pass(400, 2);
      expect(bench.sent).toEqual([]);
    });

    it('brings none of the one before it in the same team, also where nobody saw it go', async () => {
      await twice();
      dev({ ...RED, state: 'working', panePid: 200, bornAt: 5 });
      await bench.pass(400, 2);
      expect(bench.sent).toEqual([]);
    });

    it('is that of the same agent where it was only restarted', async () => {
      await twice();
      dev({ ...RED, panePid: 200, state });
      await bench.pass(400, 2);
      expect(leads()).toEqual(['lead']);
    });
  });

  it('does not delay what is new of it', async () => {
    dev({ ...RED, state: 'crashed' });
    await bench.pass(20);
    dev({ ...RED, state: 'working', bornAt: 5 });
    await bench.pass(10);
    dev({ state: 'crashed' });
    await bench.pass(10);
    expect(bench.sent.map(({ text }) => linesOf(text))).toEqual([
      [expect.stringContaining('dev has crashed')],
      [expect.stringContaining('dev has crashed')],
    ]);
  });

  it('of a team brings no news of the one before it', async () => {
    bench.settings.idleMinutes = [3];
    bench.settings.isHeld = false;
    states('idle', 'lead', 'one', 'two', 'three');
    await bench.pass(6 * MINUTE, 5);
    bench.settings.idleMinutes = [];
    await bench.pass(5);
    const [event] = (await bench.events()).filter(({ kind }) => kind === 'team_idle');
    expect(event).toMatchObject({ team: 'red', agentSince: 0 });
    for (const name of ['lead', 'one', 'two', 'three']) bench.set(name, { bornAt: 5 });
    bench.settings.isHeld = true;
    await bench.pass(2 * MINUTE, 5);
    expect(bench.sent).toEqual([]);
  });

  it('of a lead does not bring another one its digest: whoever leads the team now gets it', async () => {
    await keepUnsent();
    bench.settings.answer = () => ({ message: 'm' });
    bench.set('lead', { team: 'blue', panePid: 300, bornAt: 9 });
    bench.set('next', { role: 'pm', team: 'red', state: 'working', bornAt: 9 });
    await bench.pass(MINUTE);
    expect(leads()).toEqual(['next']);
    expect(toldOf(bench.sent[0]?.text)).toEqual(['one']);
  });

  it('of a lead that was killed brings nobody its digest, where nobody leads the team', async () => {
    await keepUnsent();
    bench.remove('lead');
    await bench.pass(5);
    bench.settings.answer = () => ({ message: 'm' });
    bench.set('lead', { role: 'pm', team: 'blue', panePid: 300, bornAt: 9 });
    await bench.pass(MINUTE);
    expect(bench.sent).toEqual([]);
  });

  it('of a lead that was restarted is its own', async () => {
    await keepUnsent();
    bench.settings.answer = () => ({ message: 'm' });
    bench.set('lead', { panePid: 300 });
    await bench.pass(MINUTE);
    expect(leads()).toEqual(['lead']);
  });

  it('of a lead does not keep another one waiting for what the one before it has not read', async () => {
    const queued = { agent: 'lead', panePid: 100, from: 'system:monitor', at: 0, body: 'x', text: 'x' as never };
    const added = await bench.messages.add({ ...queued, mode: 'when_idle', seq: 0 });
    bench.settings.answer = () => ({ message: added.kind === 'added' ? added.message.id : '' });
    states('crashed', 'one');
    await bench.pass(15);
    bench.set('lead', { bornAt: 9 });
    states('crashed', 'two');
    await bench.pass(15);
    expect(bench.sent.map(({ text }) => toldOf(text))).toEqual([['one'], ['two']]);
  });
});

describe('rows of an earlier build', () => {
  it('are told as they are', async () => {
    const at = (await bench.store.read(({ now }) => now)).mono;
    const outgoing = { key: 'old', text: 'old news', until: at + 600_000, next: at };
    await bench.store.transact((tx) => {
      const event = { id: 1, at: tx.now.wall, kind: 'restarted', agent: 'one', team: 'red' } as const;
      tx.put(pendings, keyOf(event), { event, from: at, due: at });
      tx.put(leadRows, 'lead', { at, outgoing });
    });
    await bench.pass(2 * MINUTE);
    expect(bench.sent[0]).toEqual({ lead: 'lead', text: 'old news', key: 'old' });
    expect(toldOf(bench.sent[1]?.text)).toEqual(['one']);
  });
});

describe('who watches', () => {
  it('may change at any time: each digest is one message', async () => {
    bench.settings.answer = () => 'again';
    states('crashed', 'one');
    await bench.pass(10);
    bench.handOver();
    await bench.pass(MINUTE);
    const keys = new Set(bench.sent.map(({ key, text }) => `${key} ${text}`));
    expect(bench.sent.length).toBeGreaterThan(2);
    expect(keys.size).toBe(1);
    bench.settings.answer = () => ({ message: 'm' });
    bench.handOver();
    await bench.pass(20);
    const { length } = bench.sent;
    await bench.pass(20 * MINUTE, 5);
    expect(bench.sent).toHaveLength(length);
    expect(bench.told).toHaveLength(1);
  });

  it('and does not any more sends nothing', async () => {
    bench.settings.isHeld = false;
    states('crashed', 'one');
    await bench.pass(MINUTE);
    expect(bench.sent).toEqual([]);
    bench.settings.isHeld = true;
    await bench.pass(2);
    expect(leads()).toEqual(['lead']);
  });

  it('gives up what cannot be sent', async () => {
    bench.settings.answer = () => 'again';
    states('crashed', 'one');
    await bench.pass(12 * MINUTE, 5);
    const { length } = bench.sent;
    expect(length).toBeLessThanOrEqual(61);
    await bench.pass(12 * MINUTE, 5);
    expect(bench.sent).toHaveLength(length);
    bench.settings.answer = () => 'never';
    states('crashed', 'two');
    await bench.pass(12 * MINUTE, 5);
    expect(bench.sent).toHaveLength(length + 1);
  });
});

it('nothing of this ends or restarts anything: what an agent is, is told and no more', async () => {
  bench.settings.idleMinutes = [3, 5, 8];
  states('idle', 'lead', 'one', 'two', 'three');
  await bench.pass(2 * 60 * MINUTE, 10);
  expect(new Set(leads())).toEqual(new Set(['lead']));
  expect(bench.sent.length).toBeLessThanOrEqual(3);
});
