import { beforeEach, describe, expect, it } from 'vitest';
import { GO_ON } from '../../../src/monitor/resumption.js';
import { HOUR, LimitedAgents, MINUTE } from '../../support/limited-agents.js';

let world: LimitedAgents;
beforeEach(() => {
  world = new LimitedAgents();
});

const inHours = (hours: number): string =>
  `You've hit your limit · resets ${new Date(world.now() + hours * HOUR).toISOString()}`;
const limited = (agent: string, text: string | undefined, seq = 2, more: object = {}): void => {
  world.shown.set(agent, { state: 'rate_limited', seq, ...(text === undefined ? {} : { text }), ...more });
};
const until = async (): Promise<number | undefined> => (await world.limits.blocked())[0]?.until;
/** What is wrong by less is the time of rounds. */
const near = (value: number | undefined, wanted: number, within = 5000): void => {
  expect(Math.abs((value ?? 0) - wanted)).toBeLessThanOrEqual(within);
};
const turnOf = async (agent: string, text: string, seq: number): Promise<string> => {
  const id = await world.queue(agent, text);
  await world.deliver(agent, id, seq);
  return id;
};
/** The agent takes what waits first, and its turn is cut or not. */
const takes = async (agent: string, seq: number, state: 'idle' | 'rate_limited', text?: string): Promise<void> => {
  const first = await world.limits.first(agent);
  if (first === undefined) throw new Error('nothing goes first');
  await world.deliver(agent, first, seq);
  world.shown.set(agent, { state, seq: seq + 1, ...(text === undefined ? {} : { text }) });
};

describe('a limit', () => {
  it('blocks the account until its end, and what was cut is sent once', async () => {
    await turnOf('ada', 'do it', 1);
    const end = world.now() + 2 * HOUR;
    limited('ada', inHours(2));
    await world.round();
    expect(await until()).toBeUndefined();
    await world.pass(3000);
    near(await until(), end);
    expect((await world.limits.blocked())[0]).toMatchObject({ isGuess: false, agents: ['ada'], account: { provider: 'claude', home: '/home/a/.claude' } });
    await world.pass(2 * HOUR - 10_000, 30_000);
    expect(world.sent).toEqual([]);
    await world.pass(2 * MINUTE);
    expect(world.sent.map(({ agent, text }) => [agent, text])).toEqual([['ada', 'do it']]);
    expect(world.sent[0]!.at).toBeGreaterThanOrEqual(end - 5000);
    expect(world.sent[0]!.at).toBeLessThanOrEqual(end + 65_000);
    await takes('ada', 3, 'idle');
    await world.pass(10 * MINUTE);
    expect(world.sent).toHaveLength(1);
    expect(await world.limits.blocked()).toEqual([]);
  }); // prettier-ignore

  it('that tells no end is a guess, which grows while it does not hold, and no prompt is sent more than three times', async () => {
    await turnOf('ada', 'do it', 1);
    limited('ada', 'You have hit your limit');
    const waits: number[] = [];
    for (let [round, seq] = [0, 3]; round < 3; round++, seq += 2) {
      await world.pass(5000);
      const [block] = await world.limits.blocked();
      expect(block).toMatchObject({ isGuess: true });
      waits.push(Math.round((block!.until - world.now()) / MINUTE));
      await world.pass(block!.until - world.now() + 70_000, 15_000);
      expect(world.sent).toHaveLength(round + 1);
      await takes('ada', seq, 'rate_limited');
    }
    expect(waits).toEqual([5, 10, 20]);
    await world.pass(2 * HOUR, 15_000);
    expect(world.sent.map(({ text }) => text)).toEqual(['do it', 'do it', 'do it']);
    // What waits meanwhile is tried in its place.
    const other = await world.queue('ada', 'something else');
    await world.pass(MINUTE);
    expect(await world.limits.first('ada')).toBe(other);
  });

  it('has an end that is no longer than plans have, and one that is over counts as now', async () => {
    limited('ada', inHours(24 * 300));
    limited('bob', inHours(-3), 2, { home: '/home/b/.claude' });
    await world.pass(3000);
    near(await until(), world.now() + 8 * 24 * HOUR);
    expect(await world.limits.blocked()).toHaveLength(1);
    await world.pass(1500);
    expect(world.sent.map(({ agent }) => agent)).toEqual(['bob']);
  });

  it('is read once: a time of day is not that of the next day when it is over', async () => {
    world.time.set({ wall: Date.UTC(2026, 4, 4, 14, 0) });
    limited('ada', "You've hit your limit · resets 3pm (UTC)");
    await world.pass(HOUR + 2 * MINUTE, 15_000);
    expect(world.sent.map(({ text }) => text)).toEqual([GO_ON]);
    expect(await world.limits.blocked()).toEqual([]);
  });

  it('that ends in the minute in which it is told ends with that', async () => {
    world.time.set({ wall: Date.UTC(2026, 4, 4, 15, 0, 20) });
    limited('ada', "You've hit your limit · resets 3pm (UTC)");
    await world.pass(3000);
    near(await until(), Date.UTC(2026, 4, 4, 15, 1), 1000);
  });

  it('that is told once more right after its end is there a few minutes longer, whoever tells it', async () => {
    world.time.set({ wall: Date.UTC(2026, 4, 4, 14, 30) });
    const text = "You've hit your limit · resets 3pm (UTC)";
    for (const name of ['ada', 'bob', 'cyd']) limited(name, text);
    await world.pass(33 * MINUTE, 10_000);
    expect(world.sent).toHaveLength(3);
    const ends: (number | undefined)[] = [];
    for (const name of ['ada', 'bob', 'cyd']) {
      await takes(name, 3, 'rate_limited', text);
      await world.pass(3000);
      ends.push(await until());
    }
    near(ends[0], Date.UTC(2026, 4, 4, 15, 13));
    expect(ends).toEqual([ends[0], ends[0], ends[0]]);
  });

  it('is told by the agent, not by what it shows of a file', async () => {
    const told = { event: 'finished' as const, at: world.now() };
    limited('ada', inHours(1), 2, { source: 'screen', told });
    await world.pass(10_000);
    expect(await world.limits.blocked()).toEqual([]);
    limited('ada', inHours(1), 2, { source: 'screen' });
    await world.pass(10_000);
    expect(await world.limits.blocked()).toHaveLength(1);
  });
});

describe('agents of an account', () => {
  const record = (home = '/home/a/.claude'): never => ({ provider: 'claude', registry: home, panePid: 7 }) as never;

  it('are kept back together, those of another one are not', async () => {
    limited('ada', inHours(1));
    await world.pass(3000);
    const held = await Promise.all(['ada', 'bob'].map((name) => world.limits.isBlocked(name, record())));
    expect([...held, await world.limits.isBlocked('cyd', record('/home/b/.claude'))]).toEqual([true, true, false]);
  });

  it('go on each at a moment of its own, within a minute', async () => {
    const names = Array.from({ length: 30 }, (_, at) => `agent-${String(at)}`);
    const end = world.now() + 2 * HOUR;
    for (const name of names) limited(name, inHours(2));
    await world.pass(2 * HOUR + 2 * MINUTE, 2000);
    expect(world.sent).toHaveLength(30);
    for (const { at } of world.sent) {
      expect(at).toBeGreaterThanOrEqual(end - 5000);
      expect(at).toBeLessThanOrEqual(end + 65_000);
    }
    expect(new Set(world.sent.map(({ at }) => at)).size).toBeGreaterThan(10);
  });

  it('take the later of two ends, and what is told over a guess', async () => {
    limited('ada', undefined);
    await world.pass(3000);
    near(await until(), world.now() + 5 * MINUTE);
    limited('bob', inHours(1));
    await world.pass(3000);
    near(await until(), world.now() + HOUR);
    limited('cyd', inHours(3));
    limited('dan', inHours(2));
    await world.pass(3000);
    near(await until(), world.now() + 3 * HOUR);
  });

  it('that get answers show that only the others are limited', async () => {
    limited('ada', inHours(24));
    await world.pass(3000);
    const at = world.now() + 1000;
    await world.pass(3000);
    world.shown.set('bob', { state: 'idle', openAt: at, told: { event: 'finished', at } });
    await world.pass(3000);
    expect(await world.limits.isBlocked('bob', record())).toBe(false);
    expect(await world.limits.isBlocked('ada', record())).toBe(true);
  });

  it('that have got answers show nothing of a limit that is told after these', async () => {
    limited('ada', undefined);
    await world.pass(3000);
    const begun = world.now() + 1000;
    await world.pass(8000);
    limited('cyd', inHours(3));
    await world.round();
    world.time.pass(1500);
    // Seen in the same round as the limit of the other.
    world.shown.set('bob', { state: 'idle', openAt: begun, told: { event: 'finished', at: world.now() - 1000 } });
    await world.round();
    near(await until(), world.now() + 3 * HOUR);
    await world.pass(3000);
    expect(await world.limits.isBlocked('bob', record())).toBe(true);
    const at = world.now();
    await world.pass(3000);
    world.shown.set('bob', { state: 'idle', openAt: at, told: { event: 'finished', at: world.now() } });
    await world.pass(3000);
    expect(await world.limits.isBlocked('bob', record())).toBe(false);
    limited('dan', undefined);
    await world.pass(3000);
    expect(await world.limits.isBlocked('bob', record())).toBe(true);
    near(await until(), world.now() + 3 * HOUR, MINUTE);
  });
});
