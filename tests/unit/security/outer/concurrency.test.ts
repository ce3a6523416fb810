import { describe, expect, it } from 'vitest';
import { OrcError } from '../../../../src/kernel/errors.js';
import { concurrency, createSlots, type WaitingCall } from '../../../../src/security/outer/concurrency.js';
import { call, gate, operation, settle } from '../calls.js';

const open = new AbortController().signal;

describe('createSlots', () => {
  it('gives places in order of arrival', async () => {
    const slots = createSlots(2, 10, 'a place');
    const order: number[] = [];
    const releases: (() => void)[] = [];
    const takes = [1, 2, 3, 4, 5].map(async (number) => {
      const release = await slots.take(open);
      order.push(number);
      releases.push(release);
    });
    await settle();
    expect([order, slots.busy(), slots.queued()]).toEqual([[1, 2], 2, 3]);
    releases[1]?.();
    await settle();
    expect([order, slots.busy(), slots.queued()]).toEqual([[1, 2, 3], 2, 2]);
    releases[0]?.();
    releases[2]?.();
    await Promise.all(takes);
    expect(order).toEqual([1, 2, 3, 4, 5]);
    for (const release of releases) release();
    expect([slots.busy(), slots.queued()]).toEqual([0, 0]);
  });

  it('gives a place back once, however often it is told to', async () => {
    const slots = createSlots(1, 10, 'a place');
    const release = await slots.take(open);
    const second = slots.take(open);
    const third = slots.take(open);
    release();
    release();
    await second;
    await settle();
    expect([slots.busy(), slots.queued()]).toEqual([1, 1]);
    (await second)();
    (await third)();
    release();
    expect([slots.busy(), slots.queued()]).toEqual([0, 0]);
  });

  it('lets a caller that gives up leave the queue', async () => {
    const slots = createSlots(1, 10, 'a place');
    const release = await slots.take(open);
    const controller = new AbortController();
    const [leaving, staying] = [slots.take(controller.signal), slots.take(open)];
    const reason = new OrcError('TIMEOUT', 'too long');
    controller.abort(reason);
    await expect(leaving).rejects.toBe(reason);
    expect(slots.queued()).toBe(1);
    release();
    (await staying)();
    expect([slots.busy(), slots.queued()]).toEqual([0, 0]);
    await expect(slots.take(controller.signal)).rejects.toBe(reason);
    // Giving up after the place was given changes nothing.
    const late = new AbortController();
    const held = await slots.take(late.signal);
    late.abort();
    expect(slots.busy()).toBe(1);
    held();
    expect(slots.busy()).toBe(0);
  });

  it('refuses at once when too many wait, and says when to try again', async () => {
    const slots = createSlots(1, 2, 'a place');
    const release = await slots.take(open);
    const waiting = [slots.take(open), slots.take(open)];
    const error: unknown = await slots.take(open).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RATE_LIMITED', message: '2 calls wait for a place already.' });
    expect((error as OrcError).retryAfterMs).toBeGreaterThan(0);
    release();
    for (const taken of waiting) (await taken)();
    expect([slots.busy(), slots.queued()]).toEqual([0, 0]);
  });
});

describe('concurrency', () => {
  /** Places for one call at a time, unless told otherwise, and for several that wait. */
  const make = (places = 1, waits = 5, queue = 10) => {
    const working = createSlots(places, queue, 'a place');
    const waiting = createSlots(waits, queue, 'a place to wait');
    const layer = concurrency<WaitingCall>(working, waiting);
    const run = async (given: WaitingCall, work: (inner: WaitingCall) => Promise<unknown>): Promise<unknown> =>
      layer(given, work);
    return { working, waiting, run };
  };

  it('holds a place while a call works, and gives it back when it ends in any way', async () => {
    const { working, run } = make();
    const { opened, open: finish } = gate();
    const first = run(call(), () => opened);
    let started = false;
    const second = run(call(), async () => {
      started = true;
      throw new Error('failed');
    });
    await settle();
    expect([working.busy(), working.queued(), started]).toEqual([1, 1, false]);
    finish();
    await first;
    await expect(second).rejects.toThrow('failed');
    expect([working.busy(), started]).toEqual([0, true]);
  });

  it('lets exempt calls pass', async () => {
    const { run, working } = make();
    const { opened, open: finish } = gate();
    const first = run(call(), () => opened);
    expect(await run(call({ operation: operation({ exempt: true }) }), async () => 'passed')).toBe('passed');
    finish();
    await first;
    expect(working.busy()).toBe(0);
  });

  it('gives the place back while a call only waits', async () => {
    const { run, working, waiting } = make();
    const { opened, open: finish } = gate();
    const waiter = run(call(), async ({ wait }) => `${await wait(async () => { await opened; return 'waited'; })} and worked`); // prettier-ignore
    await settle();
    expect([working.busy(), waiting.busy()]).toEqual([0, 1]);
    expect(await run(call(), async () => 'another')).toBe('another');
    finish();
    expect(await waiter).toBe('waited and worked');
    expect([working.busy(), waiting.busy()]).toEqual([0, 0]);
  });

  it('takes a place again after the wait, behind those that came before', async () => {
    const { run, working } = make();
    const [wait, work] = [gate(), gate()];
    const order: string[] = [];
    const waiter = run(call(), async (inner) => {
      await inner.wait(() => wait.opened);
      order.push('waiter');
    });
    await settle();
    const worker = run(call(), async () => {
      await work.opened;
      order.push('worker');
    });
    wait.open();
    await settle();
    expect([working.busy(), working.queued()]).toEqual([1, 1]);
    work.open();
    await Promise.all([worker, waiter]);
    expect(order).toEqual(['worker', 'waiter']);
    expect(working.busy()).toBe(0);
  });

  it('keeps the place when there is none to wait in', async () => {
    const { run, working, waiting } = make(1, 1, 0);
    const taken = await waiting.take(open);
    await expect(run(call(), ({ wait }) => wait(async () => 'x'))).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    taken();
    expect([working.busy(), waiting.busy()]).toEqual([0, 0]);
  });

  it('loses no place to waits at the same time, to failures and to nested waits', async () => {
    const { run, working, waiting } = make();
    const { opened, open: finish } = gate();
    const both = run(call(), ({ wait }) =>
      Promise.all([wait(() => opened), wait(() => opened), wait(async () => undefined)]),
    );
    const failing = run(call(), ({ wait }) => wait(async () => Promise.reject(new Error('failed'))));
    const nested = run(call(), ({ wait }) => wait(() => wait(() => opened)));
    await expect(failing).rejects.toThrow('failed');
    finish();
    await Promise.all([both, nested]);
    await settle();
    expect([working.busy(), waiting.busy()]).toEqual([0, 0]);
  });

  it('loses no place to a call that was given up while it waited', async () => {
    const { run, working, waiting } = make();
    const { opened, open: finish } = gate();
    // As a deadline does: the call ends, what it waits for goes on.
    let left: Promise<unknown> = Promise.resolve();
    await run(call(), async ({ wait }) => {
      left = wait(() => opened);
      await settle();
      return 'given up';
    });
    finish();
    await left.catch(() => undefined);
    await settle();
    expect([working.busy(), waiting.busy()]).toEqual([0, 0]);
    // And one whose caller went away.
    const controller = new AbortController();
    const cancelled = run(call({ signal: controller.signal }), ({ wait }) => wait(async () => { controller.abort(); })); // prettier-ignore
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
    expect([working.busy(), waiting.busy()]).toEqual([0, 0]);
  });
});
