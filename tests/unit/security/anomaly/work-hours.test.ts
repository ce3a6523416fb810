import { describe, expect, it } from 'vitest';
import { isAtWork, parseWorkHours } from '../../../../src/security/anomaly/work-hours.js';

/** Local times; 2026-11-16 is a Monday. */
const at = (day: number, hour: number, minute = 0): Date => new Date(2026, 10, 16 + day, hour, minute);
const [MON, FRI, SAT, SUN] = [0, 4, 5, 6];

describe('hours of work', () => {
  it.each<[string, Date, boolean]>([
    ['Mon-Fri 08:00-19:00', at(MON, 8), true],
    ['Mon-Fri 08:00-19:00', at(MON, 7, 59), false],
    ['Mon-Fri 08:00-19:00', at(FRI, 18, 59), true],
    ['Mon-Fri 08:00-19:00', at(FRI, 19), false],
    ['Mon-Fri 08:00-19:00', at(SAT, 12), false],
    ['09:00-17:00', at(SUN, 12), true],
    ['Sat,Mon 09:00-17:00', at(SAT, 12), true],
    ['Sat,Mon 09:00-17:00', at(SUN, 12), false],
    ['Sat-Mon 09:00-17:00', at(SUN, 12), true],
    // Of a night the second half belongs to the day on which it began.
    ['Fri 22:00-06:00', at(FRI, 23), true],
    ['Fri 22:00-06:00', at(SAT, 5, 59), true],
    ['Fri 22:00-06:00', at(SAT, 6), false],
    ['Fri 22:00-06:00', at(FRI, 5), false],
    ['Mon-Fri 00:00-00:00', at(FRI, 12), true],
  ])('%s, %s: %s', (text, time, expected) => {
    expect(isAtWork(parseWorkHours(text), time)).toBe(expected);
  });
});
