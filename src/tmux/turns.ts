import { sleep } from '../kernel/clock.js';
import type { ProcessLock } from '../kernel/process-lock.js';

/**
 * Keeps changes apart from the attaching of control clients. A tmux before 3.7 ends, with all that runs in it, when it
 * has something to tell its control clients (of a session that came, went or was renamed, of a client that left, from 3.4
 * on of a paste) while one of them is half attached (tmux issue 4980). What others than we do cannot be kept apart.
 */
export interface Turns {
  readonly change: <T>(work: () => Promise<T>) => Promise<T>;
  /** From the start of a control client until it has answered. */
  readonly attach: <T>(work: () => Promise<T>) => Promise<T>;
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
/** Nobody joins a group that is older, so that the others have their turn. */
const SPAN_MS = 50;
const POLL_MS = 2;
/** Who has held the lock for long once is not waited for again so soon. */
const DISTRUST_MS = 10_000;

/** What keeps other processes out while a group of this one is at work. */
interface Outer {
  /** @returns whether the lock is held */
  readonly enter: (kind: Kind) => Promise<boolean>;
  readonly leave: (since: number) => void;
}

const ALONE: Outer = { enter: () => Promise.resolve(false), leave: () => undefined };

function outerOf(lock: ProcessLock): Outer {
  let [distrusted, notBefore] = [0, 0];

  const taken = async (mode: 'shared' | 'alone'): Promise<boolean> => {
    const deadline = performance.now() + PATIENCE_MS;
    while (performance.now() < deadline) {
      if (await lock.take(mode)) return true;
      await sleep(POLL_MS);
    }
    distrusted = performance.now() + DISTRUST_MS;
    return false;
  };

  return {
    enter: async (kind) => {
      const now = performance.now();
      if (now < distrusted) return false;
      if (now < notBefore) await sleep(notBefore - now);
      return taken(kind === 'attach' ? 'alone' : 'shared').catch(() => {
        distrusted = Infinity;
        return false;
      });
    },
    leave: (since) => {
      lock.release();
      // Another process that tries again and again must find it free.
      const now = performance.now();
      if (now - since > SPAN_MS) notBefore = now + 2 * POLL_MS;
    },
  };
}

/** @param lock for what other processes do on the same tmux server; without it, only this process is kept in order */
export function createTurns(lock?: ProcessLock): Turns {
  const outer = lock === undefined ? ALONE : outerOf(lock);
  const waiting: Ticket[] = [];
  let group: Group | undefined;

  const admit = (): void => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const now = performance.now();
      group ??= { kind: next.kind, since: now, held: outer.enter(next.kind), members: 0 };
      if (group.kind !== next.kind || now - group.since > SPAN_MS) return;
      waiting.shift();
      group.members++;
      next.go(group);
    }
  };

  /** @returns undefined where the others took too long */
  const enter = (kind: Kind): Promise<Group | undefined> =>
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
      }, PATIENCE_MS);
      waiting.push(ticket);
      admit();
    });

  const leave = (left: Group, locked: boolean): void => {
    left.members--;
    if (left.members > 0) return;
    if (locked) outer.leave(left.since);
    group = undefined;
    admit();
  };

  const within = async <T>(kind: Kind, work: () => Promise<T>): Promise<T> => {
    const joined = await enter(kind);
    const locked = (await joined?.held) ?? false;
    try {
      return await work();
    } finally {
      if (joined !== undefined) leave(joined, locked);
    }
  };

  return { change: (work) => within('change', work), attach: (work) => within('attach', work) };
}
