import { execFileSync } from 'node:child_process';
import { uptime } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createBootClock } from '../../../src/kernel/boot-clock.js';

describe('the clock of the machine', () => {
  it('goes on by itself, and is the same in every process', () => {
    const clock = createBootClock();
    const first = clock();
    const other = Number(
      execFileSync(process.execPath, ['-e', 'console.log(Number(process.hrtime.bigint()) / 1e6)'], {
        encoding: 'utf8',
      }),
    );
    const second = clock();
    expect(other).toBeGreaterThan(first.awake);
    expect(other).toBeLessThan(second.awake);
    expect(second.boot).toBe(first.boot);
    expect(second.boot).toMatch(process.platform === 'linux' ? /^[0-9a-f-]{36}$/ : /^$/);
    expect(Math.abs(second.wall - Date.now())).toBeLessThan(1000);
  });

  it.runIf(process.platform === 'linux')('counts suspends, and takes no coarseness for one', () => {
    const { awake, suspended } = createBootClock()();
    expect(Math.abs(awake + suspended - uptime() * 1000)).toBeLessThan(200);
    expect(suspended === 0 || suspended >= 100).toBe(true);
  });

  it('takes no notice of the wall clock', () => {
    const wall = Date.now.bind(Date);
    const clock = createBootClock();
    const before = clock().awake;
    try {
      Date.now = () => wall() - 86_400_000;
      const { awake, suspended } = clock();
      expect(awake - before).toBeGreaterThanOrEqual(0);
      expect(awake - before).toBeLessThan(1000);
      expect(suspended).toBe(createBootClock()().suspended);
    } finally {
      Date.now = wall;
    }
  });
});
