import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../../../src/kernel/clock.js';
import { OrcError } from '../../../../src/kernel/errors.js';
import { compose } from '../../../../src/security/ring.js';
import { deadlines } from '../../../../src/security/inner/deadlines.js';
import { call, operation } from '../calls.js';

const clock: Clock = { now: () => Date.now(), mono: () => Date.now() };
const never = (): Promise<never> => new Promise<never>(() => undefined);
type Given = ReturnType<typeof call>;
const start = (given: Given, work: (inner: Given) => Promise<unknown>): Promise<unknown> =>
  compose([deadlines<Given>({ clock, toolMs: 2000, waitMs: 9000 })], work)(given);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('deadlines', () => {
  it('gives what comes in time, and leaves no timer', async () => {
    expect(await start(call(), async () => 'done')).toBe('done');
    await expect(start(call(), () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  });

  it('ends a read that takes too long', async () => {
    const ended = expect(start(call(), never)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'The call took longer than 2 s; it has changed nothing.',
    });
    await vi.advanceTimersByTimeAsync(2000);
    await ended;
  });

  it.each(['write', 'destroy'] as const)('says of a %s that was sent that it may still happen', async (effect) => {
    const sending = (inner: Given): Promise<never> => {
      inner.time?.begin();
      return never();
    };
    const ended = expect(start(call({ operation: operation({ effect }) }), sending)).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    });
    await vi.advanceTimersByTimeAsync(2000);
    await ended;
  });

  it('says of a change that was not sent that nothing has changed, and lets none be sent afterwards', async () => {
    let sent = false;
    const finding = async (inner: Given): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 3000));
      inner.time?.begin();
      sent = true;
    };
    const ended = expect(start(call({ operation: operation({ effect: 'write' }) }), finding)).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    await vi.advanceTimersByTimeAsync(4000);
    await ended;
    expect(sent).toBe(false);
  });

  it('lets no change be sent of a call that its caller has given up', async () => {
    const controller = new AbortController();
    let refused: unknown;
    const finding = async (inner: Given): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      try {
        inner.time?.begin();
      } catch (error) {
        refused = error;
      }
    };
    const ended = expect(start(call({ signal: controller.signal }), finding)).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    controller.abort();
    await vi.advanceTimersByTimeAsync(1000);
    await ended;
    expect(refused).toMatchObject({ code: 'CANCELLED' });
  });

  it('hands down the time that is left, a little less than the whole', async () => {
    const at = clock.mono();
    const seen = start(call(), async ({ time }) => {
      const early = time?.isEnding();
      await new Promise((resolve) => setTimeout(resolve, 1700));
      return [(time?.end ?? 0) - at, early, time?.isEnding()];
    });
    await vi.advanceTimersByTimeAsync(1700);
    expect(await seen).toEqual([1900, false, true]);
  });

  it('gives waits their own time', async () => {
    const waiting = start(
      call({ operation: operation({ waits: true }) }),
      () => new Promise((resolve) => setTimeout(resolve, 8000, 'met')),
    );
    await vi.advanceTimersByTimeAsync(8000);
    expect(await waiting).toBe('met');
    const ended = expect(start(call({ operation: operation({ waits: true }) }), never)).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    await vi.advanceTimersByTimeAsync(9000);
    await ended;
  });

  it('tells the handler by its signal, and never twice', async () => {
    let signal: AbortSignal | undefined;
    const late = async (inner: Given): Promise<unknown> => {
      signal = inner.signal;
      await new Promise((resolve) => setTimeout(resolve, 5000));
      throw new Error('nobody listens');
    };
    const ended = expect(start(call(), late)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await vi.advanceTimersByTimeAsync(2000);
    await ended;
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toMatchObject({ code: 'TIMEOUT' });
    await vi.advanceTimersByTimeAsync(5000);
  });

  it('ends when the caller goes, with the reason when it is one of ours', async () => {
    const controller = new AbortController();
    const cancelled = expect(start(call({ signal: controller.signal }), never)).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    controller.abort();
    await cancelled;
    const signal = AbortSignal.abort(new OrcError('LOCKED_DOWN', 'locked'));
    await expect(start(call({ signal }), never)).rejects.toMatchObject({ code: 'LOCKED_DOWN' });
  });
});
