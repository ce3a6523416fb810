import { describe, expect, it } from 'vitest';
import { parseTime } from '../../../src/cli/audit/time.js';

describe('a time on the command line', () => {
  const now = Date.parse('2026-11-20T12:00:00Z');

  it.each([
    ['30m', now - 1_800_000],
    ['12h', now - 43_200_000],
    ['7d', now - 604_800_000],
    ['45s', now - 45_000],
    ['2026-11-20', Date.parse('2026-11-20')],
    ['2026-11-20T08:00Z', Date.parse('2026-11-20T08:00:00Z')],
    ['2026-11-20T08:00:30.5+01:00', Date.parse('2026-11-20T07:00:30.5Z')],
  ])('%s', (text, time) => {
    expect(parseTime(text, now)).toBe(time);
  });

  it.each(['', 'yesterday', '7', '7w', '2026-13-01', '20.11.2026', '-1d', '1e3d'])('is not "%s"', (text) => {
    expect(parseTime(text, now)).toBeUndefined();
  });
});
