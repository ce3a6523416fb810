import { defineTable, type Reading, type Transaction } from '../store/store.js';

/** Starts for nothing, of all agents of one account, that follow each other. */
interface Row {
  readonly failures: number;
  /** Until then none of them is started again, on the store's clock. */
  readonly until: number;
}

const accounts = defineTable<Row>('monitor_accounts', { version: 1, read: (value) => value as Row });

/** So many are free. */
const FREE = 3;
const FIRST_MS = 60_000;
const LONGEST_MS = 900_000;
const KEPT_MS = 3_600_000;

const pauseOf = (failures: number): number =>
  failures < FREE ? 0 : Math.min(FIRST_MS * 2 ** (failures - FREE), LONGEST_MS);

function put(tx: Transaction, account: string, failures: number): void {
  const until = tx.now.mono + pauseOf(failures);
  tx.put(accounts, account, { failures, until }, { expiresAt: until + KEPT_MS });
}

export const isPaused = (view: Reading, account: string): boolean =>
  (view.get(accounts, account)?.until ?? 0) > view.now.mono;

/** One of them is started: while the last ones were for nothing, the others wait how this one goes. */
export function startOne(tx: Transaction, account: string): void {
  const failures = tx.get(accounts, account)?.failures ?? 0;
  if (failures > 0) put(tx, account, failures);
}

export function startFailed(tx: Transaction, account: string): void {
  put(tx, account, (tx.get(accounts, account)?.failures ?? 0) + 1);
}

/** One of them ran well: what was before does not matter any more. */
export function ranWell(tx: Transaction, account: string): void {
  tx.delete(accounts, account);
}
