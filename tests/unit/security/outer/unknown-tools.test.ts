import { beforeEach, describe, expect, it } from 'vitest';
import { OrcError } from '../../../../src/kernel/errors.js';
import { createJsonLogger } from '../../../../src/kernel/logger.js';
import { noteUnknown, throttledFor } from '../../../../src/security/limits/unknown-tools.js';
import { createFallbackStore } from '../../../../src/security/limits/fallback-store.js';
import type { WaitingCall } from '../../../../src/security/outer/concurrency.js';
import { knownOperation } from '../../../../src/security/outer/known-operation.js';
import { unknownTools } from '../../../../src/security/outer/unknown-tools.js';
import { compose } from '../../../../src/security/ring.js';
import { createMemoryStore } from '../../../../src/store/memory-store.js';
import { fakeBootClock } from '../../../support/store-world.js';
import { call, operation } from '../calls.js';

describe('the count of unknown names', () => {
  const limits = { maxAttempts: 3, windowMs: 300_000, throttleMs: 60_000 };

  it('throttles from the attempt after those that are allowed, for the time that it says', async () => {
    const time = fakeBootClock();
    const store = createMemoryStore(time.clock);
    const note = (who = 'a') => store.transact((tx) => noteUnknown(tx, who, limits));
    const throttled = (who = 'a') => store.read((view) => throttledFor(view, who));
    expect([await note(), await note(), await note(), await throttled()]).toEqual([0, 0, 0, 0]);
    expect([await note(), await throttled(), await throttled('b')]).toEqual([60_000, 60_000, 0]);
    time.pass(20_000);
    expect([await note(), await throttled()]).toEqual([40_000, 40_000]);
    time.pass(40_000);
    expect(await throttled()).toBe(0);
    expect([await note(), await note(), await note(), await note()]).toEqual([0, 0, 0, 60_000]);
  });

  it('forgets attempts that are older than the window', async () => {
    const time = fakeBootClock();
    const store = createMemoryStore(time.clock);
    const note = () => store.transact((tx) => noteUnknown(tx, 'a', limits));
    for (let i = 0; i < 20; i++) {
      expect(await note()).toBe(0);
      time.pass(100_000);
    }
    expect(await note()).toBe(0);
    expect(await note()).toBe(60_000);
  });
});

describe('unknownTools', () => {
  const defaults = { enabled: true, max_attempts: 2, window_seconds: 300, throttle_seconds: 60 };
  let settings: typeof defaults;
  let log: Record<string, unknown>[];
  let run: (given?: Partial<WaitingCall>) => Promise<unknown>;
  beforeEach(() => {
    [settings, log] = [defaults, []];
    const logger = createJsonLogger((line) => log.push(JSON.parse(line)), 'info');
    const store = createFallbackStore(createMemoryStore(), logger);
    const ring = compose<WaitingCall>(
      [unknownTools({ store, settings: () => settings, logger }), knownOperation()],
      async () => 'ran',
    );
    run = async (given = {}) => ring(call(given));
  });
  const code = (given?: Partial<WaitingCall>) => run(given).then(() => 'ran', (error: unknown) => (error as OrcError).code); // prettier-ignore
  const guess = { name: 'guess\x1b', operation: undefined };

  it('lets so many guesses pass as such, then refuses everything of that caller', async () => {
    expect([await code(guess), await code(), await code(guess)]).toEqual(['UNKNOWN_TOOL', 'ran', 'UNKNOWN_TOOL']);
    await expect(run(guess)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterMs: 60_000,
      details: { scope: 'unknown_tools' },
    });
    const error = (await run().catch((thrown: unknown) => thrown)) as OrcError;
    expect(error.retryAfterMs).toBeGreaterThan(59_000);
    expect(error.hint).toMatch(/^Every call is refused for (60.0|59\.\d) s; then use names from tools\/list\.$/);
    expect(await code({ caller: { id: 'host:other', role: 'host' } })).toBe('ran');
    expect(await code({ operation: operation({ exempt: true }) })).toBe('ran');
    expect(log.map(({ message, name, caller }) => [message, name, caller])).toEqual([
      ['unknown_tool', 'guess?', 'host:tests'],
      ['unknown_tool', 'guess?', 'host:tests'],
      ['unknown_tool', 'guess?', 'host:tests'],
      ['unknown_tool_throttled', undefined, 'host:tests'],
    ]);
  });

  it('does not count calls that could not be read, nor wrong arguments', async () => {
    for (let i = 0; i < 5; i++)
      expect(await code({ operation: undefined, malformed: new OrcError('INVALID_INPUT', 'bad') })).toBe(
        'INVALID_INPUT',
      );
    expect(await code()).toBe('ran');
  });

  it('only writes to the log when it is off', async () => {
    settings = { ...defaults, enabled: false };
    for (let i = 0; i < 9; i++) expect(await code(guess)).toBe('UNKNOWN_TOOL');
    expect(log).toHaveLength(9);
    settings = defaults;
    expect(await code()).toBe('ran');
  });
});
