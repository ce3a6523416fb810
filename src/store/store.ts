import type { Snapshots } from './snapshots.js';

/** Time as all processes that share a store see it. */
export interface StoreTime {
  /**
   * Milliseconds on the store's own clock. It never goes back, counts suspends, and takes no notice of changes of the
   * wall clock. Only while the machine is off it goes on by the wall clock, so times that were stored keep their meaning.
   */
  readonly mono: number;
  /** Id of this start of the machine. */
  readonly boot: string;
  /** Wall clock, milliseconds since the epoch; for showing only. */
  readonly wall: number;
}

/** A named group of rows. Make one with {@link defineTable}, once, where its rows are used. */
export interface Table<Row> {
  readonly name: string;
  readonly version: number;
  /** See {@link TableOptions.read}. */
  readonly read: (value: unknown, version: number) => Row | undefined;
}

export interface TableOptions<Row> {
  /** Raise it when the form of rows changes. Rows of a later version are never touched: StoreError `refused`. */
  readonly version: number;
  /**
   * Turns what was stored, by this or an earlier version, into a row; here rows migrate. undefined drops the row.
   * Values are JSON: what was undefined is absent, and a Date has become a string.
   */
  readonly read: (value: unknown, version: number) => Row | undefined;
}

export function defineTable<Row>(name: string, options: TableOptions<Row>): Table<Row> {
  if (!/^[a-z][a-z0-9_]{0,31}$/.test(name)) throw new Error('a table has a plain name');
  return { name, ...options };
}

export interface PutOptions {
  /** Time on {@link StoreTime.mono} from which the row is gone; without it the row stays. */
  readonly expiresAt?: number | undefined;
}

export interface ListOptions {
  readonly prefix?: string;
  /** 1000 unless told. */
  readonly limit?: number;
  /** Only keys behind this one. */
  readonly after?: string;
}

export interface Entry<Row> {
  readonly key: string;
  readonly row: Row;
}

/** A consistent view. Rows that have expired are not seen. */
export interface Reading {
  readonly now: StoreTime;
  readonly get: <Row>(table: Table<Row>, key: string) => Row | undefined;
  /** In the order of the bytes of the keys in UTF-8. */
  readonly list: <Row>(table: Table<Row>, options?: ListOptions) => readonly Entry<Row>[];
}

export interface Transaction extends Reading {
  readonly put: <Row>(table: Table<Row>, key: string, row: Row, options?: PutOptions) => void;
  readonly delete: (table: Table<unknown>, key: string) => void;
}

export interface TransactOptions {
  /** Gives up waiting; what has begun is finished. */
  readonly signal?: AbortSignal | undefined;
  /** It survives a loss of power once the promise resolves; otherwise only the end of the process. */
  readonly durable?: boolean;
}

/**
 * State shared by all processes of a user: rows of JSON by key, in tables. Nothing is opened before the first use, and
 * a failed opening is tried again at the next.
 *
 * Bodies are synchronous and may run more than once, so they do nothing but read and write rows. Neither method blocks
 * the event loop while another process writes.
 */
export interface StateStore {
  /**
   * Runs a body alone, seeing and changing the latest state: all of it or, when it throws, nothing. Bodies that wait at
   * the same time share a commit; one that throws undoes only itself.
   * @throws StoreError, what the body throws, or the signal's error
   */
  readonly transact: <T>(body: (tx: Transaction) => T, options?: TransactOptions) => Promise<T>;
  /**
   * Runs a body on the latest committed state; cheaper than a transaction, and never waits for writers.
   * @throws as `transact`
   */
  readonly read: <T>(body: (view: Reading) => T, options?: Pick<TransactOptions, 'signal'>) => Promise<T>;
  /** Lets what has begun finish; what comes later is refused. */
  readonly close: () => Promise<void>;
  /** Copies of it; not every backend has them. */
  readonly snapshots?: Snapshots;
}

export type StoreErrorCode =
  /** Other processes kept it locked for longer than the time allowed. */
  | 'busy'
  /** Not readable, and it could not be set aside. */
  | 'corrupt'
  /** No space left. */
  | 'full'
  /** The folder or a file is not ours to use: a link, another owner, no rights, a later version. */
  | 'refused'
  /** The disk or the driver failed. */
  | 'failed'
  | 'closed';

/** Why the store could not do it. The message names no path and no value. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
