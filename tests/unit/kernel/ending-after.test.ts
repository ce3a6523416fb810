import { expect, it } from 'vitest';
import { endingAfter } from '../../../src/kernel/clock.js';
import { collect } from '../../support/collect.js';

it('ends after its time, whatever is collected meanwhile', async () => {
  const parent = new AbortController();
  const ended = new Promise((resolve) => {
    endingAfter(parent.signal, 100).addEventListener('abort', resolve, { once: true });
  });
  const late = setTimeout(() => undefined, 5000);
  for (let n = 0; n < 5; n++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await ended;
  clearTimeout(late);
  expect(parent.signal.aborted).toBe(false);
});

it('ends with the other signal, for its reason, at once where that has ended', () => {
  const parent = new AbortController();
  const signal = endingAfter(parent.signal, 60_000);
  expect(signal.aborted).toBe(false);
  parent.abort('why');
  expect([signal.aborted, signal.reason]).toEqual([true, 'why']);
  expect(endingAfter(parent.signal, 60_000).reason).toBe('why');
});
