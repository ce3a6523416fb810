import { defineTable, type Reading, type Transaction } from '../../store/store.js';
import { NO_MAC } from './record.js';

/** Where the log ends: the row that makes one of many writers go on at a time, and tells when the end was cut off. */
export interface Head {
  /** Number of the last record. */
  readonly seq: number;
  readonly mac: string;
  /** Number of the first record of the file that is written to. */
  readonly file: number;
  /** Size of that file. */
  readonly bytes: number;
  /** Wall clock when the file was begun. */
  readonly begun: number;
  /** Id of the key. */
  readonly key: string;
  /** The clocks at the last record. */
  readonly wall: number;
  readonly mono: number;
  readonly boot: string;
  /** Number of the last record that was put into the anchor file. */
  readonly anchored: number;
  /** A next file may be there, because one is about to be begun. */
  readonly beginning?: boolean;
}

/** Of a log without records. It stands before the first one is written: so a head that is missing has been lost. */
export const NO_HEAD: Head = {
  ...{ seq: 0, mac: NO_MAC, file: 0, bytes: 0, begun: 0, key: '', wall: 0, mono: 0, boot: '', anchored: 0 },
};

const ROW = 'head';
const rows = defineTable<Head>('audit', { version: 1, read: (value) => value as Head });

export const readHead = (view: Reading): Head | undefined => view.get(rows, ROW);

export function writeHead(tx: Transaction, head: Head): void {
  tx.put(rows, ROW, head);
}
