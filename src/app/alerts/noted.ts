import type { Config } from '../../config/schema.js';
import type { Logger } from '../../kernel/logger.js';
import type { Scope } from '../../kernel/scope.js';
import type { Watcher } from '../../security/alerts/watcher.js';
import type { AuditLog } from '../../security/audit/log.js';
import type { OutputFilter } from '../../security/outer/output-filter.js';
import { createMemoryStore } from '../../store/memory-store.js';
import { type StateStore, StoreError } from '../../store/store.js';
import { openAuditLog, whileEnabled } from '../audit.js';
import { createAlerts } from './create-alerts.js';

export interface NotedOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly config: () => Config;
  readonly store: StateStore;
  readonly logger: Logger;
  readonly outgoing: OutputFilter;
  /** Closes both, after what alerts was delivered or given up. */
  readonly scope: Scope;
}

/** For commands of the operator: the audit log, opened when it is first needed, and what watches over it. */
export function openNoted(options: NotedOptions): { readonly log: () => AuditLog; readonly watcher: Watcher } {
  const { env, config, store, logger, outgoing, scope } = options;
  let opened: AuditLog | undefined;
  const log = (): AuditLog => (opened ??= openAuditLog({ env, config, store, logger, oneShot: true }));
  scope.defer(() => watcher.close());
  scope.defer(() => opened?.close());
  const audit = (): AuditLog => whileEnabled(log(), () => config().security.audit.enabled);
  const alone = createMemoryStore();
  // An alert about a store that is lost is told all the same, only without what others have told.
  const transact: StateStore['transact'] = async (body, given) => {
    try {
      return await store.transact(body, given);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return alone.transact(body, given);
    }
  };
  const watcher = createAlerts({ env, config, store: { transact }, logger, audit, clean: outgoing.data });
  scope.defer(watcher.look);
  return { log, watcher };
}
