import type { BootClock } from '../../kernel/boot-clock.js';
import { runBody } from '../body.js';
import type { Reading, Transaction } from '../store.js';
import type { Connection } from './connection.js';
import { storeError } from './driver.js';
import { createWork, type Work } from './transaction.js';

/** A body that waits for its turn. */
export interface Job {
  readonly body: (tx: Transaction) => unknown;
  readonly durable: boolean;
  /** On the clock of the process. */
  readonly deadline: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How long bodies may keep the event loop; the others are for the next commit. */
const GROUP_MS = 8;

function rollBack(connection: Connection): void {
  // The database rolls back by itself after some errors.
  if (connection.inTransaction()) connection.run('rollback');
}

/** @throws StoreError when the database failed, and the transaction with it */
function checkWork(connection: Connection, work: Work): void {
  const failure = work.failure();
  if (failure !== undefined && (failure.code !== 'refused' || !connection.inTransaction())) throw failure;
}

/** Runs a body in a savepoint, so that it undoes only itself. @returns how to tell its caller */
function runJob(connection: Connection, work: Work, job: Job): { readonly ok: boolean; readonly tell: () => void } {
  connection.run('savepoint');
  try {
    const value = runBody(work.open(), job.body);
    checkWork(connection, work);
    connection.run('release');
    return { ok: true, tell: () => job.resolve(value) };
  } catch (error) {
    checkWork(connection, work);
    connection.run('undo');
    connection.run('release');
    return { ok: false, tell: () => job.reject(error) };
  }
}

/**
 * Runs waiting bodies in one transaction and tells their callers.
 * @returns those there was no time for
 * @throws StoreError when nothing was done and nobody told: they can all be run again
 */
export function runGroup(connection: Connection, clock: BootClock, jobs: readonly Job[]): readonly Job[] {
  connection.setDurable(jobs.some((job) => job.durable));
  connection.run('beginImmediate');
  const told: (() => void)[] = [];
  try {
    const until = performance.now() + GROUP_MS;
    const work = createWork(connection, clock);
    let changed = false;
    for (const job of jobs) {
      const { ok, tell } = runJob(connection, work, job);
      changed ||= ok;
      told.push(tell);
      if (performance.now() >= until) break;
    }
    if (changed) work.finish();
    connection.run('commit');
  } catch (error) {
    rollBack(connection);
    throw storeError(error);
  }
  for (const tell of told) tell();
  return jobs.slice(told.length);
}

/** Runs a body that only reads. @throws StoreError, or what the body throws */
export function runRead<T>(connection: Connection, clock: BootClock, body: (view: Reading) => T): T {
  connection.run('begin');
  try {
    const work = createWork(connection, clock);
    const value = runBody(work.open(), body);
    checkWork(connection, work);
    return value;
  } finally {
    rollBack(connection);
  }
}
