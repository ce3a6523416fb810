import type { AgentState } from '../kernel/agent-words.js';
import { isObject } from '../kernel/json.js';

/**
 * What agent CLIs tell of: `started` a conversation, `submitted` a message was taken, `finished` and `failed` its turn is
 * over, `noted` something that says nothing about its state.
 */
export const EVENTS = ['started', 'submitted', 'finished', 'failed', 'noted'] as const;
export type EventName = (typeof EVENTS)[number];

/** What a payload says, as far as it does. */
export interface EventFacts {
  /** What the CLI calls its conversation. */
  readonly sessionId?: string | undefined;
  /** The message that was taken. */
  readonly message?: string | undefined;
  /** The agent's last message of the turn. */
  readonly answer?: string | undefined;
  /** What it says about an error. */
  readonly error?: string | undefined;
  /** Its word for what kind of error that is. */
  readonly kind?: string | undefined;
}

/** What a CLI tells by its events. */
export interface EventSpec {
  /** `api`: of every end of a turn too; `hook`: of none that a person has interrupted. */
  readonly source: 'api' | 'hook';
  /** What is told of as `noted` are ends of turns, of conversations on the side too; else `finished` tells of them. */
  readonly notesEnds?: true;
  /** What it tells as an answer begins with what it has thought. */
  readonly withThoughts?: true;
  /** What it says in the place of an answer where there is none. */
  readonly noAnswer?: string;
  /** Names of the payload's fields. */
  readonly fields: { readonly [Fact in keyof EventFacts]: string };
}

export const EVENT_STATES: Readonly<Record<EventName, AgentState | undefined>> = {
  started: 'idle',
  submitted: 'working',
  finished: 'idle',
  failed: 'error',
  noted: undefined,
};

const FACTS = ['sessionId', 'message', 'answer', 'error', 'kind'] as const;

/** @param payload as the CLI gave it: any program of the agent can have written it */
export function readFacts({ fields, noAnswer }: EventSpec, payload: unknown): EventFacts {
  if (!isObject(payload)) return {};
  const known = FACTS.map((fact) => {
    const value = payload[fields[fact] ?? ''];
    // Of several messages the last one is the newest.
    return [fact, fact === 'message' && Array.isArray(value) ? value.at(-1) : value] as const;
  });
  return Object.fromEntries(
    known.filter(([, value]) => typeof value === 'string' && value !== '' && value !== noAnswer),
  );
}

/** Kinds of errors that are limits of a plan or a rate. */
export const isLimit = ({ kind }: EventFacts): boolean =>
  kind !== undefined && /rate_?limit|usage_?limit|quota/i.test(kind);
