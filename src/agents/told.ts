import { join } from 'node:path';
import {
  EVENT_STATES,
  type EventFacts,
  type EventName,
  EVENTS,
  type EventSpec,
  readFacts,
} from '../providers/events.js';
import { readJson } from './small-file.js';
import type { Evidence } from './status/evidence.js';

const MAX_BYTES = 1_000_000;

/** The last event that an agent's CLI has told of. */
export interface Told {
  readonly event: EventName;
  /** How many beginnings and ends of turns it has told of. */
  readonly turns: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const isEvent = (word: string | undefined): word is EventName => (EVENTS as readonly unknown[]).includes(word);

/** @param option as bin/hooks/event.sh sets it; any program in the pane can write there, and what is no event is none */
export function readTold(option: string | undefined): Told | undefined {
  const [, turns, event, at] = /^([0-9]{1,9}) ([a-z]{1,16}) ([0-9]{10,16})$/.exec(option ?? '') ?? [];
  return isEvent(event) ? { event, turns: Number(turns), at: Number(at) } : undefined;
}

/** What the last event says of the agent's state. @param now both clocks, in milliseconds */
export function toldEvidence(
  told: Told | undefined,
  { source }: EventSpec,
  now: { readonly mono: number; readonly wall: number },
): Evidence[] {
  if (told === undefined) return [];
  // A conversation also starts anew in the middle of a turn, when it is made shorter: then it says nothing.
  const says = told.event === 'started' && told.turns > 0 ? undefined : EVENT_STATES[told.event];
  // What has yet to come was told before the clock was set, or by somebody else: how old it is nobody knows.
  if (says === undefined || told.at > now.wall) return [];
  const at = now.mono - (now.wall - told.at);
  return [{ source, says, rule: told.event, at, since: at }];
}

/** @param folder the agent's own */
export const factsOf = (folder: string, event: EventName, spec: EventSpec): EventFacts =>
  readFacts(spec, readJson(join(folder, event), MAX_BYTES));
