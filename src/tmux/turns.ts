import { sleep, within } from '../kernel/clock.js';
import type { ProcessLock } from '../kernel/process-lock.js';

/**
 * Keeps changes apart from the attaching of control clients. A tmux before 3.7 ends, with all that runs in it, when it
 * has something to tell its control clients (of a session that came, went or was renamed, of a client that left, from 3.4
 * on of a paste) while one of them is half attached (tmux issue 4980). What others than we do cannot be kept apart.
 */
export interface Turns {
  /** @param longestMs what there is time for: at most half of it goes into waiting for others, and then the work begins */
  readonly change: <T>(work: () => Promise<T>, longestMs?: number) => Promise<T>;
  /** From the start of a control client until it has answered, or has ended. */
  readonly attach: <T>(work: () => Promise<T>, longestMs?: number) => Promise<T>;
}

type Kind = 'change' | 'attach';

/** Those of one kind that go beside each other. */
interface Group {
  readonly kind: Kind;
  readonly since: number;
  /** Settles when other processes are out of the way, or were waited for long enough; true where the lock is held. */
  readonly held: Promise<boolean>;
  members: number;
}

interface Ticket {
  readonly kind: Kind;
  readonly go: (group: Group) => void;
}

/** Longest wait for others: they may be stopped, and what they are kept apart for is rare. */
const PATIENCE_MS = 1000;
/** Of it, for other processes: less, so that who waits behind does not lose patience just when work begins. */
const OUTER_PATIENCE_MS = 400;
/** Nobody joins a group that is older, so that the others have their turn. */
const SPAN_MS = 50;
const POLL_MS = 2;
/** Where the lock could not be had so often, one after the other, somebody keeps it: it is not waited for for a while. */
const FAILURES = 3;
const DISTRUST_MS = 10_000;

/** What keeps other processes out while a group of this one is at work. @returns whether the lock is held; never rejects */
type Enter = (kind: Kind) => Promise<boolean>;

function enterBy(lock: ProcessLock): Enter {
  let [failures, distrusted] = [0, 0];

  const taken = async (mode: 'shared' | 'alone'): Promise<boolean> => {
    const deadline = performance.now() + OUTER_PATIENCE_MS;
    while (performance.now() < deadline) {
      if (await lock.take(mode)) return true;
      await sleep(POLL_MS);
    }
    lock.release();
    if (++failures >= FAILURES) distrusted = performance.now() + DISTRUST_MS;
    return false;
  };

  return async (kind) => {
    if (performance.now() < distrusted) return false;
    // One that cannot be had at all keeps nobody waiting.
    const isHeld = await taken(kind === 'attach' ? 'alone' : 'shared').catch(() => false);
    if (isHeld) failures = 0;
    return isHeld;
  };
}

/** @param lock for what other processes do on the same tmux server; without it, only this process is kept in order */
export function createTurns(lock?: ProcessLock): Turns {
  const enter: Enter = lock === undefined ? () => Promise.resolve(false) : enterBy(lock);
  const waiting: Ticket[] = [];
  let group: Group | undefined;

  const admit = (): void => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const now = performance.now();
      group ??= { kind: next.kind, since: now, held: enter(next.kind), members: 0 };
      if (group.kind !== next.kind || now - group.since > SPAN_MS) return;
      waiting.shift();
      group.members++;
      next.go(group);
    }
  };

  /** @returns undefined where the others took too long */
  const join = (kind: Kind, patienceMs: number): Promise<Group | undefined> =>
    new Promise((resolve) => {
      const ticket: Ticket = {
        kind,
        go: (joined) => {
          clearTimeout(timer);
          resolve(joined);
        },
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(ticket), 1);
        resolve(undefined);
        admit();
      }, patienceMs);
      waiting.push(ticket);
      admit();
    });

  const leave = async (left: Group): Promise<void> => {
    left.members--;
    const isHeld = await left.held;
    // Others may have come meanwhile, or have ended it.
    if (left.members > 0 || group !== left) return;
    if (isHeld) lock?.release();
    group = undefined;
    admit();
  };

  const turn = async <T>(kind: Kind, work: () => Promise<T>, longestMs = Infinity): Promise<T> => {
    const end = performance.now() + Math.min(PATIENCE_MS, longestMs / 2);
    const joined = await join(kind, end - performance.now());
    if (joined !== undefined) await within(joined.held, Math.max(0, end - performance.now()));
    try {
      return await work();
    } finally {
      if (joined !== undefined) void leave(joined);
    }
  };

  return {
    change: (work, longestMs) => turn('change', work, longestMs),
    attach: (work, longestMs) => turn('attach', work, longestMs),
  };
}
