import { join } from 'node:path';
import { type LiveConfig, openConfig } from '../config/live.js';
import { stateFolder } from '../config/folders.js';
import type { ConfigSources, LoadedConfig } from '../config/load.js';
import { type Clock, systemClock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { createScope, type Scope } from '../kernel/scope.js';
import { envNamesOf } from '../providers/index.js';
import { operations } from '../operations/index.js';
import type { Operation } from '../operations/define-operation.js';
import type { AuditLog } from '../security/audit/log.js';
import { actorOf } from '../security/audit/call-event.js';
import { type Actor, ownEvent } from '../security/audit/record.js';
import type { CircuitBreaker } from '../security/inner/circuit-breaker.js';
import { createInjectionDetector, type InjectionDetector } from '../security/inner/injection.js';
import { createSlots, type Slots } from '../security/outer/concurrency.js';
import type { OutputFilter } from '../security/outer/output-filter.js';
import type { Approvals } from '../security/risk/approvals.js';
import { isAllowedDirectory } from '../security/text/directory.js';
import { lockdownGuard } from '../security/outer/lockdown.js';
import { depthBelow, offers, permissionOf } from '../security/policy/permissions.js';
import type { Caller, Surface } from '../security/ring.js';
import { createTmux } from '../tmux/create-tmux.js';
import { type ServerAddress, serverAddress, socketPathOf } from '../tmux/server-address.js';
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
import { serverName, serverStateFolder } from './state-folder.js';
import type { Stores } from './stores.js';
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
  /** Stands in for tmux in tests. */
  readonly tmux?: Tmux;
  /** Stands in for the state on disk in tests. */
  readonly stores?: Stores;
}

function offered(config: LoadedConfig['config'], surface: Surface): readonly Operation[] {
  if (surface === 'cli') return operations;
  return operations.filter(
    (operation) =>
      config.mcp.toolsets.includes(operation.toolset) && (!config.mcp.read_only || operation.effect === 'read'),
  );
}

function socketOf({ env }: AppOptions, { config }: LoadedConfig): Parameters<typeof socketPathOf>[0] {
  return { socketName: config.tmux.socket_name, socketPath: config.tmux.socket_path, env };
}

function addressOf(options: AppOptions, loaded: LoadedConfig): ServerAddress {
  const { providers, env_passthrough: further } = loaded.config.agents;
  return serverAddress({
    ...socketOf(options, loaded),
    envPassthrough: [...envNamesOf(providers), ...further],
  });
}

/** The name of the tmux server, which stays what it was at the start. */
function serverNamer(socketPath: () => string): () => string {
  let name: string | undefined;
  return () => (name ??= serverName(socketPath()));
}

interface OpenerServices {
  readonly clock: Clock;
  readonly scope: Scope;
  readonly beforeWrite: (operation: string) => void;
  readonly breaker: CircuitBreaker;
}

/** Opens tmux at the first call that needs it. */
function createOpener(
  options: AppOptions,
  live: LiveConfig,
  { clock, scope, beforeWrite, breaker }: OpenerServices,
): () => Tmux {
  let tmux = options.tmux;
  return () => {
    if (tmux !== undefined) return tmux;
    const loaded = live.current();
    const address = addressOf(options, loaded);
    const opened = createTmux({
      address,
      timeoutMs: loaded.config.security.timeouts.tmux_ms,
      clock,
      transport: options.oneShot === true ? 'spawned' : 'control',
      beforeWrite,
      guard: (ask) => breaker.run(ask),
      isAllowedFolder: (path) => isAllowedDirectory(path, settingsOf(options, live.current()).directories),
      stateFolder: stateFolder(options.env),
      jobsFolder: join(serverStateFolder(address.socketPath, options.env), 'jobs'),
    });
    scope.defer(opened.close);
    tmux = opened;
    return opened;
  };
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
  const { outgoing, detector } = createTextGuards(options, config, (message) => {
    logger.warn(message);
  });
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
  const socketPath = (): string => socketPathOf(socketOf(options, live.current()));
  const around = { env, config, logger, outgoing };
  const server = serverNamer(socketPath);
  const guards = createGuards({ ...around, evidence, clock, scope, ...slots, server, oneShot, stores: options.stores });
  const { stores, approvals, audit, noted, counters, lockdown, outer, standing } = guards;
  const breaker = tmuxBreaker(config, clock, logger, noted);
  const open = createOpener(options, live, { clock, scope, beforeWrite: lockdownGuard(lockdown), breaker });
  const enabled = (): boolean => config().security.audit.enabled;
  const { onDoubt, onOption } = doubts(noted, evidence);
  const { processes } = options;
  const identities = createIdentities({ env, stores, socketPath, onDoubt, processes });
  const address = (): ServerAddress => addressOf(options, live.current());
  const served = { ...around, clock, stores, approvals };
  const tmuxOf = createCallTmux({ ...served, scope, oneShot, socketPath, address, open, onOption, processes });
  const warning = (): string | undefined => auditWarning(audit);
  const loaded = (): LoadedConfig => withWarning(live.current(), warning());
  const status = programStatus({ loaded, limits, env, ...slots, standing, breaker: breaker.state });
  const security = securityStatus({ env, config, store: stores.user, audit, counters, lockdown });
  const dispatcher = createDispatcher({
    operations: (surface) => offered(config(), surface),
    callerOf: identities.callerOf,
    permits: permitting(config),
    outer,
    inner: createInner({ config, clock, detector }),
    context: (call) => {
      const settings = settingsOf(options, live.current());
      return new CallContext(call, tmuxOf(call), { settings, status: () => status(call), security });
    },
    ...{ clock, logger, warning },
  });
  const ofProgram = { config, dispatcher, logger, audit: noted, server: address, close: scope.close };
  return { ...ofProgram, callerOf: identities.callerOf, answers: answering(approvals, noted) };
}
