import { MONITOR } from '../../kernel/callers.js';
import { getHeapStatistics } from 'node:v8';
import type { Config } from '../../config/schema.js';
import type { Logger } from '../../kernel/logger.js';
import type { Alert } from '../../security/alerts/raised.js';
import { createWatcher, type Finding, type Pressure, type Watcher } from '../../security/alerts/watcher.js';
import type { AuditLog } from '../../security/audit/log.js';
import { type AuditEvent, ownEvent } from '../../security/audit/record.js';
import type { StateStore } from '../../store/store.js';
import { createDelivery } from './delivery.js';
import { type AlertMessage, messageOf } from './message.js';

export interface AlertsOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly config: () => Config;
  readonly store: Pick<StateStore, 'transact'>;
  readonly logger: Logger;
  /** Where findings and alerts go on record; not one that tells this watcher of what it is given. */
  readonly audit: () => Pick<AuditLog, 'record' | 'self'>;
  /** The filter for everything that leaves. */
  readonly clean: (data: unknown) => unknown;
  readonly server?: () => string;
  /** Calls that wait for a place. */
  readonly queued?: () => number;
}

/** Looks at events and calls, and tells the operator what alerts. Nothing of it reaches a caller or a pane. */
export function createAlerts(options: AlertsOptions): Watcher {
  const { env, config, store, logger, audit, clean, server = () => '', queued } = options;
  const settings = (): Config['security'] => config().security;
  const record = ({ caller, role, word, facts }: Omit<Finding, 'role'> & Partial<Finding>): void => {
    const log = audit();
    log.record(ownEvent({ ...log.self, caller, role }, word, facts, Date.now()));
  };
  const delivery = createDelivery({
    ...{ env, logger, settings: () => settings().alerts },
    onFailure: (sink, reason) => {
      record({ caller: MONITOR, word: 'alert_undelivered', facts: { sink, reason } });
    },
  });
  const tell = (alert: Alert): void => {
    const { rule, class: grave, caller, operation, count, suppressed } = alert;
    logger.warn(`alert: ${rule} (${grave}) of ${caller}`, { rule, class: grave, caller, operation, count, suppressed });
    record({ caller, word: 'alert_raised', facts: { rule, class: grave, of: operation, count, suppressed } });
    delivery.send(clean(messageOf(alert)) as AlertMessage);
  };
  const pressures = (): Pressure[] => {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    const memory = { bound: 'memory', used, limit };
    return queued === undefined ? [memory] : [memory, { bound: 'queue', used: queued(), limit: settings().max_queued }];
  };
  const watcher = createWatcher({ store, settings, server, pressures, onFinding: record, onAlert: tell, logger });
  return {
    ...watcher,
    close: async () => {
      await watcher.close();
      await delivery.close();
    },
  };
}

/** The same log, whose events the watcher is told of too. */
export function watched(log: AuditLog, watcher: Pick<Watcher, 'event'>): AuditLog {
  const tell = (event: AuditEvent): void => {
    watcher.event(event);
  };
  return {
    ...log,
    record: (event) => {
      tell(event);
      log.record(event);
    },
    commit: (event) => {
      // Also what cannot be recorded has happened.
      tell(event);
      return log.commit(event);
    },
  };
}
