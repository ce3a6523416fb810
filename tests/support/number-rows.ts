import { defineTable, type StateStore } from '../../src/store/store.js';

/** The simplest rows that a store can keep. */
export const rows = defineTable<number>('rows', { version: 1, read: (value) => value as number });

export const put = (store: StateStore, key: string, n: number, expiresAt?: number): Promise<void> =>
  store.transact((tx) => {
    tx.put(rows, key, n, { expiresAt });
  });

export const get = (store: StateStore, key: string): Promise<number | undefined> =>
  store.read((view) => view.get(rows, key));
