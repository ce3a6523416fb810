import { openConfig } from '../config/live.js';
import type { ConfigSources, LoadedConfig } from '../config/load.js';
import { type Clock, systemClock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { createScope } from '../kernel/scope.js';
import { operations } from '../operations/index.js';
import type { Operation, OperationContext } from '../operations/define-operation.js';
import type { AuditLog } from '../security/audit/log.js';
import { actorOf } from '../security/audit/call-event.js';
import { type Actor, ownEvent } from '../security/audit/record.js';
import { createInjectionDetector, type InjectionDetector } from '../security/inner/injection.js';
import { createSlots, type Slots } from '../security/outer/concurrency.js';
import type { OutputFilter } from '../security/outer/output-filter.js';
import type { Approvals } from '../security/risk/approvals.js';
import { depthBelow, offers, permissionOf } from '../security/policy/permissions.js';
import type { Caller, Surface } from '../security/ring.js';
import type { ServerAddress } from '../tmux/server-address.js';
import type { Tmux } from '../tmux/tmux.js';
import { type ApprovalTools, createApprovalTools } from './approval-tools.js';
import { auditWarning, configChanged } from './audit.js';
import { tmuxBreaker } from './breaker.js';
import { CallContext } from './call-context.js';
import { createGuards } from './guards.js';
import { createInner } from './inner.js';
import { openLog } from './open-log.js';
import { createOutgoing } from './outgoing.js';
import { programStatus } from './program-status.js';
import { boundSources } from './identity/bound-sources.js';
import { settingsOf } from './call-settings.js';
import { createIdentities, type Identities, type IdentityOptions } from './identity/identities.js';
import { type CallTmuxOptions, createCallTmux } from './risk/call-tmux.js';
import { securityStatus } from './security-status.js';
import type { Stores } from './stores.js';
import { type Background, createBackground } from './background.js';
import { createPlacesOf } from './open-tmux.js';
import type { StateStore } from '../store/store.js';
import type { Monitor } from '../monitor/create-monitor.js';
import type { HolderKind } from '../monitor/lease.js';
import { createDispatcher, type Dispatcher, type DispatcherOptions } from './dispatcher.js';

/** The program without a surface: config, rings and services, closed together. */
export interface App {
  /** The config as it holds now; a changed file changes what this gives. */
  readonly config: () => LoadedConfig['config'];
  readonly dispatcher: Dispatcher;
  readonly logger: Logger;
  /** For what happens beside calls; writes nothing while it is turned off. */
  readonly audit: AuditLog;
  /** Who makes a call. */
  readonly callerOf: Identities['callerOf'];
  /** For whoever has asked a person about a risky call. @param caller who has made it */
  readonly answers: (caller: Caller) => ApprovalTools;
  /**
   * The tmux server of this configuration, for a person's own terminal; whatever else is done goes through the dispatcher.
   * @throws OrcError TMUX_UNAVAILABLE
   */
  readonly server: () => ServerAddress;
  /** Watches over that tmux server, where no other process of ours does. It is sought after the first call of a lasting process. */
  readonly monitor: Pick<Monitor, 'seek' | 'stats'>;
  readonly restorable: Background['restorable'];
  readonly close: () => Promise<void>;
}

export interface AppOptions extends ConfigSources {
  readonly clock?: Clock;
  /** Where log lines go beside the file; never stdout, which belongs to the protocol. */
  readonly writeLog?: (line: string) => void;
  /** `short` is for a person at a command; without it the config says. */
  readonly logForm?: 'short';
  /** A single command: no lasting connection to tmux is opened, and changes of the config are not looked for. */
  readonly oneShot?: boolean;
  /** What of ours this process is, for whoever asks who watches. */
  readonly kind?: HolderKind;
  /** Told when this process begins to watch, and when it does no more. */
  readonly onWatch?: (watches: boolean) => void;
  /** Where the log file is, below the state folder; without it the one of all processes. */
  readonly logFolder?: string;
  /** Stands in for tmux in tests. */
  readonly tmux?: Tmux;
  /** Stands in for the state on disk in tests. */
  readonly stores?: Stores;
}

function offered(config: LoadedConfig['config'], surface: Surface): readonly Operation[] {
  if (surface !== 'mcp') return operations;
  return operations.filter(
    (operation) =>
      config.mcp.toolsets.includes(operation.toolset) && (!config.mcp.read_only || operation.effect === 'read'),
  );
}

/** What the places were made for stays until the next start. */
const createPlaces = (limits: LoadedConfig['config']['security']): { working: Slots; waiting: Slots } => ({
  working: createSlots(limits.max_concurrent_executions, limits.max_queued, 'a place'),
  waiting: createSlots(limits.max_concurrent_waits, limits.max_queued, 'a place to wait'),
});

/** What looks at texts. @param onProblem told when changed patterns of the config cannot be used */
function createTextGuards(
  options: AppOptions,
  config: () => LoadedConfig['config'],
  onProblem: (message: string) => void,
): { readonly outgoing: OutputFilter; readonly detector: InjectionDetector } {
  return {
    outgoing: createOutgoing({ ...options, settings: () => config().security.redaction, onProblem }),
    detector: createInjectionDetector(() => config().security.injection, onProblem),
  };
}

const permitting =
  (config: () => LoadedConfig['config']): DispatcherOptions['permits'] =>
  (caller, operation) =>
    offers(permissionOf(caller.role, config().security.permissions), operation, depthBelow(caller));

const answering =
  (approvals: Approvals, audit: AuditLog): App['answers'] =>
  ({ id, role }) =>
    createApprovalTools(approvals, (word, facts, type) =>
      audit.commit(ownEvent({ ...audit.self, caller: id, role }, word, facts, Date.now(), type)),
    );

const withWarning = (loaded: LoadedConfig, warning: string | undefined): LoadedConfig =>
  warning === undefined ? loaded : { ...loaded, warnings: [...loaded.warnings, warning] };

/** Things that rows and signs do not agree on, each told once, in the audit log. */
function doubts(
  audit: AuditLog,
  logger: Logger,
): {
  readonly onDoubt: NonNullable<IdentityOptions['onDoubt']>;
  readonly onOption: CallTmuxOptions['onOption'];
} {
  const panes = new Set<string>();
  const tell = (actor: Actor, word: string, facts: Record<string, unknown>): void => {
    logger.warn(word, facts);
    audit.record(ownEvent(actor, word, facts, Date.now()));
  };
  return {
    onDoubt: (caller, doubt) => {
      const actor = caller === undefined ? audit.self : { ...audit.self, caller: caller.id, role: caller.role };
      tell(actor, 'identity_doubt', { because: doubt });
    },
    onOption: (call, pane) => {
      if (panes.has(pane)) return;
      panes.add(pane);
      tell(actorOf(call, audit.self), 'pane_option_differs', { pane });
    },
  };
}

/**
 * Builds the program. Nothing outside is touched yet but the config files, which are read: tmux is looked for at the
 * first call that needs it.
 * @throws OrcError CONFIG_INVALID
 */
export async function createApp(given: AppOptions): Promise<App> {
  const options = { ...given, ...(await boundSources(given)) };
  const clock = options.clock ?? systemClock;
  const live = await openConfig({
    ...options,
    onChange: (level, message, changed) => {
      logger[level](message);
      const off = !enabled() && !changed.includes('security.audit.enabled');
      if (changed.length > 0 && !off) audit.record(configChanged(audit, changed));
    },
  });
  const config = (): LoadedConfig['config'] => live.current().config;
  const onProblem = (message: string): void => { logger.warn(message); }; // prettier-ignore
  const { outgoing, detector } = createTextGuards(options, config, onProblem);
  const { env, oneShot = false } = options;
  const { logger, evidence, closeLog } = openLog({ ...options, settings: () => config().log, clean: outgoing.data });
  await Promise.all([outgoing.prepare(), detector.prepare()]);
  const scope = createScope((error) => {
    logger.warn('closing failed', { error: error instanceof Error ? error.message : 'unknown' });
  });
  scope.defer(closeLog);
  scope.defer(live.close);
  for (const warning of live.current().warnings) logger.warn(warning);
  if (!oneShot) live.watch();
  const { security: limits } = config();
  const slots = createPlaces(limits);
  const { socketPath, address, server } = createPlacesOf(options, live);
  const around = { env, config, logger, outgoing };
  const guards = createGuards({ ...around, evidence, clock, scope, ...slots, server, oneShot, stores: options.stores });
  const { stores, approvals, audit, noted, counters, lockdown, outer, standing } = guards;
  const breaker = tmuxBreaker(config, clock, logger, noted);
  const store = (): StateStore => stores.server(socketPath());
  const enabled = (): boolean => config().security.audit.enabled;
  const { onDoubt, onOption } = doubts(noted, evidence);
  const identities = createIdentities({ env, stores, socketPath, onDoubt, processes: options.processes });
  const { open, background, recent, monitor, restorable, called } = createBackground(options, live, {
    ...{ config, clock, scope, logger, breaker, store, guards, agent: identities.agent },
    dispatcher: () => dispatcher,
  });
  const served = { ...around, clock, stores, approvals, background, recent, processes: options.processes };
  const tmuxOf = createCallTmux({ ...served, scope, oneShot, socketPath, address, open, onOption });
  const warning = (): string | undefined => auditWarning(audit);
  const loaded = (): LoadedConfig => withWarning(live.current(), warning());
  const standings = { ...slots, limits, standing, breaker: breaker.state };
  const status = programStatus({ ...standings, loaded, env, monitor, store: () => stores.found(socketPath()) });
  const security = securityStatus({ env, config, store: stores.user, audit, counters, lockdown });
  const settings = (): OperationContext['settings'] => settingsOf(options, live.current());
  const dispatcher = createDispatcher({
    operations: (surface) => offered(config(), surface),
    callerOf: identities.callerOf,
    permits: permitting(config),
    outer,
    inner: createInner({ config, clock, detector }),
    context: (call) =>
      new CallContext(call, tmuxOf(call), { settings: settings(), status: () => status(call), security }),
    ...{ clock, logger, warning, called },
  });
  const ofProgram = { config, dispatcher, logger, audit: noted, server: address, monitor, close: scope.close };
  return { ...ofProgram, restorable, callerOf: identities.callerOf, answers: answering(approvals, noted) };
}
