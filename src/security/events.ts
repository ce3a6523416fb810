import { isBroken } from './audit/because.js';
import { type AuditRecord, isObject } from './audit/record.js';

export type EventClass = 'critical' | 'high' | 'medium' | 'low';

/** What a record of the audit log means to whoever watches over the program. */
export interface SecurityEvent {
  readonly class: EventClass;
  /** The field's word for it. */
  readonly word: string;
}

/** How grave a refusal is, by the rule that its record names. */
const REFUSALS: Readonly<Record<string, EventClass>> = {
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
  audit_unavailable: 'critical',
};

/** How grave it is what the program has to say by itself, where that is told of it; else medium. */
const OWN: Readonly<Record<string, EventClass>> = {
  resource_exhaustion: 'high',
  identity_doubt: 'high',
  pane_option_differs: 'high',
  operator_only: 'high',
  caller_contained: 'high',
};

/** @param rule of the decision about a call; undefined for one that simply went its way */
export function refusalEvent(rule: string | undefined): SecurityEvent | undefined {
  return rule === undefined || !Object.hasOwn(REFUSALS, rule)
    ? undefined
    : { class: REFUSALS[rule] ?? 'medium', word: rule };
}

/** What nothing in a file may claim by itself: words of a record are ours, but the file may have been changed. */
const WORD = /^[a-z][a-z0-9_:]{0,63}$/;

function ownEventClass(type: AuditRecord['event_type'], word: string): EventClass {
  if (type === 'config') return 'low';
  return (Object.hasOwn(OWN, word) ? OWN[word] : undefined) ?? 'medium';
}

/** A call that was refused, or that went its way with something found in a text. */
function callEvent({ decision, security }: AuditRecord): SecurityEvent | undefined {
  return (
    refusalEvent(decision?.rule) ?? (isObject(security?.injection) ? refusalEvent('injection_detected') : undefined)
  );
}

/** @returns undefined for a call that simply went its way. */
export function eventOf(record: AuditRecord): SecurityEvent | undefined {
  const { event_type: type, action } = record;
  if (type === 'tool_call') return callEvent(record);
  const word = WORD.test(action.operation) ? action.operation : 'event';
  if (type === 'lockdown') return { class: 'critical', word };
  if (type === 'trust') return { class: word.includes('revoke') ? 'low' : 'critical', word };
  // That a file of the log was begun is nothing to look at, but for why it had to be.
  if (word === 'audit_file')
    return isBroken(action.arguments?.because) ? { class: 'critical', word: 'audit_broken' } : undefined;
  return { class: ownEventClass(type, word), word };
}
