// A process of its own for tests of shared limits: bundled by startWorker, which tells what it has to do.
import { createInterface } from 'node:readline';
import { decideRate } from '../../src/security/limits/rate-limit.js';
import type { RateScope } from '../../src/security/limits/rate-scopes.js';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { defineTable } from '../../src/store/store.js';

export type Task =
  /** Asks so often at once whether a call is admitted; prints how often it was. */
  | { readonly do: 'limit'; readonly calls: number; readonly scopes: readonly RateScope[]; readonly shiftMs?: number }
  /** Adds rows and counts them in the same transaction, for ever; prints each that was acknowledged. */
  | { readonly do: 'count'; readonly worker: number };

export interface WorkerArguments {
  readonly root: string;
  readonly timeoutMs: number;
  readonly task: Task;
}

export const numbers = defineTable<number>('numbers', { version: 1, read: (value) => value as number });
/** Rows of a transaction of `count`: enough for many a kill to fall into the middle. */
export const ROWS = 40;

const line = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

async function run({ root, timeoutMs, task }: WorkerArguments): Promise<void> {
  const store = createSqliteStore({ root, folder: root, name: 'user.db', timeoutMs: () => timeoutMs });
  if (task.do === 'limit') {
    const { shiftMs = 0 } = task;
    const wall = Date.now.bind(Date);
    Date.now = () => wall() + shiftMs;
    // The first call opens the store; that is not what is measured.
    await store.read(() => undefined);
    line('ready');
    await new Promise((resolve) => createInterface(process.stdin).once('line', resolve));
    const decisions = await Promise.allSettled(
      Array.from({ length: task.calls }, () => store.transact((tx) => decideRate(tx, task.scopes, undefined, 0))),
    );
    line({
      admitted: decisions.filter((result) => result.status === 'fulfilled' && result.value.admitted).length,
      failed: decisions.filter((result) => result.status === 'rejected').length,
    });
    await store.close();
    process.exit(0);
  }
  line('ready');
  for (let number = 0; ; number++) {
    const sum = await store.transact((tx) => {
      const next = (tx.get(numbers, 'sum') ?? 0) + 1;
      for (let row = 0; row < ROWS; row++) tx.put(numbers, `row ${String(next)} ${String(row)}`, task.worker);
      tx.put(numbers, 'sum', next);
      return next;
    });
    line(sum);
  }
}

if (process.argv[2] !== undefined) void run(JSON.parse(process.argv[2]) as WorkerArguments);
