import { createHmac } from 'node:crypto';
import { correlationId } from '../../kernel/correlation.js';
import { isObject } from '../../kernel/json.js';
import type { AuditKey } from './key.js';

export type EventType = 'tool_call' | 'security' | 'config' | 'trust' | 'lockdown';

/** Who did it. */
export interface Actor {
  readonly caller: string;
  readonly role?: string | undefined;
  readonly team?: string | undefined;
  /** The run of the program that the call came to. */
  readonly session_id?: string | undefined;
  /** What an MCP client calls itself. */
  readonly client?: string | undefined;
  readonly peer?: string | undefined;
  readonly pid?: number | undefined;
  /** The tmux pane that the program runs in. */
  readonly pane?: string | undefined;
}

export interface Action {
  readonly operation: string;
  readonly effect?: 'read' | 'write' | 'destroy' | undefined;
  readonly risk?: string | undefined;
  readonly target?: string | undefined;
  /** Texts of callers only as length and digest. */
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
}

export interface Decision {
  readonly result: 'allow' | 'deny' | 'confirm';
  readonly layer?: string | undefined;
  readonly rule?: string | undefined;
}

export interface Outcome {
  /** `pending` is an intent: written before a change, followed by a record of the same event with the outcome. */
  readonly status: 'pending' | 'ok' | 'error' | 'refused' | 'unknown' | 'cancelled';
  readonly duration_ms?: number | undefined;
  readonly records_returned?: number | undefined;
  readonly error_code?: string | undefined;
}

export interface SecurityFacts {
  readonly permission_used?: string | undefined;
  readonly foreign_target?: boolean | undefined;
  readonly redactions?: number | undefined;
  readonly injection?: { readonly confidence: number; readonly patterns: readonly string[] } | undefined;
  readonly stripped?: number | undefined;
}

/** What is to be recorded, in the form of the record. */
export interface AuditEvent {
  /** A UUIDv7; intent and outcome of a call share it. */
  readonly event_id: string;
  readonly event_type: EventType;
  readonly correlation_id?: string | undefined;
  readonly actor: Actor;
  readonly action: Action;
  readonly decision?: Decision | undefined;
  readonly outcome?: Outcome | undefined;
  readonly security?: SecurityFacts | undefined;
}

/** One line of the log. */
export interface AuditRecord extends AuditEvent {
  /** Counts from 1 through all files. */
  readonly seq: number;
  /** Wall clock, ISO 8601; may jump. */
  readonly timestamp: string;
  /** Milliseconds on the clock of the store, which never goes back. */
  readonly mono: number;
  /** Id of this start of the machine. */
  readonly boot: string;
  /** The `mac` of the record before; zeros for the first. */
  readonly prev: string;
  /** HMAC-SHA256 of the line up to here. */
  readonly mac: string;
}

export const NO_MAC = '0'.repeat(64);

/** An event as text, but for what is known only when it is written. */
export interface Draft {
  readonly id: string;
  readonly pending: boolean;
  readonly head: string;
  readonly body: string;
}

export function draft(event: AuditEvent, wall: number): Draft {
  const { event_id: id, event_type, correlation_id, actor, action, decision, outcome, security } = event;
  const ordered = { event_type, correlation_id, actor, action, decision, outcome, security };
  return {
    id,
    pending: outcome?.status === 'pending',
    head: `"event_id":${JSON.stringify(id)},"timestamp":"${new Date(wall).toISOString()}"`,
    body: JSON.stringify(ordered).slice(1, -1),
  };
}

/** What the log, or another part of the program, has to say by itself. Facts are numbers, ids and words of ours. */
export function ownEvent(
  self: Actor,
  operation: string,
  facts: Readonly<Record<string, unknown>>,
  wall: number,
  type: EventType = 'security',
): AuditEvent {
  return { event_id: correlationId(wall), event_type: type, actor: self, action: { operation, arguments: facts } };
}

const MAC_FIELD = ',"mac":"';
const END = '"}';
/** What follows the part that the MAC is of. */
const SEAL_BYTES = MAC_FIELD.length + NO_MAC.length + END.length;

export interface Link {
  readonly seq: number;
  readonly prev: string;
  readonly mono: number;
  readonly boot: string;
}

/** A time for a record: thousandths are enough. */
export const round = (ms: number): number => Math.round(ms * 1000) / 1000;

function macOf(key: AuditKey, signed: string | Buffer): string {
  return createHmac('sha256', key.secret).update(signed).digest('hex');
}

/** @returns the line with its end, and its MAC */
export function seal(
  { head, body }: Draft,
  link: Link,
  key: AuditKey,
): { readonly line: string; readonly mac: string } {
  const place = `"mono":${String(round(link.mono))},"boot":${JSON.stringify(link.boot)}`;
  const signed = `{"seq":${String(link.seq)},${head},${place},${body},"prev":"${link.prev}"`;
  const mac = macOf(key, signed);
  return { line: `${signed}${MAC_FIELD}${mac}${END}\n`, mac };
}

/** Whether a line, without its end, is as we wrote it: the MAC is of its bytes, so the form cannot differ either. */
export function isSealed(line: Buffer, key: AuditKey): boolean {
  const at = line.length - SEAL_BYTES;
  if (at <= 0) return false;
  const seal = line.toString('latin1', at);
  return seal === `${MAC_FIELD}${macOf(key, line.subarray(0, at))}${END}`;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isTextOrNone = (value: unknown): boolean => value === undefined || isText(value);

/** Of the parts that may be missing: those that are read of records which nobody has proven. */
function hasSoundEnds({ decision, outcome }: Readonly<Record<string, unknown>>): boolean {
  if (decision !== undefined && !(isObject(decision) && isTextOrNone(decision.rule))) return false;
  if (outcome === undefined) return true;
  if (!isObject(outcome) || !isText(outcome.status) || !isTextOrNone(outcome.error_code)) return false;
  return outcome.duration_ms === undefined || typeof outcome.duration_ms === 'number';
}

/** @returns the content of a line, unproven; undefined when it is no record */
export function readRecord(line: Buffer): AuditRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line.toString());
  } catch {
    return undefined;
  }
  if (!isObject(value) || !Number.isSafeInteger(value.seq) || !isObject(value.actor) || !isObject(value.action))
    return undefined;
  const { actor, action } = value;
  const texts = [value.event_id, value.timestamp, value.prev, value.mac, actor.caller, action.operation];
  const sound = texts.every(isText) && isTextOrNone(value.correlation_id) && hasSoundEnds(value);
  return sound ? (value as unknown as AuditRecord) : undefined;
}
