import { describe, expect, it } from 'vitest';
import { OrcError } from '../../../../src/kernel/errors.js';
import { type CircuitBreaker, createCircuitBreaker } from '../../../../src/security/inner/circuit-breaker.js';

const SILENCE = new Error('silence');
const REFUSAL = new Error('a refusal');
const UNASKED = new Error('unasked');

interface Subject {
  readonly breaker: CircuitBreaker;
  readonly opened: number[];
  readonly pass: (ms: number) => void;
  /** Made anything but counted: 'open' is a call that was held back. */
  readonly call: (thrown?: Error) => Promise<string>;
}

function create(): Subject {
  let now = 1_000_000;
  const opened: number[] = [];
  const breaker = createCircuitBreaker({
    clock: { mono: () => now, now: () => 0 },
    settings: () => ({ failureThreshold: 5, recoveryMs: 30_000, halfOpenMax: 3 }),
    verdict: (error) => (error === SILENCE ? 'silence' : error === UNASKED ? 'nothing' : 'answer'),
    onOpen: (failures) => opened.push(failures),
  });
  const call = (thrown?: Error): Promise<string> =>
    breaker
      .run(() => (thrown === undefined ? Promise.resolve('ok') : Promise.reject(thrown)))
      .catch((error: unknown) => (error instanceof OrcError ? error.code : (error as Error).message));
  return { breaker, opened, pass: (ms) => (now += ms), call };
}

async function silent({ call, pass }: Subject, times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    pass(1);
    expect(await call(SILENCE)).toBe('silence');
  }
}

describe('the circuit breaker', () => {
  it('opens at the fifth silence in a row, and holds calls back without making them', async () => {
    const subject = create();
    await silent(subject, 4);
    expect(subject.breaker.state()).toEqual({ state: 'closed', failures: 4 });
    await silent(subject, 1);
    expect(subject.opened).toEqual([5]);
    expect(subject.breaker.state()).toEqual({ state: 'open', failures: 5, retryAfterMs: 30_000 });
    let made = false;
    const held = subject.breaker.run(() => Promise.resolve((made = true)));
    await expect(held).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: 30_000 });
    expect(made).toBe(false);
  });

  it('takes calls that were made at once for one', async () => {
    const subject = create();
    await Promise.all(Array.from({ length: 20 }, () => subject.call(SILENCE)));
    expect(subject.breaker.state()).toEqual({ state: 'closed', failures: 1 });
    await silent(subject, 3);
    expect(subject.breaker.state().state).toBe('closed');
    await silent(subject, 1);
    expect(subject.breaker.state().state).toBe('open');
  });

  it('counts no refusal: it is an answer, and so ends the row', async () => {
    const subject = create();
    await silent(subject, 4);
    expect(await subject.call(REFUSAL)).toBe('a refusal');
    await silent(subject, 4);
    expect(await subject.call()).toBe('ok');
    await silent(subject, 4);
    expect(subject.breaker.state().state).toBe('closed');
  });

  it('takes no notice of what was not even asked', async () => {
    const subject = create();
    await silent(subject, 4);
    for (let n = 0; n < 10; n++) await subject.call(UNASKED);
    expect(subject.breaker.state()).toEqual({ state: 'closed', failures: 4 });
  });

  it('tries three at once after its time, and closes with the first that works', async () => {
    const subject = create();
    await silent(subject, 5);
    subject.pass(29_999);
    expect(await subject.call()).toBe('CIRCUIT_OPEN');
    subject.pass(1);
    expect(subject.breaker.state().state).toBe('half_open');
    const answers: (() => void)[] = [];
    const trials = [1, 2, 3].map(() =>
      subject.breaker.run(() => new Promise<string>((resolve) => answers.push(() => resolve('ok')))),
    );
    expect(await subject.call()).toBe('CIRCUIT_OPEN');
    answers[0]?.();
    expect(await trials[0]).toBe('ok');
    expect(subject.breaker.state()).toEqual({ state: 'closed', failures: 0 });
    expect(await subject.call()).toBe('ok');
    answers.forEach((answer) => answer());
    await Promise.all(trials);
  });

  it('opens again for its whole time when a trial fails, and says so once', async () => {
    const subject = create();
    await silent(subject, 5);
    subject.pass(30_000);
    expect(await subject.call(SILENCE)).toBe('silence');
    expect(subject.breaker.state()).toMatchObject({ state: 'open', retryAfterMs: 30_000 });
    subject.pass(30_000);
    expect(await subject.call()).toBe('ok');
    expect(subject.opened).toEqual([5]);
  });
});
