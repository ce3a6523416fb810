import type { AuditRecord } from './audit/record.js';

export type EventClass = 'critical' | 'high' | 'medium' | 'low';

/** What a record of the audit log means to whoever watches over the program. */
export interface SecurityEvent {
  readonly class: EventClass;
  /** The field's word for it. */
  readonly word: string;
}

const BY_CODE: Readonly<Record<string, SecurityEvent>> = {
  INVALID_INPUT: { class: 'medium', word: 'tool_validation_failed' },
  UNKNOWN_TOOL: { class: 'low', word: 'unknown_tool' },
  DENIED: { class: 'medium', word: 'authorization_denied' },
  CONFIRMATION_REQUIRED: { class: 'low', word: 'confirmation_required' },
  LOCKED_DOWN: { class: 'medium', word: 'refused_in_lockdown' },
  RATE_LIMITED: { class: 'low', word: 'rate_limit_exceeded' },
  BUDGET_EXCEEDED: { class: 'high', word: 'budget_exhausted' },
  LOOP_DETECTED: { class: 'medium', word: 'loop_detected' },
  AUDIT_UNAVAILABLE: { class: 'critical', word: 'audit_broken' },
};
const GUESSING: SecurityEvent = { class: 'high', word: 'unknown_tool_throttled' };

/** @param layer the one that refused */
export function eventOfCode(code: string | undefined, layer?: string): SecurityEvent | undefined {
  if (code === 'RATE_LIMITED' && layer === 'unknown_tools') return GUESSING;
  return code === undefined || !Object.hasOwn(BY_CODE, code) ? undefined : BY_CODE[code];
}

/** What nothing in a file may claim by itself: words of a record are ours, but the file may have been changed. */
const WORD = /^[a-z][a-z0-9_:]{0,63}$/;

/** @returns undefined for a call that simply went its way. */
export function eventOf({ event_type: type, action, decision, outcome }: AuditRecord): SecurityEvent | undefined {
  const word = WORD.test(action.operation) ? action.operation : 'event';
  if (type === 'tool_call') {
    return outcome?.status === 'pending' ? undefined : eventOfCode(outcome?.error_code, decision?.layer);
  }
  if (type === 'lockdown') return { class: 'critical', word };
  if (type === 'trust') return { class: word.includes('revoke') ? 'low' : 'critical', word };
  // That a file of the log was begun is nothing to look at.
  if (word === 'audit_file') return undefined;
  if (type === 'config') return { class: 'low', word };
  return { class: 'medium', word };
}
