import type { LoadedConfig } from '../config/load.js';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import type { Scope } from '../kernel/scope.js';
import { operations } from '../operations/index.js';
import type { Because } from '../security/audit/because.js';
import type { AuditLog } from '../security/audit/log.js';
import { createCounters, type Counters } from '../security/counters.js';
import type { Lockdown } from '../security/lockdown.js';
import { auditLog, intentWritten } from '../security/outer/audit-log.js';
import { callCounter } from '../security/outer/call-counter.js';
import { concurrency, type Slots } from '../security/outer/concurrency.js';
import { knownOperation } from '../security/outer/known-operation.js';
import { type OutputFilter, outputFilter } from '../security/outer/output-filter.js';
import { type Approvals, createApprovals } from '../security/risk/approvals.js';
import type { Layer } from '../security/ring.js';
import { standing } from '../security/outer/standing.js';
import { createStandings } from '../security/trust/standing.js';
import { createAlerts, watched } from './alerts/create-alerts.js';
import {
  auditFolder,
  auditKeys,
  type AuditOptions,
  nearBudget,
  openAuditLog,
  whileEnabled,
  begunBecause,
} from './audit.js';
import { createChoices } from './choices.js';
import type { AppCall } from './dispatcher.js';
import { createLimits, type Limits } from './limits.js';
import { createRetention } from './retention.js';
import { createStores, type Stores } from './stores.js';

/** What guards every call, shared by all processes of the user. */
export interface Guards {
  readonly stores: Stores;
  readonly audit: AuditLog;
  /** For what happens beside calls: writes nothing while the log is off, and tells the watcher. */
  readonly noted: AuditLog;
  readonly counters: Counters;
  readonly lockdown: Lockdown;
  readonly approvals: Approvals;
  readonly standing: Limits<AppCall>['standing'];
  /** The outer ring, first is outermost. */
  readonly outer: readonly Layer<AppCall>[];
}

export interface GuardsOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly config: () => LoadedConfig['config'];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where alerts are told. */
  readonly evidence: Logger;
  readonly scope: Scope;
  readonly outgoing: OutputFilter;
  readonly working: Slots;
  readonly waiting: Slots;
  readonly oneShot: boolean;
  /** Names the tmux server. */
  readonly server: () => string;
  /** Stands in for the state on disk in tests. */
  readonly stores?: Stores | undefined;
}

/** The audit log, and what keeps it as small as the config wants it. */
function openAudit(options: AuditOptions, scope: Scope): AuditLog {
  const { env, config, logger, oneShot = false, onBegun } = options;
  const log = openAuditLog({
    ...options,
    onBegun: (because) => {
      onBegun?.(because);
      retention.look();
    },
  });
  const retention = createRetention({
    ...{ folder: auditFolder(env), log, logger },
    settings: () => config().security.audit,
    keys: () => auditKeys(config(), env),
  });
  // Before the store, and after what calls use.
  scope.defer(log.close);
  scope.defer(() => retention.close(oneShot));
  if (!oneShot) retention.start();
  return log;
}

export function createGuards(options: GuardsOptions): Guards {
  const { env, config, clock, logger, scope, outgoing, working, waiting, oneShot, server } = options;
  const timeoutMs = (): number => config().security.timeouts.store_ms;
  const stores = options.stores ?? createStores({ env, backend: config().state.backend, timeoutMs, logger, scope });
  const onNearBudget = nearBudget(() => noted, logger);
  const standings = createStandings(stores.user);
  const limits = createLimits<AppCall>({ stores, env, config, logger, server, onNearBudget });
  const { layers, lockdown, store } = limits;
  const counters = createCounters(stores.user);
  scope.defer(counters.close);
  const onBegun = (because: Because): void => {
    watcher.event(begunBecause(audit.self, because));
  };
  // The last records may tell of something, so it is closed behind the log, and looks once more while that is open.
  scope.defer(() => watcher.close());
  const audit = openAudit({ env, config, store: stores.user, logger, oneShot, onBegun }, scope);
  const enabled = (): boolean => config().security.audit.enabled;
  const recording = whileEnabled(audit, enabled);
  const queued = (): number => Math.max(working.queued(), waiting.queued());
  const clean = outgoing.data;
  const watcher = createAlerts({
    env,
    config,
    store,
    logger: options.evidence,
    audit: () => recording,
    clean,
    server,
    queued,
  });
  const noted = watched(recording, watcher);
  scope.defer(watcher.look);
  const outer = [
    callCounter<AppCall>(counters, () => clock.mono(), watcher.call),
    outputFilter<AppCall>(outgoing),
    auditLog<AppCall>({ log: audit, enabled, choices: createChoices(operations) }),
    standing<AppCall>(standings.of),
    ...layers,
    knownOperation<AppCall>(),
    intentWritten<AppCall>(),
    concurrency<AppCall>(working, waiting),
  ];
  const approvals = createApprovals(stores.user);
  return { stores, approvals, audit, noted, counters, lockdown, standing: limits.standing, outer };
}
