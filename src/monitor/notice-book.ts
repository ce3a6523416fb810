import { DAY_MS } from '../kernel/clock.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import { defineTable, type Reading, type StateStore, type Table, type Transaction } from '../store/store.js';
import type { EventKind, MonitorEvent } from './event-log.js';
import { TOLD_KINDS } from './notice-text.js';

/** Something that a lead is to be told. */
export interface Pending {
  readonly event: MonitorEvent;
  /** When it came in, and from when it may be told, on the clock of the store. */
  readonly from: number;
  readonly due: number;
}

/** One message to a lead, which is the same however often it is sent. */
export interface Outgoing {
  readonly key: string;
  readonly text: string;
  /** What it tells. */
  readonly events?: readonly MonitorEvent[] | undefined;
  /** Until when it is tried, and from when on again. */
  readonly until: number;
  readonly next: number;
}

/** What was told to a lead last. */
export interface LeadRow {
  /** Which agent of that name. */
  readonly lead?: Pick<ManagedAgent, 'since' | 'team'> | undefined;
  /** On the clock of the store. */
  readonly at: number;
  readonly outgoing?: Outgoing | undefined;
  /** Id of the last message that was sent. */
  readonly message?: string | undefined;
}

export const pendings = defineTable<Pending>('notices', { version: 1, read: (value) => value as Pending });
export const leadRows = defineTable<LeadRow>('notice_leads', { version: 1, read: (value) => value as LeadRow });
/** When a lead was told something of a kind about an agent last. */
const stamps = defineTable<number>('notice_stamps', { version: 1, read: (value) => value as number });
const heads = defineTable<number>('notice_head', { version: 1, read: (value) => value as number });
const HEAD = 'last';

export const MAX_ROWS = 1000;
/** A lead may be at its limit for days. What is over by then is dropped by what is seen, and not by its age. */
const KEPT_MS = 7 * DAY_MS;

/** Those that wait for no other news. */
const URGENT: readonly EventKind[] = ['crashed', 'gave_up'];
export const isUrgent = ({ kind, minutes }: MonitorEvent): boolean =>
  URGENT.includes(kind) || (kind === 'waiting' && minutes !== undefined);

const TROUBLE: readonly EventKind[] = ['crashed', 'exited', 'missing', 'rate_limited', 'error', 'waiting'];
/** What says it already, where that was not told yet. */
const SAID_BY: Readonly<Partial<Record<EventKind, EventKind>>> = { recovered: 'restarted', crashed: 'gave_up' };

const subjectOf = ({ agent, team = '' }: MonitorEvent): string =>
  agent === undefined ? `team\n${team}` : `agent\n${agent}`;
/** The newest of an agent is what counts, but that it uses much memory is another matter. */
export const keyOf = (event: MonitorEvent): string =>
  `${subjectOf(event)}\n${event.kind === 'memory' ? 'memory' : 'state'}`;
/** Each step of idle time is something of its own, and so is each agent that has the name. */
const stampKey = (event: MonitorEvent): string =>
  [subjectOf(event), event.kind, event.minutes ?? '', event.agentSince ?? ''].join('\n');
/** Not of another one that had the name before. An event of an earlier build does not tell. */
const isSameAgent = (one: MonitorEvent, other: MonitorEvent): boolean =>
  (one.agentSince ?? other.agentSince) === (other.agentSince ?? one.agentSince);

/** The oldest goes where a table has no place for another row. */
function makeRoom<Row>(tx: Transaction, table: Table<Row>, key: string, age: (row: Row) => number): void {
  if (tx.get(table, key) !== undefined) return;
  const rows = tx.list(table, { limit: MAX_ROWS });
  const [oldest] = rows.length < MAX_ROWS ? [] : rows.toSorted((one, other) => age(one.row) - age(other.row));
  if (oldest !== undefined) tx.delete(table, oldest.key);
}

function putPending(tx: Transaction, event: MonitorEvent, due: number): void {
  const key = keyOf(event);
  const { mono } = tx.now;
  makeRoom(tx, pendings, key, ({ from }) => from);
  tx.put(pendings, key, { event, from: mono, due }, { expiresAt: Math.max(mono, due) + KEPT_MS });
}

function noteOne(tx: Transaction, event: MonitorEvent, cooldownMs: number): void {
  const key = keyOf(event);
  const last = tx.get(pendings, key)?.event;
  const old = last !== undefined && isSameAgent(last, event) ? last : undefined;
  // What nobody was told of and is over by now is nothing.
  if (event.kind === 'recovered' && old !== undefined && TROUBLE.includes(old.kind)) {
    tx.delete(pendings, key);
    return;
  }
  if (old !== undefined && SAID_BY[event.kind] === old.kind) return;
  const { mono } = tx.now;
  const stamp = tx.get(stamps, stampKey(event));
  putPending(tx, event, stamp === undefined ? mono : Math.max(mono, stamp + cooldownMs));
}

export const headOf = (view: Reading): number => view.get(heads, HEAD) ?? 0;

/**
 * Takes in what has happened since the event of an id.
 * @returns those that are told of, or nothing where somebody else was faster
 */
export function noteEvents(store: StateStore, after: number, events: readonly MonitorEvent[], cooldownMs: number): Promise<readonly MonitorEvent[]> {
  const last = events.at(-1)?.id;
  if (last === undefined) return Promise.resolve([]);
  return store.transact((tx) => {
    if (headOf(tx) !== after) return [];
    tx.put(heads, HEAD, last);
    const told = events.filter(({ kind }) => TOLD_KINDS.has(kind));
    for (const event of told) noteOne(tx, event, cooldownMs);
    return told;
  });
} // prettier-ignore

/** Something is told: the same is not told again for a while. */
export function stampAll(tx: Transaction, events: readonly MonitorEvent[], cooldownMs: number): void {
  for (const event of events) {
    const key = stampKey(event);
    makeRoom(tx, stamps, key, (at) => at);
    tx.put(stamps, key, tx.now.mono, { expiresAt: tx.now.mono + cooldownMs });
  }
}

/** Whether what was told to a lead was told to this one. Earlier rows do not tell whom they are of. */
export const isOwn = ({ lead }: LeadRow, agent: ManagedAgent | undefined): boolean =>
  agent !== undefined && (lead === undefined || (lead.since === agent.since && lead.team === agent.team));

export const putLead = (tx: Transaction, name: string, row: LeadRow): void => {
  tx.put(leadRows, name, row, { expiresAt: tx.now.mono + KEPT_MS });
};

/** Whom it was for is not there any more: it is news again, for whoever leads them now. */
export function takeBack(tx: Transaction, lead: string, { key, events = [] }: Outgoing): void {
  if (tx.get(leadRows, lead)?.outgoing?.key !== key) return;
  tx.delete(leadRows, lead);
  // Something newer may have taken its place.
  for (const event of events) if (tx.get(pendings, keyOf(event)) === undefined) putPending(tx, event, tx.now.mono);
}

/** How many of them are kept. */
export const stampCount = (view: Reading): number => view.list(stamps, { limit: 2 * MAX_ROWS }).length;
