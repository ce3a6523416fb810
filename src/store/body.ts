import type { Transaction } from './store.js';

/** The transaction as a body gets it: useless once the body has ended. */
function revocable(tx: Transaction): { readonly tx: Transaction; readonly revoke: () => void } {
  let ended = false;
  const check = (): Transaction => {
    if (ended) throw new Error('the transaction has ended');
    return tx;
  };
  return {
    tx: {
      now: tx.now,
      get: (table, key) => check().get(table, key),
      list: (table, options) => check().list(table, options),
      put: (table, key, row, options) => check().put(table, key, row, options),
      delete: (table, key) => check().delete(table, key),
    },
    revoke: () => {
      ended = true;
    },
  };
}

/** @throws what the body throws, or Error when it is asynchronous: it would go on after the commit */
export function runBody<T>(given: Transaction, body: (tx: Transaction) => T): T {
  const { tx, revoke } = revocable(given);
  try {
    const value = body(tx);
    if (typeof value === 'object' && value !== null && 'then' in value) throw new Error('a body is synchronous');
    return value;
  } finally {
    revoke();
  }
}
