import type { AgentState } from '../kernel/agent-words.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import { defineTable, type StateStore, type Transaction } from '../store/store.js';

/**
 * `state`: an agent is in another one than before. `gone`: it is an agent no more. The others are told to whoever leads it:
 * `idle` for as long as `minutes` tells, `crashed`, `exited`, `waiting` for an answer, `rate_limited` until `resetsAt`,
 * `error`, `missing` where its pane went without its end being seen, `recovered` after trouble, `restarted` by the monitor,
 * `gave_up` after tries that failed, `team_idle` where all of a team are, `memory` above its bound.
 */
export const EVENT_KINDS = [
  ...(['state', 'gone', 'idle', 'crashed', 'exited', 'waiting', 'rate_limited', 'error', 'missing'] as const),
  ...(['recovered', 'restarted', 'gave_up', 'team_idle', 'memory'] as const),
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Something that happened to an agent or a team, as all processes see it. */
export interface MonitorEvent {
  /** Grows by one with each. */
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: EventKind;
  readonly agent?: string | undefined;
  /**
   * Since when it is an agent, in milliseconds since the epoch: a restart changes nothing of that, and another one that takes
   * its name has another time. Of a team, of the newest of its workers. Not in `state` and `gone`.
   */
  readonly agentSince?: number | undefined;
  readonly team?: string | undefined;
  readonly state?: AgentState | undefined;
  readonly before?: AgentState | undefined;
  readonly seq?: number | undefined;
  readonly minutes?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly resetsAt?: number | undefined;
  readonly bytes?: number | undefined;
}

export type NewEvent = Omit<MonitorEvent, 'id' | 'at'>;

/** Whom an event is about. */
export const aboutAgent = ({ name, since, team }: Pick<ManagedAgent, 'name' | 'since' | 'team'>): Omit<NewEvent, 'kind'> => ({
  ...{ agent: name, agentSince: since },
  ...(team === null ? {} : { team }),
}); // prettier-ignore

const events = defineTable<MonitorEvent>('monitor_events', { version: 1, read: (value) => value as MonitorEvent });
const heads = defineTable<number>('monitor_event_head', { version: 1, read: (value) => value as number });
const HEAD = 'last';

/** Older ones go. */
export const MAX_EVENTS = 5000;
const KEPT_MS = 7 * 86_400_000;

const keyOf = (id: number): string => String(id).padStart(12, '0');

/** Puts events on record, in the transaction that makes them. */
export function putEvents(tx: Transaction, all: readonly NewEvent[]): readonly MonitorEvent[] {
  let last = tx.get(heads, HEAD) ?? 0;
  const made = all.map((event): MonitorEvent => ({ ...event, id: ++last, at: tx.now.wall }));
  for (const event of made) {
    tx.put(events, keyOf(event.id), event, { expiresAt: tx.now.mono + KEPT_MS });
    if (event.id > MAX_EVENTS) tx.delete(events, keyOf(event.id - MAX_EVENTS));
  }
  if (made.length > 0) tx.put(heads, HEAD, last);
  return made;
}

/** What happens to the agents of one tmux server, for every process that wants to follow it. */
export interface EventLog {
  readonly add: (all: readonly NewEvent[]) => Promise<readonly MonitorEvent[]>;
  /** Those after one, oldest first. @param id 0: all that are kept */
  readonly after: (id: number, limit?: number) => Promise<readonly MonitorEvent[]>;
  /** Id of the last one; 0 where there was none. */
  readonly last: () => Promise<number>;
}

/** @param store the state of that server */
export function createEventLog(store: StateStore): EventLog {
  return {
    add: (all) => (all.length === 0 ? Promise.resolve([]) : store.transact((tx) => putEvents(tx, all))),
    after: (id, limit = 1000) =>
      store.read((view) => view.list(events, { after: keyOf(id), limit }).map(({ row }) => row)),
    last: () => store.read((view) => view.get(heads, HEAD) ?? 0),
  };
}
