import { beforeEach, describe, expect, it } from 'vitest';
import { GO_ON } from '../../../src/monitor/resumption.js';
import { HOUR, LimitedAgents, MINUTE, type Shown } from '../../support/limited-agents.js';

let world: LimitedAgents;
let cut: string;
beforeEach(async () => {
  world = new LimitedAgents();
  cut = await world.queue('ada', 'do it');
  await world.deliver('ada', cut, 1);
  show({});
  await world.pass(3000);
  expect(await world.limits.blocked()).toHaveLength(1);
});
const TEXT = 'usage limit, try again in 1h';
const show = (more: Partial<Shown>): void => {
  world.shown.set('ada', { state: 'rate_limited', seq: 2, text: TEXT, ...more });
};
const toEnd = (): Promise<void> => world.pass(HOUR + 2 * MINUTE, 10_000);
const texts = (): string[] => world.sent.map(({ text }) => text);

describe('what a limit has cut', () => {
  it('is sent once also where whoever watches changes at every moment', async () => {
    world.restart();
    await world.pass(HOUR - MINUTE, 10_000);
    for (let round = 0; round < 120; round++) {
      world.restart();
      await world.pass(1500);
    }
    expect(texts()).toEqual(['do it']);
  });

  it('is sent under the same key by the next, where the one before has ended while it sent', async () => {
    world.put = 'later';
    await toEnd();
    expect(world.sent).toEqual([]);
    world.put = 'put';
    world.restart();
    await world.pass(MINUTE);
    expect(texts()).toEqual(['do it']);
    expect(world.sent[0]!.key).toMatch(/^after-limit \d+$/);
  });

  it('waits where somebody has typed or it asks something, and is sent when that is over', async () => {
    show({ draft: 'half' });
    await toEnd();
    show({ draft: undefined });
    await world.pass(10_000);
    show({ isAsking: true });
    await world.pass(10_000);
    expect(world.sent).toEqual([]);
    show({});
    await world.pass(5000);
    expect(texts()).toEqual(['do it']);
  });

  it('is not sent where the agent goes on by itself, has had another turn, or has ended', async () => {
    show({ state: 'working', text: undefined as never });
    await toEnd();
    show({ state: 'idle' });
    await world.pass(MINUTE);
    expect(world.sent).toEqual([]);

    world.shown.set('bob', { state: 'rate_limited', text: TEXT });
    world.shown.set('cyd', { state: 'rate_limited', text: TEXT });
    await world.pass(5000);
    world.shown.set('bob', { state: 'idle', seq: 4 });
    world.shown.set('cyd', { state: 'exited' });
    await toEnd();
    expect(world.sent).toEqual([]);
  });

  it('is a word that it may go on, where nobody of ours has begun the turn, or nobody knows what it was', async () => {
    world.shown.set('bob', { state: 'rate_limited', text: TEXT });
    const unknown = await world.queue('cyd', 'perhaps taken');
    await world.messages.lease('cyd', 'test');
    await world.messages.change(unknown, 'test', { state: 'unknown', method: 'paste', seq: 1 });
    world.shown.set('cyd', { state: 'rate_limited', text: TEXT });
    // Its turn is two after that of the message.
    await world.deliver('dan', await world.queue('dan', 'long ago'), 1);
    world.shown.set('dan', { state: 'rate_limited', seq: 4, text: TEXT });
    await toEnd();
    await world.pass(2 * MINUTE);
    expect(new Map(world.sent.map(({ agent, text }) => [agent, text]))).toEqual(
      new Map([['ada', 'do it'], ['bob', GO_ON], ['cyd', GO_ON], ['dan', GO_ON]]),
    ); // prettier-ignore
  });

  it('goes before what waits, and only once', async () => {
    await world.queue('ada', 'later');
    await toEnd();
    const first = await world.limits.first('ada');
    expect((await world.messages.get(first!))!.text).toBe('do it');
    await world.pass(10 * MINUTE, 10_000);
    expect(texts()).toEqual(['do it']);
  });

  it('that may not be sent lets what waits go on', async () => {
    world.put = 'never';
    const waiting = await world.queue('ada', 'later');
    await toEnd();
    await world.pass(MINUTE);
    expect(await world.limits.first('ada')).toBe(waiting);
    expect(await world.limits.blocked()).toEqual([]);
  });
});

describe('what is sent for one and the same work', () => {
  let seq: number;
  /** The next limit: until its end, and what is sent then. @returns whether something is */
  const goesOn = async (): Promise<boolean> => {
    const before = world.sent.length;
    await world.pass(5000);
    const [block] = await world.limits.blocked();
    if (block !== undefined) await world.pass(block.until - world.now() + 70_000, 15_000);
    return world.sent.length > before;
  };
  /** It takes what goes first, and its turn is cut. */
  const isCut = async (counts: number, state?: 'unknown'): Promise<void> => {
    const first = await world.limits.first('ada');
    await world.deliver('ada', first!, state === undefined ? seq + 1 : seq, state);
    seq += counts;
    show({ seq, text: undefined as never });
  };
  /** Until nothing is sent any more. */
  const toLast = async (counts: number, state?: 'unknown'): Promise<void> => {
    for (let most = 10; most > 0 && (await goesOn()); most--) await isCut(counts, state);
  };
  beforeEach(() => {
    seq = 2;
  });

  it.each([
    ['is proven', 2, undefined],
    ['is not proven', 2, 'unknown'],
    ['counts as more than one turn', 3, undefined],
  ] as const)('has an end also where what was taken %s', async (_, counts, state) => {
    await toLast(counts, state);
    expect(world.sent).toHaveLength(3);
  });

  it('has an end also where it takes news of ours in between', async () => {
    for (let round = 0; round < 6; round++) {
      if (await goesOn()) await isCut(2, 'unknown');
      await world.deliver('ada', await world.queue('ada', 'news', 'system:monitor'), seq + 1);
      seq += 2;
      show({ seq, text: undefined as never });
    }
    expect(world.sent).toHaveLength(3);
  });

  it.each(['submitted', 'unknown'] as const)('begins anew with what somebody else has sent (%s)', async (state) => {
    await toLast(2, 'unknown');
    const other = await world.queue('ada', 'something else');
    await world.pass(5000);
    expect(await world.limits.first('ada')).toBe(other);
    await world.deliver('ada', other, seq + 1, state);
    seq += 2;
    show({ seq, text: undefined as never });
    await toLast(2, 'unknown');
    expect(world.sent).toHaveLength(6);
    expect(texts()[3]).toBe(state === 'submitted' ? 'something else' : GO_ON);
  });

  it.each([
    ['it tells', 3000, (at: number): Partial<Shown> => ({ told: { event: 'finished', at } })],
    ['it is idle long', 60_000, (): Partial<Shown> => ({})],
  ])('begins anew after a turn that has ended well, as %s', async (_, ms, told) => {
    await toLast(2, 'unknown');
    seq += 2;
    show({ state: 'idle', seq, text: undefined as never, ...told(world.now()) });
    await world.pass(ms);
    seq += 2;
    show({ seq, text: undefined as never });
    await toLast(2, 'unknown');
    expect(world.sent).toHaveLength(6);
  });
});

describe('clocks', () => {
  it.each([30 * 24 * HOUR, -30 * 24 * HOUR])('that are set by %i ms change nothing', async (jump) => {
    world.time.set({ wall: world.now() + jump });
    await world.pass(HOUR - 2 * MINUTE, 10_000);
    expect(await world.limits.blocked()).toHaveLength(1);
    expect(world.sent).toEqual([]);
    await world.pass(5 * MINUTE, 10_000);
    expect(texts()).toEqual(['do it']);
  });

  it.each([
    ['sleeps', { suspended: HOUR }],
    ['is off', { boot: 'boot-2', awake: 20_000 }],
  ])('go on while the machine %s', async (_, time) => {
    world.time.set({ ...time, wall: world.now() + HOUR });
    world.restart();
    await world.pass(2 * MINUTE);
    expect(texts()).toEqual(['do it']);
  });
});
