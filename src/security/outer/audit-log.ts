import { correlationId } from '../../kernel/correlation.js';
import { describeArguments } from '../audit/arguments.js';
import { actionOf, actorOf, decisionOf, failed, securityOf, succeeded } from '../audit/call-event.js';
import type { AuditLog } from '../audit/log.js';
import type { AuditEvent } from '../audit/record.js';
import type { Call, CallFacts, Layer } from '../ring.js';

export interface AuditLayerOptions {
  readonly log: AuditLog;
  /** Read at each call. */
  readonly enabled: () => boolean;
  /** The words that a parameter of an operation can have, where these are all. */
  readonly choices: (operation: string, parameter: string) => ReadonlySet<string> | undefined;
}

/** A call that changes something, as far as can be told before anything else has looked at it. */
const changes = ({ operation, malformed }: Call): boolean =>
  operation !== undefined && operation.effect !== 'read' && malformed === undefined;

/**
 * Records every call. What changes something is recorded twice: its intent, which {@link intentWritten} waits for, and
 * its outcome. A read is one record, which it does not wait for.
 */
export function auditLog<Context extends Call>({ log, enabled, choices }: AuditLayerOptions): Layer<Context> {
  return async (call, next) => {
    if (!enabled()) return next(call);
    const started = performance.now();
    const operation = call.operation?.name ?? '';
    const args = describeArguments(call.args, {
      digest: log.digest,
      choices: (parameter) => choices(operation, parameter),
    });
    let facts: CallFacts = {};
    const event = {
      event_id: correlationId(),
      event_type: 'tool_call',
      correlation_id: call.correlationId,
      actor: actorOf(call, log.self),
    } as const;
    const end = (ended: Pick<AuditEvent, 'decision' | 'outcome'>, result?: unknown): void => {
      const action = actionOf(call, args, facts, result);
      log.record({ ...event, action, ...ended, security: securityOf(result, facts) });
    };
    const elapsed = (): number => performance.now() - started;

    let result: unknown;
    try {
      const intent = changes(call)
        ? log.commit({ ...event, action: actionOf(call, args, facts), outcome: { status: 'pending' } })
        : undefined;
      // A call that is refused meanwhile never asks for it.
      intent?.catch(() => undefined);
      const note = (more: CallFacts): void => {
        facts = { ...facts, ...more };
        call.note?.(more);
      };
      result = await next({ ...call, note, intent });
    } catch (thrown) {
      end({ decision: decisionOf(call, thrown, facts), outcome: failed(thrown, elapsed()) });
      throw thrown;
    }
    // The looks of a command that follows panes would bury everything else; the first one was recorded.
    if (call.counted) end({ decision: decisionOf(call, undefined, facts), outcome: succeeded(call, result, elapsed()) }, result); // prettier-ignore
    return result;
  };
}

/**
 * Lets a call go on when its intent is in the log. It stands where the outer ring ends: so the intent and what the layers
 * before write to the store share one commit.
 */
export function intentWritten<Context extends Call>(): Layer<Context> {
  return async (call, next) => {
    await call.intent;
    return next(call);
  };
}
