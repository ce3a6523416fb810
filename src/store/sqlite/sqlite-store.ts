import { type BootClock, createBootClock } from '../../kernel/boot-clock.js';
import { abortError } from '../../kernel/clock.js';
import { ALL_AS_SAVED, type RestoreRules } from '../restoring.js';
import { type StateStore, StoreError } from '../store.js';
import type { Place } from './connection.js';
import { busyError, closedError } from './driver.js';
import { type Job, runRead } from './group.js';
import { createOpener, createRecovery } from './opener.js';
import { now, pause } from './pace.js';
import { type Attempt, createSnapshots } from './snapshots.js';
import { createWriteQueue } from './write-queue.js';

export interface SqliteStoreOptions extends Place {
  /** How long a call may wait for others; read at each call. */
  readonly timeoutMs: () => number;
  /** Told when a damaged store was set aside, in words without folders. */
  readonly onNotice?: (message: string) => void;
  readonly clock?: BootClock;
  /** What comes back from a snapshot when the store is damaged; all unless told. */
  readonly rules?: RestoreRules;
}

/** The store in a file: `user.db` of the user, `state.db` of a tmux server. */
export function createSqliteStore(options: SqliteStoreOptions): StateStore {
  const { clock = createBootClock(), onNotice = () => undefined, rules = ALL_AS_SAVED, timeoutMs } = options;
  const { root, folder, name } = options;
  const place = { root, folder, name };
  const opener = createOpener({ place, rules, clock, onNotice });
  const queue = createWriteQueue(opener, clock);
  let closing: Promise<void> | undefined;

  const check = (signal: AbortSignal | undefined): void => {
    if (signal?.aborted === true) throw abortError(signal);
    if (closing !== undefined) throw closedError();
  };

  const transact: StateStore['transact'] = (body, { signal, durable = false } = {}) =>
    new Promise((resolve, reject) => {
      check(signal);
      const leave = (): void => {
        if (queue.remove(job)) reject(abortError(signal));
      };
      const job: Job = {
        ...{ body, durable, deadline: now() + timeoutMs() },
        resolve: (value) => {
          signal?.removeEventListener('abort', leave);
          resolve(value as ReturnType<typeof body>);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', leave);
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a body may throw anything
          reject(error);
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      queue.add(job);
    });

  const attempt: Attempt = async (work, signal) => {
    const deadline = now() + timeoutMs();
    const recover = createRecovery(opener);
    for (let tries = 0; ; tries++) {
      check(signal);
      try {
        return work(await opener.connected());
      } catch (thrown) {
        if (!(thrown instanceof StoreError)) throw thrown;
        const error = recover(thrown);
        if (error !== undefined) throw error;
      }
      if (now() >= deadline) throw busyError();
      await pause(tries);
    }
  };

  const close = async (): Promise<void> => {
    await queue.drained();
    opener.close();
  };
  return {
    transact,
    read: (body, { signal } = {}) => attempt((connection) => runRead(connection, clock, body), signal),
    close: () => (closing ??= close()),
    snapshots: createSnapshots(place, clock, attempt),
  };
}
