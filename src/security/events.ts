import { isBroken } from './audit/because.js';
import { isObject } from '../kernel/json.js';
import type { AuditEvent } from './audit/record.js';

export type EventClass = 'critical' | 'high' | 'medium' | 'low';

/** What a record of the audit log means to whoever watches over the program. */
export interface SecurityEvent {
  readonly class: EventClass;
  /** The field's word for it. */
  readonly word: string;
}

/**
 * How grave a refusal is, by the rule that its record names.
 *
 * What the classes name beside these belongs to parts that are still to come: failed_auth, cors_refused and a new peer
 * of a key to the HTTP server.
 */
const REFUSALS: Readonly<Record<string, EventClass>> = {
  command_injection: 'critical',
  path_traversal: 'critical',
  request_validation_failed: 'medium',
  tool_validation_failed: 'medium',
  unknown_tool: 'low',
  unknown_tool_throttled: 'high',
  authorization_denied: 'medium',
  own_pane: 'medium',
  contained: 'medium',
  untrusted: 'medium',
  trust_revoked: 'medium',
  trust_unknown: 'medium',
  not_granted: 'medium',
  operation_not_permitted: 'medium',
  path_not_permitted: 'medium',
  spawn_depth: 'medium',
  spawn_fan_out: 'medium',
  foreign_access: 'critical',
  risk_blocked: 'medium',
  confirmation_required: 'low',
  confirmed_foreign_destroy: 'critical',
  locked_down: 'medium',
  rate_limit_exceeded: 'low',
  budget_exhausted: 'high',
  loop_detected: 'medium',
  injection_detected: 'high',
  breaker_open: 'high',
  resource_exhaustion: 'high',
  audit_unavailable: 'critical',
};

/** How grave it is what the program has to say by itself, where that is told of it; else medium. */
const OWN: Readonly<Record<string, EventClass>> = {
  resource_exhaustion: 'high',
  identity_doubt: 'high',
  pane_option_differs: 'high',
  operator_only: 'high',
  caller_contained: 'high',
  rate_limit_sustained: 'high',
  breaker_open: 'high',
  cache_cleanup_failed: 'high',
  cache_limit_exceeded: 'medium',
  cleanup_done: 'low',
  anomaly: 'high',
  validation_failed: 'medium',
  denials_sustained: 'medium',
  large_export: 'medium',
  operator_outside_work_hours: 'medium',
  agent_crashed: 'high',
  agent_gave_up: 'high',
  agent_memory: 'high',
  agent_missing: 'medium',
  agent_waiting: 'medium',
  agent_rate_limited: 'medium',
  agent_error: 'medium',
  agent_restarted: 'medium',
  agent_exited: 'low',
  agent_idle: 'low',
  agent_recovered: 'low',
  team_idle: 'low',
};

/** A call on what its caller did not create, which was refused by one of these, was meant for others. */
const FOREIGN: readonly string[] = ['authorization_denied', 'risk_blocked'];

/** Every word that has a class of its own. */
export const EVENT_CLASSES: readonly (readonly [word: string, grave: EventClass])[] = [
  ...Object.entries({ ...REFUSALS, ...OWN }),
  ['foreign_access', 'critical'],
  ['secrets_redacted', 'low'],
];

/** @param rule of the decision about a call; undefined for one that simply went its way */
export function refusalEvent(rule: string | undefined): SecurityEvent | undefined {
  return rule === undefined || !Object.hasOwn(REFUSALS, rule)
    ? undefined
    : { class: REFUSALS[rule] ?? 'medium', word: rule };
}

/** What nothing in a file may claim by itself: words of a record are ours, but the file may have been changed. */
const WORD = /^[a-z][a-z0-9_:]{0,63}$/;

export function ownEventClass(type: AuditEvent['event_type'], word: string): EventClass {
  if (type === 'config') return 'low';
  return (Object.hasOwn(OWN, word) ? OWN[word] : undefined) ?? 'medium';
}

/** What was done to a text of a call that went its way. */
function textEvent(security: AuditEvent['security']): SecurityEvent | undefined {
  if (!isObject(security)) return undefined;
  if (isObject(security.injection)) return refusalEvent('injection_detected');
  const { redactions } = security;
  return typeof redactions === 'number' && redactions > 0 ? { class: 'low', word: 'secrets_redacted' } : undefined;
}

/** A call that was refused, or that went its way with something found in a text. */
export function callEvent({
  decision,
  security,
}: Pick<AuditEvent, 'decision' | 'security'>): SecurityEvent | undefined {
  const denied = decision?.result === 'deny' && security?.foreign_target === true;
  if (denied && FOREIGN.includes(decision.rule ?? '')) return { class: 'critical', word: 'foreign_access' };
  return refusalEvent(decision?.rule) ?? textEvent(security);
}

const CLASSES: readonly unknown[] = ['critical', 'high', 'medium', 'low'] satisfies EventClass[];

/** An alert was raised: as grave as what it is about. */
function alertEvent(facts: Readonly<Record<string, unknown>> = {}): SecurityEvent {
  const { rule, class: grave } = facts;
  return {
    class: CLASSES.includes(grave) ? (grave as EventClass) : 'medium',
    word: typeof rule === 'string' && WORD.test(rule) ? `alert:${rule}` : 'alert',
  };
}

/** @returns undefined for a call that simply went its way. */
export function eventOf(record: AuditEvent): SecurityEvent | undefined {
  const { event_type: type, action } = record;
  if (type === 'tool_call') return callEvent(record);
  const word = WORD.test(action.operation) ? action.operation : 'event';
  if (type === 'lockdown') return { class: 'critical', word };
  if (type === 'trust') return { class: word.includes('revoke') ? 'low' : 'critical', word };
  // That a file of the log was begun is nothing to look at, but for why it had to be.
  if (word === 'audit_file')
    return isBroken(action.arguments?.because) ? { class: 'critical', word: 'audit_broken' } : undefined;
  if (word === 'alert_raised') return alertEvent(action.arguments);
  return { class: ownEventClass(type, word), word };
}
