import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ProcessLock } from '../../../src/kernel/process-lock.js';
import { createTurns, type Turns } from '../../../src/tmux/turns.js';

/** Work that tells when it began and waits for its end. */
function controlled(turns: Turns, kind: 'change' | 'attach') {
  const state = { begun: false, end: (): void => undefined };
  const ending = new Promise<void>((resolve) => (state.end = resolve));
  const done = turns[kind](async () => {
    state.begun = true;
    await ending;
    return kind;
  });
  return { state, done };
}

const turn = async (): Promise<void> => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};

describe('turns in a process', () => {
  it('let changes go beside each other, and attaching only when they are done', async () => {
    const turns = createTurns();
    const [one, other] = [controlled(turns, 'change'), controlled(turns, 'change')];
    const attach = controlled(turns, 'attach');
    const late = controlled(turns, 'change');
    await turn();
    expect([one, other, attach, late].map(({ state }) => state.begun)).toEqual([true, true, false, false]);
    one.state.end();
    await turn();
    expect(attach.state.begun).toBe(false);
    other.state.end();
    await turn();
    // Who came later waits, so that nobody waits for ever.
    expect([attach, late].map(({ state }) => state.begun)).toEqual([true, false]);
    attach.state.end();
    await turn();
    expect(late.state.begun).toBe(true);
    late.state.end();
    expect(await Promise.all([one, other, attach, late].map(({ done }) => done))).toEqual([
      ...['change', 'change', 'attach', 'change'],
    ]);
  });

  it('take no more than half of the time there is', async () => {
    const turns = createTurns();
    const stuck = controlled(turns, 'attach');
    const started = performance.now();
    await turns.change(() => Promise.resolve(), 200);
    expect(performance.now() - started).toBeLessThan(300);
    stuck.state.end();
  });

  it('go on after work that failed', async () => {
    const turns = createTurns();
    await expect(turns.attach(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turns.change(() => Promise.resolve(1))).toBe(1);
  });

  it('do not wait for ever', async () => {
    const turns = createTurns();
    const stuck = controlled(turns, 'attach');
    const started = performance.now();
    expect(await turns.change(() => Promise.resolve(1))).toBe(1);
    expect(performance.now() - started).toBeLessThan(3000);
    stuck.state.end();
    await stuck.done;
    await turn();
    // What was late has changed nothing for the others.
    const attach = controlled(turns, 'attach');
    await turn();
    expect(attach.state.begun).toBe(true);
    attach.state.end();
  });
});

describe('turns of processes', () => {
  let keeper: 'nobody' | 'another';
  let taken: string[];
  let lock: ProcessLock;
  beforeEach(() => {
    [keeper, taken] = ['nobody', []];
    lock = {
      take: (mode) => {
        if (keeper === 'nobody') taken.push(mode);
        return Promise.resolve(keeper === 'nobody');
      },
      release: () => taken.push('released'),
      close: () => undefined,
    };
  });

  it('hold the lock while a group is at work, once for all of it', async () => {
    const turns = createTurns(lock);
    await Promise.all([turns.change(turn), turns.change(turn), turns.attach(turn)]);
    expect(taken).toEqual(['shared', 'released', 'alone', 'released']);
  });

  it('begin when the other has let go', async () => {
    const turns = createTurns(lock);
    keeper = 'another';
    const { state, done } = controlled(turns, 'attach');
    await sleep(30);
    expect(state.begun).toBe(false);
    keeper = 'nobody';
    state.end();
    await done;
    expect(taken).toEqual(['alone', 'released']);
  });

  it('go on where the other keeps it, and then do not wait for it again for a while', async () => {
    const turns = createTurns(lock);
    keeper = 'another';
    const started = performance.now();
    for (let n = 0; n < 3; n++) await turns.change(turn);
    const then = performance.now();
    expect(then - started).toBeLessThan(6000);
    for (let n = 0; n < 20; n++) await turns.change(turn);
    expect(performance.now() - then).toBeLessThan(1000);
    // What was tried is let go: it keeps others out.
    expect(taken).toEqual(['released', 'released', 'released']);
  });

  it('do not begin by the impatience of who waits behind', async () => {
    const turns = createTurns(lock);
    keeper = 'another';
    const words: string[] = [];
    const attach = turns.attach(async () => {
      words.push('attach begins');
      await sleep(50);
      words.push('attach ends');
    });
    const change = turns.change(() => Promise.resolve(words.push('change')));
    await Promise.all([attach, change]);
    expect(words).toEqual(['attach begins', 'attach ends', 'change']);
  });

  it('do without a lock that cannot be had', async () => {
    const broken: ProcessLock = { ...lock, take: () => Promise.reject(new Error('no')) };
    const turns = createTurns(broken);
    expect(await turns.attach(() => Promise.resolve(1))).toBe(1);
    expect(taken).toEqual([]);
  });

  it('leave the others room where changes come one after the other', async () => {
    const turns = createTurns(lock);
    const end = performance.now() + 300;
    const lane = async (): Promise<void> => {
      while (performance.now() < end) await turns.change(() => sleep(3));
    };
    await Promise.all([lane(), lane(), lane()]);
    expect(taken.filter((word) => word === 'released').length).toBeGreaterThan(2);
  });
});
