import { hasEnded, type ProcessMark } from '../exec/process-mark.js';
import { defineTable, type Reading, type StateStore, type Transaction } from '../store/store.js';

/** The process that keeps a monitor running in the background, and the one that it runs. */
export interface Background {
  readonly keeper: ProcessMark;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** The one that watches; undefined while none runs. */
  readonly child?: ProcessMark | undefined;
  /** How often one was started. */
  readonly starts: number;
  /** How the last one ended. */
  readonly lastEnd?:
    { readonly at: number; readonly exitCode?: number | undefined; readonly signal?: string | undefined } | undefined;
}

interface Row extends Background {
  /** Numbers and starts of processes mean something only in this start of the machine. */
  readonly boot: string;
}

const table = defineTable<Row>('monitor_background', { version: 1, read: (value) => value as Row });
const KEY = 'monitor';

/** What is on record of it, and whether it runs. */
export interface KnownBackground extends Background {
  readonly isRunning: boolean;
  readonly isChildRunning: boolean;
}

/** The record of the one background process of a tmux server. */
export interface BackgroundRecord {
  readonly known: () => Promise<KnownBackground | undefined>;
  /** Puts this process on record, unless another one that runs is. @returns that one */
  readonly claim: (keeper: ProcessMark) => Promise<KnownBackground | undefined>;
  /** Changes what is on record of this process; nothing where it is another one. */
  readonly note: (keeper: ProcessMark, change: Partial<Omit<Background, 'keeper' | 'since'>>) => Promise<void>;
  /** Takes off what is on record of a process. */
  readonly clear: (keeper: ProcessMark) => Promise<void>;
}

const isSame = (a: ProcessMark, b: ProcessMark): boolean => a.pid === b.pid && a.start === b.start;

/** JSON has no undefined. */
const markIn = ({ pid, start }: ProcessMark): ProcessMark => ({ pid, start });

function knownIn({ now }: Pick<Reading, 'now'>, row: Row): KnownBackground {
  const { boot, ...rest } = row;
  const runs = (mark: ProcessMark | undefined): boolean =>
    mark !== undefined && boot === now.boot && !hasEnded(markIn(mark));
  return { ...rest, keeper: markIn(row.keeper), isRunning: runs(row.keeper), isChildRunning: runs(row.child) };
}

const ownRow = (view: Reading | Transaction, keeper: ProcessMark): Row | undefined => {
  const row = view.get(table, KEY);
  return row?.boot === view.now.boot && isSame(markIn(row.keeper), keeper) ? row : undefined;
};

/** @param store the state of that server */
export function createBackgroundRecord(store: StateStore): BackgroundRecord {
  const known = (): Promise<KnownBackground | undefined> =>
    store.read((view) => {
      const row = view.get(table, KEY);
      return row && knownIn(view, row);
    });
  return {
    known,
    claim: async (keeper) => {
      const isOwn = await store.read((view) => ownRow(view, keeper) !== undefined);
      if (isOwn) return undefined;
      return store.transact((tx) => {
        const row = tx.get(table, KEY);
        // Whether it runs is only looked at, so that this may be done more than once.
        const other = row && knownIn(tx, row);
        if (other?.isRunning === true && !isSame(other.keeper, keeper)) return other;
        tx.put(table, KEY, { keeper, since: tx.now.wall, starts: 0, boot: tx.now.boot });
        return undefined;
      });
    },
    note: (keeper, change) =>
      store.transact((tx) => {
        const row = ownRow(tx, keeper);
        if (row !== undefined) tx.put(table, KEY, { ...row, ...change });
      }),
    clear: (keeper) =>
      store.transact((tx) => {
        const row = tx.get(table, KEY);
        if (row !== undefined && isSame(markIn(row.keeper), keeper)) tx.delete(table, KEY);
      }),
  };
} // prettier-ignore
