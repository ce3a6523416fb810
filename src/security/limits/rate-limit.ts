import { defineTable, type Reading, type Transaction } from '../../store/store.js';
import type { RateScope } from './rate-scopes.js';

/** A call that waits for its turn in a scope, and until when it is believed to be alive. */
type Ticket = readonly [id: string, until: number];

interface ScopeRow {
  /** Calls admitted so far. */
  readonly admitted: number;
  readonly tokens: number;
  /** When the tokens were counted. */
  readonly at: number;
  /** In order of arrival. */
  readonly waiting?: readonly Ticket[];
}

const scopeRows = defineTable<ScopeRow>('rate_scopes', { version: 1, read: (value) => value as ScopeRow });
/** Time of each admitted call, by scope and number. */
const hitRows = defineTable<number>('rate_hits', { version: 1, read: (value) => value as number });

/** A caller that waits looks again after so long at the latest, which shows that it is alive. */
export const RECHECK_MS = 5000;
/** So much later than it said a waiting call may look again. */
const GRACE_MS = 1000;
/** Waiting calls that a scope remembers. */
const MAX_WAITING = 1000;
/** Tokens are fractions, and sums of fractions are not exact. */
const TOLERANCE = 1e-6;

interface View {
  readonly scope: RateScope;
  readonly row: ScopeRow;
  readonly tokens: number;
  readonly waiting: readonly Ticket[];
}

const perMs = (scope: RateScope): number => scope.max / scope.windowMs;
const hitKey = (scope: RateScope, number: number): string => `${scope.key} ${String(number)}`;

function look(tx: Reading, scope: RateScope): View {
  const { mono } = tx.now;
  const { burst = 0 } = scope;
  const row = tx.get(scopeRows, scope.key) ?? { admitted: 0, tokens: burst, at: mono };
  const tokens = Math.min(burst, row.tokens + Math.max(0, mono - row.at) * perMs(scope));
  return { scope, row, tokens, waiting: (row.waiting ?? []).filter(([, until]) => until > mono) };
}

/**
 * The exact sliding window: the call before which `max` others were admitted may come when the first of those is older
 * than the window. So one row is read, however large `max` is.
 */
function windowWait(tx: Reading, { scope, row }: View, ahead: number): number {
  const first = row.admitted + ahead - scope.max;
  if (first < 0) return 0;
  // Behind so many others that the first of them has not been admitted itself.
  const rounds = first < row.admitted ? 0 : Math.floor((first - row.admitted) / scope.max) + 1;
  const hit = tx.get(hitRows, hitKey(scope, first - rounds * scope.max));
  const left = hit === undefined ? 0 : Math.max(0, hit + scope.windowMs - tx.now.mono);
  return rounds * scope.windowMs + left;
}

/** Milliseconds until a call may come when `ahead` others come before it; 0: now. */
function waitOf(tx: Reading, view: View, ahead: number): number {
  const missing = view.scope.burst === undefined ? 0 : ahead + 1 - view.tokens;
  const bucketWait = missing > TOLERANCE ? missing / perMs(view.scope) : 0;
  return Math.max(bucketWait, windowWait(tx, view, ahead));
}

function aheadOf(view: View, ticket: string | undefined): number {
  const index = view.waiting.findIndex(([id]) => id === ticket);
  return index === -1 ? view.waiting.length : index;
}

/**
 * The row goes when nothing is left to remember: nobody waits, the window is empty, and so the bucket is full, because
 * it fills in a window by as much as a window can take out.
 */
function save(tx: Transaction, view: View, row: ScopeRow): void {
  const { scope } = view;
  const lastTicket = Math.max(0, ...(row.waiting ?? []).map(([, until]) => until - tx.now.mono));
  const { waiting = [], ...rest } = row;
  const expiresAt = tx.now.mono + Math.max(scope.windowMs, lastTicket);
  tx.put(scopeRows, scope.key, waiting.length === 0 ? rest : row, { expiresAt });
}

function admit(tx: Transaction, view: View, ticket: string | undefined): void {
  const { scope, row, tokens } = view;
  const { mono } = tx.now;
  tx.put(hitRows, hitKey(scope, row.admitted), mono, { expiresAt: mono + scope.windowMs });
  const waiting = view.waiting.filter(([id]) => id !== ticket);
  save(tx, view, { admitted: row.admitted + 1, tokens: Math.max(0, tokens - 1), at: mono, waiting });
}

function setWaiting(tx: Transaction, view: View, waiting: readonly Ticket[]): void {
  save(tx, view, { ...view.row, waiting });
}

/** Puts the call in the queue of one scope, or leaves it where it stands there, and takes it out of the others. */
function enqueue(tx: Transaction, views: readonly View[], inView: View | undefined, ticket: Ticket): void {
  for (const view of views) {
    const index = view.waiting.findIndex(([id]) => id === ticket[0]);
    const others = view.waiting.filter(([id]) => id !== ticket[0]);
    if (view === inView) setWaiting(tx, view, others.toSpliced(index === -1 ? others.length : index, 0, ticket));
    else if (index !== -1) setWaiting(tx, view, others);
  }
}

export type RateDecision =
  | { readonly admitted: true }
  | {
      readonly admitted: false;
      /** After so long the same call can be admitted. */
      readonly waitMs: number;
      /** What it waits for. */
      readonly scope: RateScope;
      /** Its turn is kept: look again after `waitMs`, or RECHECK_MS if that is sooner. */
      readonly queued: boolean;
    };

/**
 * Counts a call in all its scopes, or in none. A call that may wait is remembered in order of arrival, so that none
 * overtakes it; calls that wait in one scope hold up nobody in another.
 * @param patienceMs longest wait for which it makes sense to remember the call; 0: none
 */
export function decideRate(
  tx: Transaction,
  scopes: readonly RateScope[],
  ticket: string | undefined,
  patienceMs: number,
): RateDecision {
  const views = scopes.map((scope) => look(tx, scope));
  let waitMs = 0;
  let slowest: View | undefined;
  for (const view of views) {
    const wait = waitOf(tx, view, aheadOf(view, ticket));
    if (wait > waitMs) [waitMs, slowest] = [wait, view];
  }
  if (slowest === undefined) {
    for (const view of views) admit(tx, view, ticket);
    return { admitted: true };
  }
  const queued = ticket !== undefined && waitMs <= patienceMs && slowest.waiting.length < MAX_WAITING;
  if (ticket !== undefined)
    enqueue(tx, views, queued ? slowest : undefined, [ticket, tx.now.mono + Math.min(waitMs, RECHECK_MS) + GRACE_MS]);
  return { admitted: false, waitMs, scope: slowest.scope, queued };
}

/** A call that gives up its turn. */
export function leaveQueue(tx: Transaction, scopes: readonly RateScope[], ticket: string): void {
  const views = scopes.map((scope) => look(tx, scope));
  enqueue(tx, views, undefined, [ticket, 0]);
}

/** Calls admitted in the window that ends now. They are in order of time, so it is found by halving. */
function inWindow(tx: Reading, { scope, row }: View): number {
  let [low, high] = [Math.max(0, row.admitted - scope.max), row.admitted];
  while (low < high) {
    const middle = (low + high) >> 1;
    const hit = tx.get(hitRows, hitKey(scope, middle));
    if (hit === undefined || hit + scope.windowMs <= tx.now.mono) low = middle + 1;
    else high = middle;
  }
  return row.admitted - low;
}

/** What is left in the scopes of a call. */
export interface RateLeft {
  /** Calls that would be admitted now. */
  readonly calls: number;
  /** Milliseconds until there is one; 0: now. */
  readonly waitMs: number;
}

/** @returns undefined when nothing limits the call */
export function rateLeft(tx: Reading, scopes: readonly RateScope[]): RateLeft | undefined {
  if (scopes.length === 0) return undefined;
  const views = scopes.map((scope) => look(tx, scope));
  const left = (view: View): number => {
    const places = view.scope.max - inWindow(tx, view);
    const tokens = view.scope.burst === undefined ? places : Math.floor(view.tokens + TOLERANCE);
    return Math.max(0, Math.min(places, tokens) - view.waiting.length);
  };
  return {
    calls: Math.min(...views.map(left)),
    waitMs: Math.max(...views.map((view) => waitOf(tx, view, view.waiting.length))),
  };
}
