import type { Config } from '../config/schema.js';
import type { Watcher } from '../security/alerts/watcher.js';
import type { AuditLog } from '../security/audit/log.js';
import { type Actor, type EventType, ownEvent } from '../security/audit/record.js';

/** Puts what an operator does on record. @returns why it is not, where that is as the operator wants it */
export type OperatorRecord = (
  operation: string,
  facts: Readonly<Record<string, unknown>>,
  type?: EventType,
) => Promise<string | undefined>;

export function operatorRecord(
  { log, watcher }: { readonly log: () => AuditLog; readonly watcher: Watcher },
  config: Config,
  self: Pick<Actor, 'caller' | 'role'>,
): OperatorRecord {
  return async (operation, facts, type = 'lockdown') => {
    const event = ownEvent({ ...log().self, ...self }, operation, facts, Date.now(), type);
    watcher.event(event);
    if (!config.security.audit.enabled) return 'the audit log is off';
    await log().commit(event);
    return undefined;
  };
}
