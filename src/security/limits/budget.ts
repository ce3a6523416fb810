import { defineTable, type Reading, type Transaction } from '../../store/store.js';

/** How many changes a caller may make on one tmux server, and for how long they are counted together. */
export interface BudgetLimits {
  readonly max: number;
  readonly ttlMs: number;
}

interface BudgetRow {
  readonly used: number;
  /** When the first of them came. */
  readonly startedAt: number;
  /** The limit that the caller was seen to come near to. */
  readonly warnedOf?: number;
}

const budgetRows = defineTable<BudgetRow>('budgets', { version: 1, read: (value) => value as BudgetRow });

/** Share of a budget from which its end is announced. */
const NEAR = 0.8;

function current(view: Reading, key: string, { ttlMs }: BudgetLimits): BudgetRow {
  const row = view.get(budgetRows, key);
  return row === undefined || row.startedAt + ttlMs <= view.now.mono ? { used: 0, startedAt: view.now.mono } : row;
}

function save(tx: Transaction, key: string, row: BudgetRow, { ttlMs }: BudgetLimits): void {
  tx.put(budgetRows, key, row, { expiresAt: row.startedAt + ttlMs });
}

export interface BudgetDecision {
  readonly admitted: boolean;
  /** This call among them, when it was admitted. */
  readonly used: number;
  /** Milliseconds until the count starts anew. */
  readonly resetsInMs: number;
  readonly startedAt: number;
  /** Most of the budget is used. */
  readonly near: boolean;
  /** It is the first call of which that holds. */
  readonly nearFirst: boolean;
}

/** Counts a change, unless the budget is used up: then nothing is changed. */
export function takeBudget(tx: Transaction, key: string, limits: BudgetLimits): BudgetDecision {
  const row = current(tx, key, limits);
  const { startedAt } = row;
  const resetsInMs = startedAt + limits.ttlMs - tx.now.mono;
  if (row.used >= limits.max)
    return { admitted: false, used: row.used, resetsInMs, startedAt, near: true, nearFirst: false };
  const used = row.used + 1;
  const near = used >= NEAR * limits.max;
  const nearFirst = near && row.warnedOf !== limits.max;
  save(tx, key, { ...row, used, ...(nearFirst ? { warnedOf: limits.max } : {}) }, limits);
  return { admitted: true, used, resetsInMs, startedAt, near, nearFirst };
}

/** Gives back what a call took that was then refused. @param startedAt of the count that it was taken from */
export function returnBudget(tx: Transaction, key: string, limits: BudgetLimits, startedAt: number): void {
  const row = current(tx, key, limits);
  if (row.startedAt === startedAt && row.used > 0) save(tx, key, { ...row, used: row.used - 1 }, limits);
}

/** What is left of a budget. */
export interface BudgetLeft {
  readonly calls: number;
  readonly max: number;
  /** Milliseconds until the count starts anew; undefined when nothing is counted yet. */
  readonly resetsInMs: number | undefined;
}

export function budgetLeft(view: Reading, key: string, limits: BudgetLimits): BudgetLeft {
  const { used, startedAt } = current(view, key, limits);
  return {
    calls: Math.max(0, limits.max - used),
    max: limits.max,
    resetsInMs: used === 0 ? undefined : startedAt + limits.ttlMs - view.now.mono,
  };
}
