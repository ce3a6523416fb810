import type { AgentState } from '../kernel/agent-words.js';
import { aboutAgent, type NewEvent } from './event-log.js';

/** What counts of an agent, as it was looked at last. */
export interface Sighting {
  readonly name: string;
  readonly team: string | null;
  /** As events tell it. */
  readonly agentSince: number;
  readonly panePid: number;
  readonly state: AgentState;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly seq: number;
  readonly resetsAt: number | undefined;
  /** Its pane is gone, or runs another program. */
  readonly isMissing: boolean;
  /** A plain shell waits most of the time: that is no news. */
  readonly isShell: boolean;
  readonly isDone: boolean;
  /** A message waits for it. */
  readonly hasMail: boolean;
  /** Somebody whom it leads is at work, so that it has to wait. */
  readonly hasBusy: boolean;
}

type Word = 'fine' | 'waiting' | 'crashed' | 'exited' | 'missing' | 'rate_limited' | 'error';

/** A time without work. */
interface Idle {
  /** It has worked when this is another one. */
  readonly seq: number;
  /** From when it counts, on the clock of the store; null: not yet. */
  readonly from: number | null;
  /** For how many minutes it was told last; 0: not yet. */
  readonly told: number;
}

/** What is kept of an agent, so that everything is told once, whoever watches. */
export interface Remembered {
  /** Which agent of that name. */
  readonly agentSince?: number | undefined;
  readonly panePid: number;
  readonly word: Word;
  /** Since when, on the clock of the store. */
  readonly at: number;
  /** What was told last. */
  readonly told: Word;
  /** That it still waits for an answer was told too. */
  readonly isReminded: boolean;
  readonly idle: Idle | null;
}

/** On the clock of the store, and on the wall. */
export interface Now {
  readonly mono: number;
  readonly wall: number;
}

/** What ends, or asks, as part of what somebody does to an agent is over sooner. */
export const SETTLE_MS = 3000;
const MINUTE_MS = 60_000;

/** Idle times that are told, shortest first. */
export const stepsOf = (minutes: readonly number[]): readonly number[] =>
  [...new Set(minutes)].sort((one, other) => one - other);

/** The longest of them that has passed and was not told. */
export const stepDue = (steps: readonly number[], idleMs: number, told: number): number | undefined =>
  steps.findLast((minutes) => minutes > told && idleMs >= minutes * MINUTE_MS);

const WORDS: Readonly<Partial<Record<AgentState, Word>>> = {
  ...{ idle: 'fine', working: 'fine', waiting_permission: 'waiting', waiting_input: 'waiting' },
  ...{ rate_limited: 'rate_limited', error: 'error', crashed: 'crashed', exited: 'exited' },
};

/** @returns undefined where nothing new is known of it */
function wordOf({ state, isMissing }: Sighting, before: Remembered | undefined): Word | undefined {
  if (!isMissing) return WORDS[state];
  return before?.word === 'crashed' || before?.word === 'exited' ? before.word : 'missing';
}

/** Whether its idle time counts: it had something to do, and others do not wait with it. */
const counts = ({ seq, isDone, hasMail, hasBusy }: Sighting): boolean => (seq > 0 || hasMail) && !isDone && !hasBusy;

/** From when a time counts that was not known of before. */
function fromFor({ since }: Sighting, last: Idle | null, now: Now): number {
  // It has had a turn that was too short for any look: its state has not changed since.
  if (last !== null) return now.mono;
  // A wall clock that was set back makes it no time at all.
  return now.mono - Math.max(0, now.wall - since);
}

/** The time that is kept of it, where it has done nothing since. */
const sameIdle = (last: Idle | null, seq: number): Idle | null => (last?.seq === seq ? last : null);

function idleOf(seen: Sighting, before: Remembered | undefined, now: Now): Idle | null {
  const { state, seq } = seen;
  const last = before?.panePid === seen.panePid ? before.idle : null;
  const known = sameIdle(last, seq);
  // Where it cannot be seen what it does, the time goes on.
  if (state === 'unknown') return known;
  if (state !== 'idle' || seen.isShell) return null;
  if (!counts(seen)) return { seq, from: null, told: known?.told ?? 0 };
  if (known === null) return { seq, from: fromFor(seen, last, now), told: 0 };
  return { ...known, from: known.from ?? now.mono };
}

/** Since when an agent is idle, as far as that counts, on the clock of the store. */
export const idleSince = (idle: Idle | null): number | undefined => idle?.from ?? undefined;

const eventOf = (seen: Sighting, kind: NewEvent['kind'], more: Partial<NewEvent> = {}): NewEvent => ({
  ...{ kind, ...aboutAgent({ ...seen, since: seen.agentSince }), state: seen.state, seq: seen.seq },
  ...more,
});

type Told = Pick<Remembered, 'told' | 'isReminded'> & { readonly events: readonly NewEvent[] };

/** That a question was told of and waits for its answer still is told once more. */
function remind(seen: Sighting, at: number, now: Now, [first]: readonly number[]): Told {
  const isDue = first !== undefined && now.mono - at >= first * MINUTE_MS;
  return {
    ...{ told: 'waiting', isReminded: isDue },
    events: isDue ? [eventOf(seen, 'waiting', { minutes: first })] : [],
  };
}

function newsOf(seen: Sighting, word: Word): NewEvent {
  if (word === 'fine') return eventOf(seen, 'recovered');
  return eventOf(seen, word, word === 'rate_limited' && seen.resetsAt !== undefined ? { resetsAt: seen.resetsAt } : {});
}

const NOTHING = { told: 'fine', isReminded: false } as const;

/** What was told of trouble, and what is to be told now. @param at since when it is so */
function trouble(seen: Sighting, word: Word, at: number, before: Remembered | undefined, now: Now, steps: readonly number[]): Told {
  const { told, isReminded } = before ?? NOTHING;
  // Whoever has answered knows; the next question is another one.
  if (told === 'waiting' && word === 'fine') return { ...NOTHING, events: [] };
  if (word === told && word === 'waiting' && !isReminded) return remind(seen, at, now, steps);
  if (word === told || now.mono - at < SETTLE_MS) return { told, isReminded, events: [] };
  return { told: word, isReminded: false, events: [newsOf(seen, word)] };
} // prettier-ignore

/** What is kept of an agent, and not of another one that had its name. Earlier rows do not tell whose they are. */
const ownOf = ({ agentSince }: Sighting, last: Remembered | undefined): Remembered | undefined =>
  (last?.agentSince ?? agentSince) === agentSince ? last : undefined;

/**
 * What is news of an agent.
 * @param last what is kept of the one that had its name last
 * @param steps as {@link stepsOf} gives them
 * @returns what is to be kept of it from now on, and events, each of which is told this one time
 */
export function judgeAgent(seen: Sighting, last: Remembered | undefined, now: Now, steps: readonly number[]): { readonly kept: Remembered; readonly events: readonly NewEvent[] } {
  const before = ownOf(seen, last);
  const word = wordOf(seen, before) ?? before?.word ?? 'fine';
  const at = before?.panePid === seen.panePid && before.word === word ? before.at : now.mono;
  const { events, ...told } = trouble(seen, word, at, before, now, steps);
  const idle = idleOf(seen, before, now);
  const kept = { agentSince: seen.agentSince, panePid: seen.panePid, word, at, ...told, idle };
  const from = seen.state === 'idle' ? idleSince(idle) : undefined;
  const minutes = idle === null || from === undefined ? undefined : stepDue(steps, now.mono - from, idle.told);
  if (idle === null || minutes === undefined) return { kept, events };
  return { kept: { ...kept, idle: { ...idle, told: minutes } }, events: [...events, eventOf(seen, 'idle', { minutes })] };
} // prettier-ignore
