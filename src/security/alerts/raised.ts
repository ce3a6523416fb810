import { defineTable, type Reading, type Table, type Transaction } from '../../store/store.js';
import type { EventClass } from '../events.js';

/** Something that may become an alert. Its words are ours, but for the name that a client gives itself. */
export interface Occurrence {
  readonly rule: string;
  readonly class: EventClass;
  readonly caller: string;
  /** Name of an operation that there is; empty where it was none. */
  readonly operation: string;
  /** How often, since it was last looked at. */
  readonly count: number;
  readonly correlationId?: string | undefined;
}

/** An alert, as it is told. */
export interface Alert extends Occurrence {
  /** How often the same was kept back since the alert before. */
  readonly suppressed: number;
}

/** The last alert of a rule and a caller. */
export interface RaisedRow {
  readonly rule: string;
  readonly class: EventClass;
  readonly caller: string;
  readonly operation: string;
  /** On the clock of the store. */
  readonly mono: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly count: number;
  /** Kept back since. */
  readonly suppressed: number;
}

const raisedRows = defineTable<RaisedRow>('alerts', { version: 1, read: (value) => value as RaisedRow });

const KEPT_MS = 30 * 86_400_000;
const MAX_ROWS = 500;

/** Removes the row that was used longest ago when a table has no place for another one. */
export function makeRoom<Row>(tx: Transaction, table: Table<Row>, max: number, usedAt: (row: Row) => number): void {
  const rows = tx.list(table, { limit: max });
  if (rows.length < max) return;
  const [first, ...others] = rows;
  if (first === undefined) return;
  const oldest = others.reduce((one, other) => (usedAt(other.row) < usedAt(one.row) ? other : one), first);
  tx.delete(table, oldest.key);
}

/**
 * Decides whether an occurrence is told now. All processes of the user decide together.
 * @returns undefined while the last alert of this rule and caller is too young
 */
export function raise(tx: Transaction, occurrence: Occurrence, cooldownMs: number): Alert | undefined {
  const { rule, class: grave, caller, operation, count } = occurrence;
  const key = `${rule} ${caller}`;
  const { mono, wall } = tx.now;
  const row = tx.get(raisedRows, key);
  const expiresAt = mono + KEPT_MS;
  if (row !== undefined && mono - row.mono < cooldownMs) {
    tx.put(raisedRows, key, { ...row, suppressed: row.suppressed + count }, { expiresAt });
    return undefined;
  }
  if (row === undefined) makeRoom(tx, raisedRows, MAX_ROWS, ({ mono: at }) => at);
  tx.put(
    raisedRows,
    key,
    { rule, class: grave, caller, operation, mono, at: wall, count, suppressed: 0 },
    { expiresAt },
  );
  return { ...occurrence, suppressed: row?.suppressed ?? 0 };
}

/** The last alerts, newest first: one for each rule and caller. */
export function lastAlerts(view: Reading, most: number): RaisedRow[] {
  const rows = view.list(raisedRows, { limit: MAX_ROWS }).map(({ row }) => row);
  return rows.sort((one, other) => other.mono - one.mono).slice(0, most);
}
