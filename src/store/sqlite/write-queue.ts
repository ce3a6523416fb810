import type { BootClock } from '../../kernel/boot-clock.js';
import { busyError } from './driver.js';
import { type Job, runGroup } from './group.js';
import { createRecovery, type Opener } from './opener.js';
import { now, pause, turn } from './pace.js';

/** Bodies that wait to be run, in order. */
export interface WriteQueue {
  readonly add: (job: Job) => void;
  /** Takes one out that has not begun. @returns whether it was there */
  readonly remove: (job: Job) => boolean;
  /** Settles when none waits any more. */
  readonly drained: () => Promise<void>;
}

const MAX_GROUP = 256;

/** Runs what waits, together, as soon as other processes let it; bodies whose time is over are told so. */
export function createWriteQueue(opener: Opener, clock: BootClock): WriteQueue {
  let queue: Job[] = [];
  let running: Promise<void> | undefined;

  const reject = (error: unknown, which: (job: Job) => boolean): void => {
    const gone = queue.filter(which);
    queue = queue.filter((job) => !which(job));
    for (const job of gone) job.reject(error);
  };
  const commitNext = async (): Promise<void> => {
    const connection = await opener.connected();
    const group = queue.slice(0, MAX_GROUP);
    const left = runGroup(connection, clock, group);
    queue = [...left, ...queue.slice(group.length)];
  };
  const run = async (): Promise<void> => {
    const recover = createRecovery(opener);
    for (let tries = 0; queue.length > 0; tries++) {
      await turn();
      try {
        await commitNext();
        tries = -1;
        // A process with much to write lets others in between.
        if (queue.length > 0) await pause(0);
      } catch (thrown) {
        const error = recover(thrown);
        if (error !== undefined) reject(error, () => true);
        const time = now();
        reject(busyError(), (job) => time >= job.deadline);
        if (queue.length > 0) await pause(tries);
      }
    }
    running = undefined;
  };
  return {
    add: (job) => {
      queue.push(job);
      running ??= run();
    },
    remove: (job) => {
      const index = queue.indexOf(job);
      if (index >= 0) queue.splice(index, 1);
      return index >= 0;
    },
    drained: () => running ?? Promise.resolve(),
  };
}
