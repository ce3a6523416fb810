import { join } from 'node:path';
import { variableOf } from '../config/leaves.js';
import { type ConfigSources, resolveConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { type Environment, ownEnvironment } from '../exec/clean-environment.js';
import { createJsonLogger } from '../kernel/logger.js';
import { createScope, type Scope } from '../kernel/scope.js';
import { packageFolder } from '../kernel/version.js';
import { createBackgroundRecord, type KnownBackground } from '../monitor/background.js';
import { createEventLog, type MonitorEvent } from '../monitor/event-log.js';
import { type Holder, holderOf, type Pulse } from '../monitor/lease.js';
import { envNamesOf } from '../providers/index.js';
import type { StateStore } from '../store/store.js';
import { socketPathOf } from '../tmux/server-address.js';
import { monitorLogFolder } from './monitor-log.js';
import { telling } from './operator-errors.js';
import { createStores } from './stores.js';

/** What is known of who watches over a tmux server. */
export interface MonitorFacts {
  readonly holder: (Holder & { readonly pulse?: Pulse | undefined }) | undefined;
  readonly background: KnownBackground | undefined;
  readonly lastEvent: MonitorEvent | undefined;
}

/** What the operator does with the monitor of one tmux server. It works while the config is refused, too. */
export interface MonitorTools {
  readonly sources: ConfigSources;
  readonly config: Config;
  readonly socketPath: string;
  readonly logFolder: string;
  readonly scope: Scope;
  /** Makes the state of that server where there is none. */
  readonly store: () => StateStore;
  /** Nothing is made that is not there. @throws OrcError */
  readonly look: () => Promise<MonitorFacts>;
  /** Those after one, oldest first. @throws OrcError */
  readonly eventsAfter: (id: number) => Promise<readonly MonitorEvent[]>;
  /** The last ones, oldest first. @throws OrcError */
  readonly lastEvents: (count: number) => Promise<readonly MonitorEvent[]>;
  readonly close: () => Promise<void>;
}

const UNREADABLE = 'The state of the monitor cannot be read';

async function factsIn(store: StateStore): Promise<MonitorFacts> {
  const events = createEventLog(store);
  const last = await events.last();
  const [holder, background, [lastEvent]] = await Promise.all([
    holderOf(store),
    createBackgroundRecord(store).known(),
    events.after(Math.max(0, last - 1)),
  ]);
  return { holder, background, lastEvent };
}

const NOTHING: MonitorFacts = { holder: undefined, background: undefined, lastEvent: undefined };

export async function openMonitorTools(
  sources: ConfigSources,
  writeLog: (line: string) => void,
): Promise<MonitorTools> {
  const { env } = sources;
  // Without what is wrong in it: ending a process must not depend on a config that somebody broke.
  const { config } = await resolveConfig(sources);
  const scope = createScope();
  const stores = createStores({
    ...{ env, backend: config.state.backend, scope, logger: createJsonLogger(writeLog, 'warn') },
    timeoutMs: () => config.security.timeouts.store_ms,
  });
  const { socket_name: socketName, socket_path: named } = config.tmux;
  const socketPath = socketPathOf({ socketName, socketPath: named, env });
  const found = <T>(nothing: T, work: (store: StateStore) => Promise<T>): Promise<T> => {
    const store = stores.found(socketPath);
    return store === undefined ? Promise.resolve(nothing) : telling(UNREADABLE, () => work(store));
  };
  return {
    ...{ sources, config, socketPath, scope, logFolder: monitorLogFolder(socketPath, env) },
    store: () => stores.server(socketPath),
    look: () => found(NOTHING, factsIn),
    eventsAfter: (id) => found([], (store) => createEventLog(store).after(id)),
    lastEvents: (count) =>
      found([], async (store) => {
        const events = createEventLog(store);
        return events.after(Math.max(0, (await events.last()) - count), count);
      }),
    close: scope.close,
  };
}

/** A command of our own program that goes on without this one, on the same tmux server and with the same settings. */
export function ownCommand(
  { sources: { env, flags }, config: { agents }, socketPath }: MonitorTools,
  words: readonly string[],
): { readonly file: string; readonly argv: readonly string[]; readonly env: Environment } {
  const given = Object.entries(flags).map(([path, value]) => [variableOf(path), value] as const);
  const { [variableOf('tmux.socket_name')]: _name, ...own } = {
    ...ownEnvironment(env, [...envNamesOf(agents.providers), ...agents.env_passthrough]),
    // Flags of a process are seen by all users, its environment is not.
    ...Object.fromEntries(given),
    [variableOf('tmux.socket_path')]: socketPath,
  };
  return { file: process.execPath, argv: [join(packageFolder(), 'bin', 'tmux-orc.js'), ...words], env: own };
}
