import type { Config } from '../config/schema.js';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import type { Watching } from '../monitor/term.js';
import type { Providers } from '../providers/index.js';
import type { AuditLog } from '../security/audit/log.js';
import type { StateStore } from '../store/store.js';
import type { DispatchResult } from './dispatcher.js';

/** Makes a call of our own, which passes the rings like all others. @returns its data, or its error */
export type Act = (
  name: string,
  args: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
) => Promise<DispatchResult>;

/** A message of the monitor, and the key by which it is put into the queue of its agent once, however often it is given. */
export interface OwnMessage {
  readonly agent: string;
  readonly message: string;
  readonly key: string;
}

/** @returns the id of the message; it is delivered when the agent is idle */
export async function putMessage(
  act: Act,
  { agent, message, key }: OwnMessage,
  signal: AbortSignal,
): Promise<{ readonly ok: true; readonly id: string } | Extract<DispatchResult, { ok: false }>> {
  const args = { agent, message, mode: 'when_idle', idempotency_key: key, timeout_seconds: 0 };
  const result = await act('send_message', args, signal);
  return result.ok ? { ok: true, id: (result.data.receipt as { message_id: string }).message_id } : result;
}

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
