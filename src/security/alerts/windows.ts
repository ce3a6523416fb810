import { defineTable, type Transaction } from '../../store/store.js';

/** What a caller did in a moment, or in a window of them. */
export interface Tally {
  readonly calls: number;
  /** Refused by a limit. */
  readonly limited: number;
  /** Failed the check of their form. */
  readonly invalid: number;
  /** Denied by a rule. */
  readonly denied: number;
}

export const NO_TALLY: Tally = { calls: 0, limited: 0, invalid: 0, denied: 0 };

type Slot = readonly [slot: number, tally: Tally];

interface WindowRow {
  /** Length of a slot; a row of another length counts nothing. */
  readonly slotMs: number;
  readonly slots: readonly Slot[];
}

const windowRows = defineTable<WindowRow>('alert_windows', { version: 1, read: (value) => value as WindowRow });

/** A window slides by so much of its length: the row stays small however much is counted. */
const SLOTS = 20;

export function addTallies(one: Tally, other: Tally): Tally {
  return {
    calls: one.calls + other.calls,
    limited: one.limited + other.limited,
    invalid: one.invalid + other.invalid,
    denied: one.denied + other.denied,
  };
}

const sum = (slots: readonly Slot[]): Tally => slots.reduce((all, [, tally]) => addTallies(all, tally), NO_TALLY);

/** A window of one caller that all processes count in. */
export interface Window {
  /** With what was just added. */
  readonly total: Tally;
  /** Begins to count anew. */
  readonly clear: () => void;
}

/** Adds to a window. @param key names window and caller */
export function countIn(tx: Transaction, key: string, windowMs: number, more: Tally): Window {
  const slotMs = windowMs / SLOTS;
  const { mono } = tx.now;
  const now = Math.floor(mono / slotMs);
  const row = tx.get(windowRows, key);
  const kept = (row?.slotMs === slotMs ? row.slots : []).filter(([slot]) => slot > now - SLOTS);
  const last = kept.at(-1);
  const slots: Slot[] =
    last?.[0] === now ? [...kept.slice(0, -1), [now, addTallies(last[1], more)]] : [...kept, [now, more]];
  tx.put(windowRows, key, { slotMs, slots }, { expiresAt: mono + windowMs });
  return {
    total: sum(slots),
    clear: () => {
      tx.delete(windowRows, key);
    },
  };
}
