import { type Restorable, restorableAgents } from '../agents/restore.js';
import type { LiveConfig } from '../config/live.js';
import type { Config } from '../config/schema.js';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import type { Scope } from '../kernel/scope.js';
import type { Screens } from '../monitor/cached-tmux.js';
import type { Monitor } from '../monitor/create-monitor.js';
import type { HolderKind } from '../monitor/lease.js';
import type { CircuitBreaker } from '../security/inner/circuit-breaker.js';
import { lockdownGuard } from '../security/outer/lockdown.js';
import type { StateStore } from '../store/store.js';
import type { Tmux } from '../tmux/tmux.js';
import { type AgentBackground, createAgentBackground } from './agents.js';
import type { Dispatcher } from './dispatcher.js';
import type { Guards } from './guards.js';
import type { Identities } from './identity/identities.js';
import { type AppMonitorOptions, createAppMonitor } from './monitor.js';
import { createOpener, type OpenerOptions } from './open-tmux.js';

export interface BackgroundOptions extends OpenerOptions {
  readonly kind?: HolderKind;
  readonly onWatch?: AppMonitorOptions['onWatch'];
}

interface Services {
  readonly config: () => Config;
  readonly clock: Clock;
  readonly scope: Scope;
  readonly logger: Logger;
  readonly guards: Pick<Guards, 'noted' | 'lockdown' | 'stores'>;
  readonly breaker: CircuitBreaker;
  /** Of the tmux server that calls go to. */
  readonly store: () => StateStore;
  readonly dispatcher: () => Dispatcher;
  readonly agent: Identities['agent'];
}

/** The port to tmux, and what goes on beside calls over it. */
export interface Background {
  /** @throws OrcError TMUX_UNAVAILABLE */
  readonly open: () => Tmux;
  readonly background: AgentBackground;
  readonly recent: Monitor['agent'];
  readonly monitor: Monitor;
  /** Agents of before a reboot, for a person's own command: those that can be started again. */
  readonly restorable: () => Promise<readonly Restorable[]>;
  /** For the end of a call: from the first on, a lasting process watches over the server where no other does. */
  readonly called: () => void;
}

export function createBackground(options: BackgroundOptions, live: LiveConfig, services: Services): Background {
  const { config, clock, scope, logger, guards, breaker, store, dispatcher, agent } = services;
  const { lockdown, noted: audit, stores } = guards;
  const { env, oneShot = false, kind = 'serve' } = options;
  const screens: Screens = {
    recent: (pane) => monitor.recent(pane),
    touch: (pane) => {
      monitor.touch(pane);
    },
    arranged: () => {
      monitor.arranged();
    },
  };
  const ports = createOpener(options, live, { clock, scope, beforeWrite: lockdownGuard(lockdown), breaker, screens });
  const open = (): Tmux => ports().kept;
  const background = createAgentBackground({ config, clock, store, open, scope, oneShot });
  const shared = { env, config, clock, logger, audit, store, dispatcher, kind };
  const monitor = createAppMonitor({
    ...{ ...shared, userStore: stores.user, providers: background.providers, onWatch: options.onWatch },
    open: () => ports().bare,
    tend: (name) => {
      background.office().tend(name);
    },
    deliver: (name) => {
      background.office().kick(name);
    },
  });
  let isSought = false;
  const seekOnce = (): void => {
    if (isSought) return;
    isSought = true;
    try {
      // What is opened last is closed first: the port goes on while it ends, and the store is there when the lease is given back.
      store();
      ports();
    } finally {
      scope.defer(monitor.close);
      monitor.seek();
    }
  };
  let isCalled = false;
  const seek = async (): Promise<void> => {
    // What an agent runs is bound by its role: it does not watch over others.
    if ((await agent()) === undefined) seekOnce();
  };
  return {
    ...{ open, background, monitor: { ...monitor, seek: seekOnce } },
    recent: (name) => monitor.agent(name),
    restorable: async () => restorableAgents(store(), await open().list(), await background.providers()),
    called: () => {
      if (!isCalled && !oneShot) void seek().catch(() => undefined);
      isCalled = true;
    },
  };
}
