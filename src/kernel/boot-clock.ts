import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** A reading of the clock that all processes since this start of the machine share. */
export interface BootTime {
  /** Milliseconds that the machine was awake since its start: CLOCK_MONOTONIC, the same in every process. */
  readonly awake: number;
  /** Milliseconds that it was suspended since its start, at least; 10 ms may be missing. */
  readonly suspended: number;
  /** Changes with every start of the machine; empty where the system has no such id. */
  readonly boot: string;
  /** Wall clock in milliseconds since the epoch; may jump. */
  readonly wall: number;
}

export type BootClock = () => BootTime;

/** What is less is the coarseness of the two clocks, not a suspend. */
const LEAST_SUSPEND_MS = 100;
const MEASURE_EVERY_MS = 250;

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'ascii').trim();
  } catch {
    return '';
  }
}

/**
 * Node gives CLOCK_MONOTONIC exactly, which stands still in a suspend, and CLOCK_BOOTTIME only in steps of 10 ms
 * (/proc/uptime). Their difference is the time in suspends, see clock_gettime(2).
 */
export function createBootClock(): BootClock {
  let boot: string | undefined;
  let suspended = 0;
  let measured = Number.NEGATIVE_INFINITY;
  return () => {
    boot ??= readBootId();
    const awake = Number(process.hrtime.bigint()) / 1e6;
    if (awake - measured >= MEASURE_EVERY_MS) {
      measured = awake;
      // Elsewhere the uptime follows the wall clock.
      const difference = process.platform === 'linux' ? uptime() * 1000 - awake : 0;
      if (difference >= LEAST_SUSPEND_MS) suspended = Math.max(suspended, difference);
    }
    return { awake, suspended, boot, wall: Date.now() };
  };
}
