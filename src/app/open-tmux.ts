import { join } from 'node:path';
import { stateFolder } from '../config/folders.js';
import type { LiveConfig } from '../config/live.js';
import type { ConfigSources, LoadedConfig } from '../config/load.js';
import type { Clock } from '../kernel/clock.js';
import type { Scope } from '../kernel/scope.js';
import { cachedTmux, type Screens } from '../monitor/cached-tmux.js';
import { envNamesOf } from '../providers/index.js';
import type { CircuitBreaker } from '../security/inner/circuit-breaker.js';
import { isAllowedDirectory } from '../security/text/directory.js';
import { createTmux } from '../tmux/create-tmux.js';
import { type ServerAddress, serverAddress, socketPathOf } from '../tmux/server-address.js';
import type { Tmux } from '../tmux/tmux.js';
import { attachLock } from './attach-lock.js';
import { settingsOf } from './call-settings.js';
import { serverName, serverStateFolder } from './state-folder.js';

/** What decides where tmux is looked for, and how it is talked to. */
export interface OpenerOptions extends ConfigSources {
  /** No lasting connection is opened. */
  readonly oneShot?: boolean;
  /** Stands in for tmux in tests. */
  readonly tmux?: Tmux;
}

function socketOf({ env }: OpenerOptions, { config }: LoadedConfig): Parameters<typeof socketPathOf>[0] {
  return { socketName: config.tmux.socket_name, socketPath: config.tmux.socket_path, env };
}

function addressOf(options: OpenerOptions, loaded: LoadedConfig): ServerAddress {
  const { providers, env_passthrough: further } = loaded.config.agents;
  return serverAddress({
    ...socketOf(options, loaded),
    envPassthrough: [...envNamesOf(providers), ...further],
  });
}

/** Where the calls of an app go. */
export interface Places {
  readonly socketPath: () => string;
  /** @throws OrcError TMUX_UNAVAILABLE */
  readonly address: () => ServerAddress;
  /** The name of the tmux server, which stays what it was at the start. */
  readonly server: () => string;
}

export function createPlacesOf(options: OpenerOptions, live: Pick<LiveConfig, 'current'>): Places {
  const socketPath = (): string => socketPathOf(socketOf(options, live.current()));
  let name: string | undefined;
  return {
    socketPath,
    address: () => addressOf(options, live.current()),
    server: () => (name ??= serverName(socketPath())),
  };
}

interface OpenerServices {
  readonly clock: Clock;
  readonly scope: Scope;
  readonly beforeWrite: (operation: string) => void;
  readonly breaker: CircuitBreaker;
  readonly screens: Screens;
}

/** The port, and the same with what the monitor of this process has read in the place of reading it again. */
export interface Ports {
  readonly bare: Tmux;
  readonly kept: Tmux;
}

/** Opens tmux at the first call that needs it. */
export function createOpener(
  options: OpenerOptions,
  live: LiveConfig,
  { clock, scope, beforeWrite, breaker, screens }: OpenerServices,
): () => Ports {
  const portsOf = (bare: Tmux): Ports => ({ bare, kept: cachedTmux(bare, screens) });
  let ports = options.tmux && portsOf(options.tmux);
  return () => {
    if (ports !== undefined) return ports;
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
      processLock: attachLock(address.socketPath, options.env),
      stateFolder: stateFolder(options.env),
      jobsFolder: join(serverStateFolder(address.socketPath, options.env), 'jobs'),
    });
    scope.defer(opened.close);
    ports = portsOf(opened);
    return ports;
  };
}
