import { defineTable, type StateStore } from '../store/store.js';

/** Names as `tmux-orc metrics` has them, without the prefix. */
export type CounterName =
  | 'calls_total'
  | 'call_duration_seconds_bucket'
  | 'call_duration_seconds_sum'
  | 'redactions_total'
  | 'stripped_sequences_total'
  | 'security_events_total';

export type Labels = Readonly<Record<string, string>>;

export interface Counted {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** Counters that all processes of the user add to. They are written together, a moment later. */
export interface Counters {
  /** @param labels values of fixed lists only: each combination is a row. */
  readonly add: (name: CounterName, labels?: Labels, by?: number) => void;
  /** Since they were first counted. @throws StoreError */
  readonly totals: () => Promise<readonly Counted[]>;
  /** Of the last hours, the one that runs among them. @throws StoreError */
  readonly recent: (hours: number) => Promise<readonly Counted[]>;
  /** Writes what is left. */
  readonly close: () => Promise<void>;
}

interface CountRow {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

const HOUR_MS = 3_600_000;
const KEPT_MS = 30 * 24 * HOUR_MS;
const FLUSH_MS = 1000;
/** Of an hour, and of totals: far beyond what the fixed lists of labels can make. */
const MAX_ROWS = 5000;

const totalRows = defineTable<CountRow>('counter_totals', { version: 1, read: (value) => value as CountRow });
const hourRows = defineTable<CountRow>('counter_hours', { version: 1, read: (value) => value as CountRow });

const hourKey = (wall: number): string => String(Math.floor(wall / HOUR_MS)).padStart(8, '0');

function keyOf(name: string, labels: Labels): string {
  const parts = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return [name, ...parts.map(([label, value]) => `${label}=${value}`)].join('|');
}

function sum(rows: readonly CountRow[]): Counted[] {
  const byKey = new Map<string, Counted>();
  for (const { name, labels, value } of rows) {
    const key = keyOf(name, labels);
    byKey.set(key, { name, labels, value: (byKey.get(key)?.value ?? 0) + value });
  }
  return [...byKey.values()];
}

export function createCounters(store: StateStore): Counters {
  let pending = new Map<string, CountRow>();
  let timer: NodeJS.Timeout | undefined;

  const merge = (rows: Iterable<CountRow>): void => {
    for (const { name, labels, value } of rows) {
      const key = keyOf(name, labels);
      pending.set(key, { name, labels, value: (pending.get(key)?.value ?? 0) + value });
    }
  };
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const rows = pending;
    if (rows.size === 0) return;
    pending = new Map();
    const write = store.transact((tx) => {
      const hour = hourKey(tx.now.wall);
      for (const [key, row] of rows) {
        const total = (tx.get(totalRows, key)?.value ?? 0) + row.value;
        tx.put(totalRows, key, { ...row, value: total });
        const inHour = (tx.get(hourRows, `${hour}|${key}`)?.value ?? 0) + row.value;
        tx.put(hourRows, `${hour}|${key}`, { ...row, value: inHour }, { expiresAt: tx.now.mono + KEPT_MS });
      }
    });
    await write.catch((error: unknown) => {
      // A store that is busy now gets them with the next.
      merge(rows.values());
      throw error;
    });
  };

  return {
    add: (name, labels = {}, by = 1) => {
      if (by === 0) return;
      merge([{ name, labels, value: by }]);
      timer ??= setTimeout(() => void flush().catch(() => undefined), FLUSH_MS).unref();
    },
    totals: async () => {
      await flush();
      return store.read((view) => view.list(totalRows, { limit: MAX_ROWS }).map(({ row }) => row));
    },
    recent: async (hours) => {
      await flush();
      return store.read((view) => {
        const after = hourKey(view.now.wall - hours * HOUR_MS);
        return sum(view.list(hourRows, { after: `${after}~`, limit: hours * MAX_ROWS }).map(({ row }) => row));
      });
    },
    close: () => flush().catch(() => undefined),
  };
}
