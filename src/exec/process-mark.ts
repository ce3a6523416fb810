import { readFileSync } from 'node:fs';
import process from 'node:process';

/** A field of /proc/pid/stat, counted from the state, which is the first behind the name (proc(5), field 3). */
function statField(pid: number, index: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    // The name may hold spaces and brackets; the fields begin after its last bracket.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[index];
  } catch {
    return undefined;
  }
}

/** Start of a process in clock ticks since boot (proc(5), field 22), which no other process of its number shares. */
export const startOf = (pid: number): string | undefined => statField(pid, 19);

/** `R` while it runs, `S` while it waits, and others. */
export const stateOf = (pid: number): string | undefined => statField(pid, 0);

/** A process that no other one is taken for. */
export interface ProcessMark {
  readonly pid: number;
  /** Undefined where the system does not tell. */
  readonly start: string | undefined;
}

export const markOf = (pid: number): ProcessMark => ({ pid, start: startOf(pid) });

/** Whether it runs no more; one that has ended and was not collected yet does not. */
export function hasEnded({ pid, start }: ProcessMark): boolean {
  if (start !== undefined) return startOf(pid) !== start || stateOf(pid) === 'Z';
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPERM';
  }
}

/** Sends a signal to a process that is still the one that was looked at. @returns whether it was sent */
export function signalTo(target: ProcessMark, signal: NodeJS.Signals): boolean {
  if (hasEnded(target)) return false;
  try {
    return process.kill(target.pid, signal);
  } catch {
    // It has ended, or is another user's.
    return false;
  }
}
