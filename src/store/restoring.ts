import type { Saved, SavedRow } from './saved.js';
import type { Reading, Table, Transaction } from './store.js';

/** @returns the row; undefined: what is there now stays, also nothing. @param shiftMs see {@link PlanOptions.shiftMs} */
export type Merge = (saved: unknown, now: unknown, shiftMs: number) => unknown;

/**
 * `now`: rows stay as they are, none comes from the copy. `saved`: rows are as the copy has them. `both`: rows stay as they
 * are, and those come back that are not there. Or row by row, for all rows of the copy.
 */
export type Keep = 'now' | 'saved' | 'both' | Merge;

/** What becomes of a table when its store goes back to a copy. */
export interface RestoreRule {
  /** The store is sound, and a person wants it. */
  readonly byHand: Keep;
  /** The store is lost, so there are no rows now. */
  readonly afterDamage: Keep;
  /** When rows go that come back and would have stayed for ever. */
  readonly forMs?: number;
}

export interface RestoreRules {
  readonly tables: Readonly<Record<string, RestoreRule>>;
  readonly others: RestoreRule;
}

export const ALL_AS_SAVED: RestoreRules = { tables: {}, others: { byHand: 'saved', afterDamage: 'saved' } };

/** What happens to one row. */
export type Change =
  | { readonly kind: 'added' | 'replaced'; readonly row: SavedRow }
  | { readonly kind: 'removed'; readonly row: Pick<SavedRow, 'table' | 'key'> };

export interface PlanOptions {
  readonly saved: Saved;
  readonly rules: RestoreRules;
  readonly when: 'byHand' | 'afterDamage';
  /** The store's clock now. */
  readonly mono: number;
  /** What the store's clock is ahead of the clock of the copy. */
  readonly shiftMs: number;
}

const ANY_VERSION = Number.MAX_SAFE_INTEGER;
const ALL_ROWS = 1e9;
const raw = (name: string, version = ANY_VERSION): Table<unknown> => ({ name, version, read: (value) => value });

function ruleOf({ tables, others }: RestoreRules, table: string): RestoreRule {
  return (Object.hasOwn(tables, table) ? tables[table] : undefined) ?? others;
}

/** What the row becomes; undefined where nothing changes. */
function become(keep: Keep, saved: unknown, now: unknown, shiftMs: number): unknown {
  if (keep === 'now') return undefined;
  const wanted = typeof keep === 'function' ? keep(saved, now, shiftMs) : keep === 'both' ? (now ?? saved) : saved;
  return JSON.stringify(wanted) === JSON.stringify(now) ? undefined : wanted;
}

function changesOf(
  now: ReadonlyMap<string, unknown>,
  rows: readonly SavedRow[],
  rule: RestoreRule,
  options: PlanOptions,
): Change[] {
  const { when, mono, shiftMs } = options;
  return rows.flatMap((row): Change[] => {
    const before = now.get(row.key);
    const value = become(rule[when], row.value, before, shiftMs);
    if (value === undefined) return [];
    const standard = rule.forMs === undefined ? null : mono + rule.forMs;
    const expiresAt = row.expiresAt === null ? standard : row.expiresAt + shiftMs;
    return [{ kind: before === undefined ? 'added' : 'replaced', row: { ...row, value, expiresAt } }];
  });
}

/** What has to be done so that a store is as the rules say, without doing it. */
export function planRestore(view: Pick<Reading, 'list'>, options: PlanOptions): Change[] {
  const { saved, rules, when, mono, shiftMs } = options;
  const tables = new Map<string, SavedRow[]>(Object.keys(rules.tables).map((name) => [name, []]));
  for (const row of saved.rows) {
    const rows = tables.get(row.table) ?? [];
    tables.set(row.table, rows);
    if (row.expiresAt === null || row.expiresAt + shiftMs > mono) rows.push(row);
  }
  return [...tables].flatMap(([table, rows]) => {
    const rule = ruleOf(rules, table);
    const now = new Map(view.list(raw(table), { limit: ALL_ROWS }).map(({ key, row }) => [key, row]));
    const known = new Set(rows.map(({ key }) => key));
    const gone = rule[when] === 'saved' ? [...now.keys()].filter((key) => !known.has(key)) : [];
    const removed = gone.map((key): Change => ({ kind: 'removed', row: { table, key } }));
    return [...removed, ...changesOf(now, rows, rule, options)];
  });
}

export function applyChanges(tx: Transaction, changes: readonly Change[]): void {
  for (const change of changes) {
    const { table, key } = change.row;
    if (change.kind === 'removed') tx.delete(raw(table), key);
    else
      tx.put(raw(table, change.row.version), key, change.row.value, { expiresAt: change.row.expiresAt ?? undefined });
  }
}
