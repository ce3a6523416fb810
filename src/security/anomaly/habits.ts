import { defineTable, type Transaction } from '../../store/store.js';
import { makeRoom } from '../alerts/raised.js';

/** What a caller was seen to do since the last look. */
export interface Doings {
  /** All of its calls. */
  readonly calls: number;
  /** Operations that it was let use. */
  readonly operations: ReadonlySet<string>;
  /** Ids of what it was let change though it did not create it. */
  readonly targets: ReadonlySet<string>;
  /** It was let do something outside the hours of work. */
  readonly offHours: boolean;
}

/** Something unusual. */
export interface Anomaly {
  readonly kind: 'first_use' | 'new_target' | 'burst' | 'outside_work_hours';
  readonly operation?: string;
  readonly calls?: number;
}

interface HabitRow {
  /** Times on the clock of the store. */
  readonly since: number;
  readonly seenAt: number;
  readonly calls: number;
  /** When each was last seen. */
  readonly operations: Readonly<Record<string, number>>;
  readonly targets: Readonly<Record<string, number>>;
  /** Calls of this minute, and what is usual in a minute in which it calls at all. */
  readonly minute: number;
  readonly inMinute: number;
  readonly usual: number;
  readonly burstAt: number;
  readonly offHoursAt: number;
}

const habitRows = defineTable<HabitRow>('habits', { version: 1, read: (value) => value as HabitRow });

/** To a caller that is new everything is new: until then it is learned what it does. */
export const LEARNED_AFTER_CALLS = 50;
export const LEARNED_AFTER_MS = 86_400_000;
const KEPT_MS = 90 * 86_400_000;
const MAX_CALLERS = 500;
const MAX_KEPT = 200;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** How much the last minute counts in what is usual. */
const WEIGHT = 0.1;
const BURST_TIMES = 5;
const BURST_FROM = 60;

const NEW = { calls: 0, operations: {}, targets: {}, inMinute: 0, usual: 0 };

/** Adds what was seen; what was seen longest ago is forgotten when it is too much. */
function seen(known: Readonly<Record<string, number>>, more: ReadonlySet<string>, now: number): Record<string, number> {
  if (more.size === 0) return known;
  const all = { ...known, ...Object.fromEntries([...more].map((name) => [name, now])) };
  const entries = Object.entries(all);
  return entries.length <= MAX_KEPT
    ? all
    : Object.fromEntries(entries.sort(([, one], [, other]) => other - one).slice(0, MAX_KEPT));
}

const newOf = (known: Readonly<Record<string, number>>, more: ReadonlySet<string>): string[] =>
  [...more].filter((name) => !Object.hasOwn(known, name));

/** The row with the calls of this minute; a minute that is over goes into what is usual. */
function counted(row: HabitRow, calls: number, now: number): HabitRow {
  const minute = Math.floor(now / MINUTE_MS);
  const sums = { ...row, calls: row.calls + calls, seenAt: now };
  if (minute === row.minute) return { ...sums, inMinute: row.inMinute + calls };
  const usual = row.usual === 0 ? row.inMinute : row.usual + WEIGHT * (row.inMinute - row.usual);
  return { ...sums, minute, inMinute: calls, usual };
}

function isBurst({ inMinute, usual, burstAt }: HabitRow, now: number): boolean {
  return inMinute > Math.max(BURST_FROM, BURST_TIMES * usual) && now - burstAt >= HOUR_MS;
}

/**
 * Learns what a caller does, and tells what is unusual of it.
 * @param person knows what it does; only the hours are noted
 */
export function learn(tx: Transaction, caller: string, doings: Doings, person: boolean): Anomaly[] {
  const { mono } = tx.now;
  const known = tx.get(habitRows, caller);
  if (known === undefined) makeRoom(tx, habitRows, MAX_CALLERS, ({ seenAt }) => seenAt);
  const never = mono - KEPT_MS;
  const before: HabitRow = known ?? {
    ...NEW,
    ...{ since: mono, seenAt: mono, minute: Math.floor(mono / MINUTE_MS), burstAt: never, offHoursAt: never },
  };
  const learned = before.calls >= LEARNED_AFTER_CALLS && mono - before.since >= LEARNED_AFTER_MS && !person;
  let row = counted(before, doings.calls, mono);
  const found: Anomaly[] = [];
  if (learned) {
    for (const operation of newOf(before.operations, doings.operations)) found.push({ kind: 'first_use', operation });
    for (const _target of newOf(before.targets, doings.targets)) found.push({ kind: 'new_target' });
    if (isBurst(row, mono)) {
      found.push({ kind: 'burst', calls: row.inMinute });
      row = { ...row, burstAt: mono };
    }
  }
  if (doings.offHours && mono - before.offHoursAt >= HOUR_MS) {
    found.push({ kind: 'outside_work_hours' });
    row = { ...row, offHoursAt: mono };
  }
  const operations = seen(row.operations, doings.operations, mono);
  const targets = seen(row.targets, doings.targets, mono);
  tx.put(habitRows, caller, { ...row, operations, targets }, { expiresAt: mono + KEPT_MS });
  return found;
}
