import { describe, expect, it } from 'vitest';
import { monitorSettings } from '../../../src/app/monitor.js';
import { configSchema } from '../../../src/config/schema.js';
import { createTerminalCache } from '../../../src/monitor/terminal-cache.js';

const HOUR_MS = 3_600_000;
const settings = (monitoring: object): ReturnType<typeof monitorSettings> =>
  monitorSettings(configSchema.parse({ monitoring }));

describe('the rows of the original about the settings of its cache', () => {
  it('row 61: by default there are bounds, and clean-ups', () => {
    const { cache, cleanupMs } = settings({});
    expect(cache).toEqual({ maxEntries: 100, maxAgeMs: 24 * HOUR_MS, maxBytes: 67_108_864 });
    expect(cleanupMs).toBe(HOUR_MS);
  });

  it('row 62: 50 entries and 12 hours are taken as they are', () => {
    const { cache } = settings({ max_cache_entries: 50, max_cache_age_hours: 12 });
    expect(cache).toMatchObject({ maxEntries: 50, maxAgeMs: 12 * HOUR_MS });
  });

  it.each([0, -1])('row 63: a bound of %d is refused, so that none is ever in force', (bound) => {
    for (const key of ['max_cache_entries', 'max_cache_age_hours', 'max_cache_bytes', 'cleanup_interval_minutes'])
      expect(configSchema.safeParse({ monitoring: { [key]: bound } }).success, key).toBe(false);
  });

  it('probe: any part of an hour is an age that a cache can have', () => {
    for (const hours of [0.29, 1 / 3, 0.000_000_1, 8760]) {
      const { cache } = settings({ max_cache_age_hours: hours });
      expect(cache.maxAgeMs).toBeGreaterThan(0);
      expect(createTerminalCache(cache, { mono: () => 0 }).stats().entries).toBe(0);
    }
  });
});
