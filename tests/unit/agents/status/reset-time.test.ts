import { describe, expect, it } from 'vitest';
import { resetTimeIn } from '../../../../src/agents/status/reset-time.js';

const at = (iso: string): number => Date.parse(iso);
/** In seconds from then on; undefined where no time is told. */
function wait(text: string, now = '2026-03-10T14:00:00Z', zone = 'UTC'): number | undefined {
  const found = resetTimeIn(text, at(now), zone);
  return found === undefined ? undefined : (found - at(now)) / 1000;
}

describe('a time of day', () => {
  it.each([
    ['Your limit will reset at 4:30pm (UTC).', 9000],
    ['Claude usage limit reached. Your limit will reset at 11:59pm (UTC).', 35_940],
    ["You've hit your limit · resets 3pm (UTC)", 3600],
    ['LIMIT WILL RESET AT 1AM (UTC)', 39_600],
    ['resets   12pm  (UTC)', 79_200],
    ['resets 2am', 43_200],
    ['resets 12:00am (UTC)', 36_000],
    ['try again at 16:05', 7500],
    ['Please try again at 4:05 PM.', 7500],
    ['Retry after 14:00', 0],
  ])('%s', (text, seconds) => {
    expect(wait(text)).toBe(seconds);
  });

  it('is the next one, also just before and after midnight', () => {
    expect(wait('resets 1am', '2026-03-10T00:00:00Z')).toBe(3600);
    expect(wait('resets 12am', '2026-03-10T23:59:00Z')).toBe(60);
    expect(wait('resets 12pm', '2026-03-10T12:30:00Z')).toBe(84_600);
  });

  it('is one that is just over, with its day too, and not that of the next day, week or year', () => {
    expect(wait('resets 12pm', '2026-03-10T12:00:20Z')).toBe(-20);
    expect(wait('Try again at 11:59 PM', '2026-03-11T00:00:05Z')).toBe(-65);
    expect(wait('resets Tue 3pm', '2026-03-10T15:05:00Z')).toBe(-300);
    expect(wait('resets Mon 11:59pm', '2026-03-10T00:01:00Z')).toBe(-120);
    expect(wait('Try again at Mar 10, 7:58 AM', '2026-03-10T07:58:10Z')).toBe(-10);
    expect(wait('Try again at Dec 31, 11:59 PM', '2027-01-01T00:00:30Z')).toBe(-90);
  });

  it('is that of its zone, of ours where it names none, with summer time', () => {
    expect(wait('resets 5pm (Europe/Berlin)')).toBe(7200);
    expect(wait('resets 5pm (Europe/Berlin)', '2026-07-10T14:00:00Z')).toBe(3600);
    expect(wait('resets 5pm', '2026-03-10T14:00:00Z', 'America/New_York')).toBe(7 * 3600);
    // Clocks go forward in the night in between (2026-03-29, 01:00 UTC).
    expect(wait('resets 9am (Europe/Berlin)', '2026-03-28T20:00:00Z')).toBe(11 * 3600);
  });

  it.each([
    ['weekly limit reached, resets Thu 9am', (24 + 19) * 3600],
    ['resets Tue 3pm', 3600],
    ['resets Tuesday at 1pm', (7 * 24 - 1) * 3600],
    ['resets Mar 12, 3pm (UTC)', 49 * 3600],
    ['resets March 12th at 15:00', 49 * 3600],
    ['resets Mar 12, 2026, 3pm', 49 * 3600],
    ['available again at 2026-03-10T15:30:00Z', 5400],
  ])('with a day: %s', (text, seconds) => {
    expect(wait(text)).toBe(seconds);
  });
});

describe('a span', () => {
  it.each([
    ['retrying in 1m 3s', 63],
    ['try again in 2 hours and 15 minutes', 8100],
    ['Try again in 3 days 2 hours', 74 * 3600],
    ['Retry-After: 60s', undefined],
    ['retry after 60s', 60],
    ['resets in 45 min', 2700],
  ])('%s', (text, seconds) => {
    expect(wait(text)).toBe(seconds);
  });
});

describe('no time', () => {
  it.each(['', 'Rate limit reached', 'resets 25:00', 'resets 13pm', 'resets 0am', 'resets 4:75pm', 'resets tomorrow', 'resets at noon', 'it is 4pm', 'resets 3pm (Mars/Base)', 'presets 3'])(
    'in %j',
    (text) => {
      expect(wait(text)).toBeUndefined();
    },
  ); // prettier-ignore

  it('costs little in a long text', () => {
    const started = performance.now();
    resetTimeIn('resets '.repeat(20_000), 0, 'UTC');
    resetTimeIn(`resets ${'1 d '.repeat(20_000)}`, 0, 'UTC');
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
