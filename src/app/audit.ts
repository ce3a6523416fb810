import { join } from 'node:path';
import { stateFolder } from '../config/folders.js';
import type { Config } from '../config/schema.js';
import { DAY_MS } from '../kernel/clock.js';
import { correlationId } from '../kernel/correlation.js';
import { parsePaneId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { Because } from '../security/audit/because.js';
import { actorOf } from '../security/audit/call-event.js';
import { type AuditKey, readKey } from '../security/audit/key.js';
import { type AuditLog, createAuditLog } from '../security/audit/log.js';
import { type Actor, type AuditEvent, ownEvent } from '../security/audit/record.js';
import type { BudgetOptions } from '../security/outer/budget.js';
import type { StateStore } from '../store/store.js';

export interface AuditOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly config: () => Config;
  readonly store: StateStore;
  readonly logger: Logger;
  readonly oneShot?: boolean;
  readonly onBegun?: (because: Because) => void;
}

export const auditFolder = (env: NodeJS.ProcessEnv): string => join(stateFolder(env), 'audit');

function auditKeyFile(config: Config, env: NodeJS.ProcessEnv): string {
  return config.security.audit.key_file ?? join(stateFolder(env), 'audit.key');
}

/** The keys that may have signed, as far as they are there. @throws as `readKey` */
export function auditKeys(config: Config, env: NodeJS.ProcessEnv, more: readonly string[] = []): AuditKey[] {
  const files = new Set([auditKeyFile(config, env), join(stateFolder(env), 'audit.key'), ...more]);
  return [...files].flatMap((file) => readKey(file) ?? []);
}

/** This process, as records name it. */
export function selfOf(env: NodeJS.ProcessEnv): Actor {
  return {
    caller: 'system:audit',
    session_id: correlationId(),
    pid: process.pid,
    pane: parsePaneId(env.TMUX_PANE ?? ''),
  };
}

/** The audit log as the config has it. */
export function openAuditLog({ env, config, ...options }: AuditOptions): AuditLog {
  const settings = (): Config['security']['audit'] => config().security.audit;
  return createAuditLog({
    ...options,
    root: stateFolder(env),
    folder: auditFolder(env),
    keyFile: () => auditKeyFile(config(), env),
    maxBytes: () => settings().max_bytes,
    // Files go as a whole, so what may only stay for some days must not be in one file with what is older.
    maxAgeMs: () => (settings().retention_days === null ? Number.POSITIVE_INFINITY : DAY_MS),
    self: selfOf(env),
  });
}

/** What the log itself records when a file begins; only so others learn of it. */
export function begunBecause(self: Actor, because: Because): AuditEvent {
  return ownEvent(self, 'audit_file', { because }, Date.now());
}

const MAX_KEYS = 50;

/** A config file was changed while the program ran. Keys are told, values never. */
export function configChanged({ self }: AuditLog, keys: readonly string[]): AuditEvent {
  return ownEvent(self, 'config_changed', { keys: keys.slice(0, MAX_KEYS), count: keys.length }, Date.now(), 'config');
}

/** A caller has used most of its budget: an event, and a line of the log. */
export function nearBudget(log: () => AuditLog, logger: Logger): BudgetOptions['onNear'] {
  return (call, { used, limit }) => {
    logger.warn('budget_nearly_used', { caller: call.caller.id, used, limit });
    const { record, self } = log();
    const facts = { bound: 'budget', used, limit };
    record(ownEvent(actorOf(call, self), 'resource_exhaustion', facts, Date.now()));
  };
}

/** What a caller is told while nothing can be recorded and only reads go on. */
export function auditWarning(log: AuditLog): string | undefined {
  const trouble = log.trouble();
  return trouble === undefined
    ? undefined
    : `Warning: the audit log cannot be written (${trouble}). Until then only reads go on.`;
}

/** The same for parts of the program that do not ask whether the log is on. */
export function whileEnabled(log: AuditLog, enabled: () => boolean): AuditLog {
  return {
    ...log,
    record: (event) => {
      if (enabled()) log.record(event);
    },
    commit: (event) => (enabled() ? log.commit(event) : Promise.resolve()),
  };
}
