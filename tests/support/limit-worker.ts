// A process of its own for tests of shared limits: bundled by startWorker, which tells what it has to do.
import { createInterface } from 'node:readline';
import { type BudgetLimits, takeBudget } from '../../src/security/limits/budget.js';
import { decideRate } from '../../src/security/limits/rate-limit.js';
import type { RateScope } from '../../src/security/limits/rate-scopes.js';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { defineTable, type StateStore, type Transaction } from '../../src/store/store.js';

interface Budget {
  readonly key: string;
  readonly limits: BudgetLimits;
}

export type Task =
  /** Asks so often at once whether a call is admitted; prints how often it was. */
  | { readonly do: 'limit'; readonly calls: number; readonly scopes: readonly RateScope[]; readonly shiftMs?: number }
  /** The same with a budget. */
  | ({ readonly do: 'budget'; readonly calls: number; readonly shiftMs?: number } & Budget)
  /** Takes from a budget for ever; prints each that was acknowledged. */
  | ({ readonly do: 'spend' } & Budget)
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

async function ask(
  store: StateStore,
  { calls, shiftMs = 0 }: { readonly calls: number; readonly shiftMs?: number },
  admits: (tx: Transaction) => boolean,
): Promise<never> {
  const wall = Date.now.bind(Date);
  Date.now = () => wall() + shiftMs;
  // The first call opens the store; that is not what is measured.
  await store.read(() => undefined);
  line('ready');
  await new Promise((resolve) => createInterface(process.stdin).once('line', resolve));
  const decisions = await Promise.allSettled(Array.from({ length: calls }, () => store.transact(admits)));
  line({
    admitted: decisions.filter((result) => result.status === 'fulfilled' && result.value).length,
    failed: decisions.filter((result) => result.status === 'rejected').length,
  });
  await store.close();
  process.exit(0);
}

async function run({ root, timeoutMs, task }: WorkerArguments): Promise<void> {
  const store = createSqliteStore({ root, folder: root, name: 'user.db', timeoutMs: () => timeoutMs });
  if (task.do === 'limit') await ask(store, task, (tx) => decideRate(tx, task.scopes, undefined, 0).admitted);
  if (task.do === 'budget') await ask(store, task, (tx) => takeBudget(tx, task.key, task.limits).admitted);
  line('ready');
  while (task.do === 'spend') line((await store.transact((tx) => takeBudget(tx, task.key, task.limits))).used);
  if (task.do !== 'count') return;
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
