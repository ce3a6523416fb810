import { describe, expect, it, vi } from 'vitest';
import { abortError, raceAbort, sleep } from '../../../src/kernel/clock.js';
import { OrcError } from '../../../src/kernel/errors.js';

const cancelled = { name: 'OrcError', code: 'CANCELLED' };

describe('sleep', () => {
  it('ends with its time, or at once with its signal', async () => {
    vi.useFakeTimers();
    try {
      const slept = sleep(1000);
      await vi.advanceTimersByTimeAsync(1000);
      await expect(slept).resolves.toBeUndefined();
      const controller = new AbortController();
      const stopped = expect(sleep(1000, controller.signal)).rejects.toMatchObject(cancelled);
      controller.abort();
      await stopped;
      await expect(sleep(1000, controller.signal)).rejects.toMatchObject(cancelled);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('abortError', () => {
  it('is the reason when that is one of ours', () => {
    const ours = new OrcError('TIMEOUT', 't');
    expect(abortError(AbortSignal.abort(ours))).toBe(ours);
    expect(abortError(AbortSignal.abort(new Error('secret')))).toMatchObject(cancelled);
    expect(abortError(undefined)).toMatchObject(cancelled);
  });
});

describe('raceAbort', () => {
  it('gives what settles first', async () => {
    const { signal } = new AbortController();
    await expect(raceAbort(Promise.resolve(1), signal)).resolves.toBe(1);
    await expect(raceAbort(Promise.reject(new Error('x')), signal)).rejects.toThrow('x');
    const controller = new AbortController();
    const raced = raceAbort(new Promise(() => undefined), controller.signal);
    controller.abort(new OrcError('TIMEOUT', 't'));
    await expect(raced).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('leaves no rejection unhandled when the signal has aborted before', async () => {
    await expect(raceAbort(Promise.reject(new Error('late')), AbortSignal.abort())).rejects.toMatchObject(cancelled);
  });
});
