import { describe, expect, it, vi } from 'vitest';
import { createDuties, type Duty, type RoundView } from '../../../src/monitor/duties.js';
import type { MonitorEvent } from '../../../src/monitor/event-log.js';

const view = (mono: number, ...ids: number[]): RoundView => ({
  ...{ now: { mono, wall: mono }, listing: { sessions: [] }, agents: new Map() },
  changes: ids.map((id): MonitorEvent => ({ id, at: 0, kind: 'gone' })),
});
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A duty that goes on until it is let go. */
function held(name: string, everyMs?: number): Duty & { told: number[][]; finish: (error?: Error) => Promise<void> } {
  const told: number[][] = [];
  let finish: (error?: Error) => void = () => undefined;
  return {
    ...{ name, told, ...(everyMs === undefined ? {} : { everyMs }) },
    run: ({ changes }) => {
      told.push(changes.map(({ id }) => id));
      return new Promise((resolve, reject) => (finish = (error) => { if (error) reject(error); else resolve(); }));
    },
    finish: async (error) => {
      finish(error);
      await settle();
    },
  };
} // prettier-ignore

function make(...all: Duty[]): ReturnType<typeof createDuties> & { warnings: string[]; ending: AbortController } {
  const warnings: string[] = [];
  const ending = new AbortController();
  const nothing = (): void => undefined;
  const logger = { debug: nothing, info: nothing, error: nothing, warn: (text: string) => void warnings.push(text) };
  return { ...createDuties(all, logger, ending.signal), warnings, ending };
}

describe('createDuties', () => {
  it('never runs one twice at once, and hands on what it has missed', async () => {
    const duty = held('one');
    const duties = make(duty);
    for (const id of [1, 2, 3]) {
      duties.start(view(id, id));
      await settle();
    }
    expect(duty.told).toEqual([[1]]);
    await duty.finish();
    duties.start(view(4, 4));
    await settle();
    expect(duty.told).toEqual([[1], [2, 3, 4]]);
    await duty.finish();
    duties.start(view(5));
    await settle();
    expect(duty.told.at(-1)).toEqual([]);
  });

  it('runs one as often as it wants, with all that came in between', async () => {
    const duty = held('one', 1000);
    const duties = make(duty);
    for (const [at, id] of [[0, 1], [500, 2], [999, 3], [1000, 4]] as const) {
      duties.start(view(at, id));
      await settle();
      await duty.finish();
    } // prettier-ignore
    expect(duty.told).toEqual([[1], [2, 3, 4]]);
  });

  it('goes on with the others where one fails, at once or later, and with that one in the next round', async () => {
    let calls = 0;
    const broken: Duty = { name: 'broken', run: () => { calls++; throw new Error('at once'); } }; // prettier-ignore
    const late = held('late');
    const last = held('last');
    const duties = make(broken, late, last);
    duties.start(view(0));
    await settle();
    await late.finish(new Error('later'));
    expect([calls, late.told.length, last.told.length]).toEqual([1, 1, 1]);
    expect(duties.warnings).toEqual(['monitor: broken failed', 'monitor: late failed']);
    duties.start(view(1));
    await settle();
    expect([calls, late.told.length]).toEqual([2, 2]);
  });

  it('waits at its end for what has begun, and says nothing of what was given up', async () => {
    const duty = held('one');
    const duties = make(duty);
    duties.start(view(0));
    await settle();
    duties.ending.abort();
    let isClosed = false;
    const closing = duties.close().then(() => (isClosed = true));
    await settle();
    expect(isClosed).toBe(false);
    await duty.finish(new Error('given up'));
    await closing;
    expect(duties.warnings).toEqual([]);
  });

  it('waits for no longer than a while', async () => {
    vi.useFakeTimers();
    const duties = make({ name: 'endless', run: () => new Promise(() => undefined) });
    duties.start(view(0));
    duties.ending.abort();
    const closing = duties.close();
    await vi.advanceTimersByTimeAsync(5000);
    await closing;
    vi.useRealTimers();
  });
});
