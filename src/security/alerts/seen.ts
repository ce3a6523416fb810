import type { Config } from '../../config/schema.js';
import { actionOf, securityOf } from '../audit/call-event.js';
import type { AuditEvent, Decision } from '../audit/record.js';
import { callEvent, type SecurityEvent } from '../events.js';
import type { Call, CallFacts } from '../ring.js';

/** A call that has ended, as the outermost layer sees it. */
export interface SeenCall {
  readonly call: Call;
  readonly decision: Decision;
  readonly facts: CallFacts;
  /** Undefined when it failed. */
  readonly result: unknown;
}

/** What it means to whoever watches over the program. */
export function eventOfCall({ decision, facts, result }: SeenCall): SecurityEvent | undefined {
  return callEvent({ decision, security: securityOf(result, facts) });
}

/** Rules of refusals by a limit: of calls in a time, and of calls at once. */
export const LIMITED: ReadonlySet<string> = new Set(['rate_limit_exceeded', 'resource_exhaustion']);
export const INVALID: ReadonlySet<string> = new Set([
  'tool_validation_failed',
  'request_validation_failed',
  'command_injection',
  'path_traversal',
]);
/** Whether somebody was told no for who it is and what it touches, whatever the rule is called. */
export const isDenial = ({ result, layer }: Decision): boolean => result === 'deny' && DENYING.has(layer ?? '');
const DENYING: ReadonlySet<string> = new Set(['policy', 'trust', 'containment', 'own_pane', 'risk']);

/** Id of what a call has changed though its caller did not create it. */
export function foreignTarget({ call, facts, result }: SeenCall): string | undefined {
  if (facts.foreignTarget !== true) return undefined;
  return actionOf(call, undefined, facts, result).target?.split(' ')[0];
}

/** For events that are no calls: who did it, and what about. */
export function whoOf(event: AuditEvent): { readonly caller: string; readonly correlationId: string | undefined } {
  return { caller: event.actor.caller, correlationId: event.correlation_id };
}

export type AlertSettings = Config['security']['alerts'];

const ORDER = ['low', 'medium', 'high', 'critical'] as const;

/** Whether something is grave enough to alert. */
export const alerts = (settings: AlertSettings, { class: grave }: Pick<SecurityEvent, 'class'>): boolean =>
  ORDER.indexOf(grave) >= ORDER.indexOf(settings.min_class);
