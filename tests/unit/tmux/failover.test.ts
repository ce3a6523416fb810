import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ControlSource } from '../../../src/tmux/control/connection.js';
import { createLink, type Link, verdictOf } from '../../../src/tmux/failover.js';
import type { SpawnedClient } from '../../../src/tmux/spawned-client.js';
import { TransportFailure } from '../../../src/tmux/transport.js';
import { createTurns, type Turns } from '../../../src/tmux/turns.js';

const REQUEST = { line: 'display-message', shape: 'single' } as const;

/** A link to a tmux that says nothing: what it was given is remembered, and its clock stands. */
function silent(
  now: () => number,
  onConnect: () => void = () => undefined,
): { readonly link: Link; readonly given: number[]; readonly turns: Turns } {
  const given: number[] = [];
  const silence = (_request: unknown, timeoutMs: number): Promise<never> => {
    given.push(timeoutMs);
    return Promise.reject(new TransportFailure('timeout', 'nothing'));
  };
  const get = (): Promise<never> => {
    onConnect();
    return Promise.resolve({ request: silence } as never);
  };
  const control: ControlSource = { get };
  const spawned: SpawnedClient = { request: silence, run: silence };
  const clock = { now: () => 0, mono: now };
  const turns = createTurns();
  return { link: createLink({ control, spawned, turns, clock, timeoutMs: 5000 }), given, turns };
}

const failureOf = (asked: Promise<unknown>): Promise<unknown> => asked.catch((error: unknown) => error);

describe('the time of a request', () => {
  it('is what tmux is given, where the caller has more', async () => {
    const { link, given } = silent(() => 1000);
    expect(verdictOf(await failureOf(link.endingBy(60_000).write(REQUEST)))).toBe('silence');
    expect(verdictOf(await failureOf(link.spawn(REQUEST, {})))).toBe('silence');
    expect(given).toEqual([5000, 5000]);
  });

  it('is what the caller has left, and silence then tells nothing about tmux', async () => {
    const { link, given } = silent(() => 1000);
    const failure = await failureOf(link.endingBy(2000).write(REQUEST));
    expect(failure).toMatchObject({ kind: 'timeout' });
    expect(verdictOf(failure)).toBe('nothing');
    await failureOf(link.endingBy(9000).endingBy(1500).spawn(REQUEST, {}));
    expect(given).toEqual([1000, 500]);
  });

  it('is shared by both ways of a read', async () => {
    const { link, given } = silent(() => 1000);
    await failureOf(link.endingBy(3000).read(REQUEST));
    expect(given).toEqual([1000, 2000]);
  });

  it('is over when a change has its turn: it is not sent, and that is known', async () => {
    let now = 1000;
    const { link, given, turns } = silent(() => now);
    const attached = turns.attach(async () => {
      await sleep(30);
      now = 2000;
    });
    for (const asked of [link.endingBy(1900).write(REQUEST), link.endingBy(1900).spawn(REQUEST, {})])
      expect(await failureOf(asked)).toMatchObject({ kind: 'unsent', hurried: true });
    await attached;
    expect(given).toEqual([]);
  });

  it('is over when it has a connection: it is not sent over that, nor in the other way', async () => {
    let now = 1000;
    const { link, given } = silent(
      () => now,
      () => (now = 2000),
    );
    for (const ask of ['read', 'write'] as const) {
      now = 1000;
      expect(await failureOf(link.endingBy(1900)[ask](REQUEST))).toMatchObject({ kind: 'unsent', hurried: true });
    }
    expect(given).toEqual([]);
  });

  it('is over: tmux is not asked', async () => {
    const { link, given } = silent(() => 1000);
    const late = link.endingBy(1000);
    for (const asked of [late.read(REQUEST), late.write(REQUEST), late.spawn(REQUEST, {})])
      expect(await failureOf(asked)).toMatchObject({ kind: 'unsent' });
    expect(given).toEqual([]);
  });
});
