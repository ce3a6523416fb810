import { isSettled, type Messages } from '../agents/delivery/messages.js';
import { measuredIn, type MeasuredUsage } from '../agents/usage.js';
import { isAsking, isEndedState } from '../kernel/agent-words.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import type { Reading, StateStore } from '../store/store.js';
import type { RoundView } from './duties.js';
import { createEventLog, type EventKind, type MonitorEvent } from './event-log.js';
import type { AgentView } from './fleet.js';
import { leadOf, rankOf } from './leads.js';
import { headOf, isOwn, isUrgent, keyOf, type LeadRow, leadRows, MAX_ROWS, noteEvents, type Outgoing, type Pending, pendings, putLead, stampAll, takeBack } from './notice-book.js'; // prettier-ignore
import { digestOf } from './notice-text.js';

/** What became of a message to a lead. */
export type Sent = { readonly message: string } | 'again' | 'never';

export interface NoticeSources {
  /** Of the tmux server that is watched. */
  readonly store: StateStore;
  readonly cooldownMs: () => number;
  /** Whether the agents of a provider are plain shells, which would run what they are told. */
  readonly isShell: () => Promise<(provider: string) => boolean>;
  readonly messages: Pick<Messages, 'get'>;
  /** What an event is told to beside leads. Must not throw. */
  readonly tell: (event: MonitorEvent) => void;
  /** Makes a text one that nobody takes for a person's. */
  readonly wrap: (text: string) => string;
  /** The same key again sends nothing twice. */
  readonly send: (lead: string, text: string, key: string, signal: AbortSignal) => Promise<Sent>;
  readonly isHeld: () => Promise<boolean>;
  /** A word that no other message has. */
  readonly newKey: () => string;
}

/** Tells leads what has happened to the agents that they lead: one digest at a time, and none before the last one was read. */
export interface Notices {
  readonly run: (view: Pick<RoundView, 'agents'>, signal: AbortSignal) => Promise<void>;
}

/** How far apart digests to one lead are, at least, but for what is urgent. */
export const DIGEST_MS = 60_000;
/** What happens at the same time is told together. */
export const GATHER_MS = 2000;
/** How long and how often what could not be sent is tried again. */
const TRY_MS = { all: 600_000, again: 10_000 } as const;
const MOST_EVENTS = 500;

type Views = ReadonlyMap<string, AgentView>;

/** What is known of all agents now. */
interface Known {
  readonly views: Views;
  /** What they use, by name. */
  readonly usage: ReadonlyMap<string, MeasuredUsage>;
}

/** Agents that understand what they are told: those that run, and with them those that may be started again. */
interface Readers {
  readonly fit: readonly ManagedAgent[];
  readonly all: readonly ManagedAgent[];
}

function readersIn(views: Views, isShell: (provider: string) => boolean): Readers {
  const all = [...views.values()].filter(({ facts }) => !isShell(facts.provider));
  const fit = all.filter(({ agent, facts, found }) => found?.pane.pid === agent.panePid && !isEndedState(facts.state));
  return { fit: fit.map(({ agent }) => agent), all: all.map(({ agent }) => agent) };
}

/** Those of a team whose work it is. */
const workersOf = (views: Views, team: string | undefined): readonly AgentView[] =>
  [...views.values()].filter(({ agent }) => agent.team === team && rankOf(agent) === 0);

/** Whether a state is what was told. More is told of trouble that is over: undefined. */
const STILL: Readonly<Partial<Record<EventKind, (facts: AgentView['facts'], event: MonitorEvent) => boolean | undefined>>> = {
  idle: ({ state, seq }, event) => state === 'idle' && seq === event.seq,
  waiting: ({ state }) => isAsking(state),
  crashed: ({ state }) => isEndedState(state) || undefined,
  exited: ({ state }) => isEndedState(state) || undefined,
  missing: ({ state }) => isEndedState(state) || undefined,
  gave_up: ({ state }) => isEndedState(state) || undefined,
  rate_limited: ({ state }) => state === 'rate_limited' || undefined,
  error: ({ state }) => state === 'error' || undefined,
}; // prettier-ignore

/** Of an event of an earlier build only the team is known. */
const isAbout = ({ team, agentSince }: MonitorEvent, { agent }: AgentView): boolean =>
  (team ?? null) === agent.team && (agentSince ?? agent.since) === agent.since;

/** Whether a team that was idle is; one whose agents are all new is another one. */
function isTeamIdle({ team, agentSince = Infinity }: MonitorEvent, views: Views): boolean {
  const workers = workersOf(views, team);
  return (
    workers.some(({ agent }) => agent.since <= agentSince) && !workers.some(({ facts }) => facts.state === 'working')
  );
}

/** Where nobody measures, what was told last counts; a program that was just started is measured in a moment. */
function isHigh({ agent, facts }: AgentView, usage: MeasuredUsage | undefined): boolean | undefined {
  if (isEndedState(facts.state)) return false;
  if (usage === undefined) return true;
  return usage.panePid === agent.panePid ? usage.isHigh === true : undefined;
}

/** Whether it is so still; undefined where that cannot be seen now, or more will be told of it. */
function isSo(event: MonitorEvent, { views, usage }: Known): boolean | undefined {
  if (event.kind === 'team_idle') return isTeamIdle(event, views);
  const view = views.get(event.agent ?? '');
  if (view === undefined || !isAbout(event, view)) return false;
  if (event.kind === 'memory') return isHigh(view, usage.get(view.agent.name));
  const { facts } = view;
  const check = STILL[event.kind];
  if (check === undefined) return true;
  return facts.state === 'unknown' || facts.state === 'starting' ? undefined : check(facts, event);
}

/** The agent that is told of an event. */
function leadFor(event: MonitorEvent, views: Views, readers: readonly ManagedAgent[]): string | undefined {
  const about = event.kind === 'team_idle' ? workersOf(views, event.team) : [views.get(event.agent ?? '')];
  for (const view of about) {
    const lead = view && leadOf(view.agent, readers);
    if (lead !== undefined) return lead.name;
  }
  return undefined;
}

/** What there is to tell, by who is to be told, and what nobody needs to be told any more. */
function sorted(all: readonly Pending[], known: Known, { fit, all: readers }: Readers, mono: number): { readonly ready: ReadonlyMap<string, readonly Pending[]>; readonly over: readonly MonitorEvent[] } {
  const ready = new Map<string, Pending[]>();
  const over: MonitorEvent[] = [];
  for (const one of all) {
    const so = isSo(one.event, known);
    // What is over goes at once: nothing may be left of an agent for the next one of its name.
    if (so === false) over.push(one.event);
    if (so !== true || one.due > mono) continue;
    const lead = leadFor(one.event, known.views, fit);
    // A lead that is down is waited for.
    if (lead === undefined && leadFor(one.event, known.views, readers) === undefined) over.push(one.event);
    if (lead !== undefined) ready.set(lead, [...(ready.get(lead) ?? []), one]);
  }
  return { ready, over };
} // prettier-ignore

function isTime(items: readonly Pending[], row: LeadRow | undefined, mono: number): boolean {
  const isGathered = items.some(({ from, due }) => mono - Math.max(from, due) >= GATHER_MS);
  const isRested = row === undefined || mono - row.at >= DIGEST_MS;
  return isGathered && (isRested || items.some(({ event }) => isUrgent(event)));
}

const identityOf = (view: AgentView | undefined): LeadRow['lead'] =>
  view && { since: view.agent.since, team: view.agent.team };

/** What is on record. */
interface Book {
  readonly all: readonly Pending[];
  readonly leads: ReadonlyMap<string, LeadRow>;
  readonly usage: Known['usage'];
  readonly mono: number;
}

const leadsIn = (view: Reading): Book['leads'] =>
  new Map(view.list(leadRows, { limit: MAX_ROWS }).map(({ key, row }) => [key, row]));

const bookIn = (view: Reading): Book => ({
  all: view.list(pendings, { limit: MAX_ROWS }).map(({ row }) => row),
  leads: leadsIn(view),
  usage: new Map(Object.entries(measuredIn(view)?.agents ?? {})),
  mono: view.now.mono,
});

/** It may have been told meanwhile, or something newer has taken its place. */
const isPending = (tx: Reading, event: MonitorEvent): boolean => tx.get(pendings, keyOf(event))?.event.id === event.id;

class LeadNotices {
  readonly #sources: NoticeSources;

  constructor(sources: NoticeSources) {
    this.#sources = sources;
  }

  async run({ agents }: Pick<RoundView, 'agents'>, signal: AbortSignal): Promise<void> {
    const { store } = this.#sources;
    await this.#takeIn();
    const book = await store.read(bookIn);
    if (book.all.length > 0) await this.#prepare(book, agents);
    for (const [lead, row] of await store.read(leadsIn)) {
      const isHere = isOwn(row, agents.get(lead)?.agent);
      if (row.outgoing !== undefined && !signal.aborted) await this.#deliver(lead, row.outgoing, isHere, signal);
    }
  }

  async #takeIn(): Promise<void> {
    const { store, cooldownMs, tell } = this.#sources;
    const head = await store.read(headOf);
    const events = await createEventLog(store).after(head, MOST_EVENTS);
    for (const event of await noteEvents(store, head, events, cooldownMs())) tell(event);
  }

  async #isRead({ message, outgoing }: LeadRow): Promise<boolean> {
    if (outgoing !== undefined) return false;
    const last = message === undefined ? undefined : await this.#sources.messages.get(message);
    return last === undefined || isSettled(last);
  }

  async #prepare({ all, leads, usage, mono }: Book, views: Views): Promise<void> {
    const { store, cooldownMs, newKey, wrap } = this.#sources;
    const readers = readersIn(views, await this.#sources.isShell());
    const { ready, over } = sorted(all, { views, usage }, readers, mono);
    const free = new Set<string>();
    for (const [lead, items] of ready) {
      const last = leads.get(lead);
      const row = last !== undefined && isOwn(last, views.get(lead)?.agent) ? last : undefined;
      if (isTime(items, row, mono) && (row === undefined || (await this.#isRead(row)))) free.add(lead);
    }
    if (over.length === 0 && free.size === 0) return;
    await store.transact((tx) => {
      for (const event of over) if (isPending(tx, event)) tx.delete(pendings, keyOf(event));
      for (const lead of free) {
        const told = (ready.get(lead) ?? []).map(({ event }) => event).filter((event) => isPending(tx, event));
        if (told.length === 0 || tx.get(leadRows, lead)?.outgoing !== undefined) continue;
        for (const event of told) tx.delete(pendings, keyOf(event));
        stampAll(tx, told, cooldownMs());
        const { mono: at, wall } = tx.now;
        const outgoing = { key: newKey(), text: wrap(digestOf(told, wall)), events: told, until: at + TRY_MS.all, next: at };
        putLead(tx, lead, { at, lead: identityOf(views.get(lead)), outgoing });
      }
    });
  } // prettier-ignore

  /** @param isHere whether it is the agent that it was written for that has this name */
  async #deliver(lead: string, outgoing: Outgoing, isHere: boolean, signal: AbortSignal): Promise<void> {
    const { store, send, isHeld } = this.#sources;
    const now = await store.read((view) => view.now.mono);
    if ((isHere && now < outgoing.next) || !(await isHeld())) return;
    if (!isHere) return store.transact((tx) => { takeBack(tx, lead, outgoing); });
    const sent = now >= outgoing.until ? 'never' : await send(lead, outgoing.text, outgoing.key, signal);
    await store.transact((tx) => {
      const row = tx.get(leadRows, lead);
      if (row?.outgoing?.key !== outgoing.key) return;
      if (sent === 'again') putLead(tx, lead, { ...row, outgoing: { ...outgoing, next: tx.now.mono + TRY_MS.again } });
      else putLead(tx, lead, { at: row.at, lead: row.lead, message: sent === 'never' ? undefined : sent.message });
    });
  } // prettier-ignore
}

/** @param sources for as long as this process watches */
export function createNotices(sources: NoticeSources): Notices {
  const notices = new LeadNotices(sources);
  return { run: (view, signal) => notices.run(view, signal) };
}
