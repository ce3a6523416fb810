import type { Config } from '../config/schema.js';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import type { Watching } from '../monitor/term.js';
import type { Providers } from '../providers/index.js';
import type { AuditLog } from '../security/audit/log.js';
import type { StateStore } from '../store/store.js';
import type { Dispatcher } from './dispatcher.js';

/** Makes a call of our own, which passes the rings like all others. @returns its data, or its error */
export type Act = (
  name: string,
  args: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
) => ReturnType<Dispatcher['dispatch']>;

/** What the duties of a monitor work with, for as long as this process watches. */
export interface DutyTools {
  readonly env: NodeJS.ProcessEnv;
  readonly config: () => Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly audit: AuditLog;
  /** Of the tmux server that is watched. */
  readonly store: StateStore;
  /** Of the user. */
  readonly userStore: StateStore;
  readonly act: Act;
  readonly providers: () => Promise<Providers>;
  readonly watching: Watching;
  /** Delivers what waits for an agent, where nobody is at it. */
  readonly tend: (agent: string) => void;
  /** Likewise, and tries at once. */
  readonly deliver: (agent: string) => void;
}
