import { access } from 'node:fs/promises';
import type { Clock } from '../../kernel/clock.js';
import { parseSessionId, type SessionId } from '../../kernel/ids.js';
import { encode } from '../encode.js';
import type { ServerAddress } from '../server-address.js';
import type { SpawnedClient } from '../spawned-client.js';
import { TransportFailure } from '../transport.js';
import type { Turns } from '../turns.js';
import { ControlClient } from './client.js';

const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 5000;
/** A client that lived this long was healthy: the next connect waits for nothing. */
const HEALTHY_MS = 2000;
const LIST_SESSIONS = encode(['list-sessions', '-F', '#{session_id} #{destroy-unattached}']);

export interface ConnectionOptions {
  readonly address: ServerAddress;
  readonly spawned: SpawnedClient;
  readonly clock: Clock;
  readonly turns: Turns;
}

export interface ConnectionState {
  readonly connected: boolean;
  readonly connects: number;
  readonly lastFailure?: string;
}

/** What the failover needs of a connection. */
export interface ControlSource {
  /**
   * @returns an open client.
   * @throws TransportFailure `no-server`, or `unsent` when none can be had now.
   */
  get(timeoutMs: number): Promise<ControlClient>;
}

function isMissing(failure: unknown): boolean {
  return failure instanceof Error && 'code' in failure && (failure.code === 'ENOENT' || failure.code === 'ENOTDIR');
}

/**
 * @returns the oldest session that may be attached, as the likeliest to stay: our client ends with it. One with
 * destroy-unattached dies when our client leaves it.
 */
async function attachable(spawned: SpawnedClient, timeoutMs: number): Promise<SessionId> {
  const reply = await spawned.run({ line: LIST_SESSIONS, shape: 'single' }, timeoutMs);
  if (!reply.ok) throw new TransportFailure('unsent', 'the sessions could not be listed');
  const sessions = reply.body
    .toString('utf8')
    .split('\n')
    .flatMap((row) => {
      const [id = '', destroyed = ''] = row.split(' ');
      return /^(?:0|off)$/.test(destroyed) ? (parseSessionId(id) ?? []) : [];
    });
  const [oldest] = sessions.sort((one, other) => Number(one.slice(1)) - Number(other.slice(1)));
  if (oldest === undefined) throw new TransportFailure('unsent', 'no session may be attached');
  return oldest;
}

/** Keeps one control client open, and opens another when the client, its session or the server has gone. */
export class ControlConnection implements ControlSource {
  readonly #options: ConnectionOptions;
  #client: ControlClient | undefined;
  #connecting: Promise<ControlClient> | undefined;
  #closed = false;
  #connects = 0;
  #failures = 0;
  #notBefore = 0;
  #lastFailure: string | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get(timeoutMs: number): Promise<ControlClient> {
    if (this.#client?.alive === true) return Promise.resolve(this.#client);
    if (this.#connecting !== undefined) return this.#connecting;
    if (this.#closed || this.#options.clock.mono() < this.#notBefore) {
      return Promise.reject(new TransportFailure('unsent', this.#lastFailure ?? 'closed'));
    }
    this.#connecting = this.#open(timeoutMs);
    return this.#connecting;
  }

  state(): ConnectionState {
    const lastFailure = this.#lastFailure;
    return {
      connected: this.#client?.alive === true,
      connects: this.#connects,
      ...(lastFailure === undefined ? {} : { lastFailure }),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#connecting?.catch(() => undefined);
    await this.#client?.close();
  }

  async #open(timeoutMs: number): Promise<ControlClient> {
    try {
      const opened = await this.#connect(timeoutMs);
      this.#adopt(opened);
      if (this.#closed) await opened.close();
      return opened;
    } catch (failure) {
      if (failure instanceof TransportFailure && failure.kind === 'no-server') throw failure;
      this.#failed(failure instanceof TransportFailure ? failure.message : 'the control client could not be opened');
      // Whatever went wrong, the caller's own request was not sent.
      throw new TransportFailure('unsent', this.#lastFailure ?? 'no control connection');
    } finally {
      this.#connecting = undefined;
    }
  }

  async #connect(timeoutMs: number): Promise<ControlClient> {
    const { address, clock, spawned, turns } = this.#options;
    const deadline = clock.mono() + timeoutMs;
    await access(address.socketPath).catch((failure: unknown) => {
      // Any other failure, a lack of rights for one, is for tmux itself to tell.
      if (!isMissing(failure)) throw new TransportFailure('unsent', 'the socket cannot be reached');
      throw new TransportFailure('no-server', 'no tmux server is running');
    });
    const session = await attachable(spawned, timeoutMs);
    return turns.attach(() => this.#attach(session, deadline), deadline - clock.mono());
  }

  async #attach(session: SessionId, deadline: number): Promise<ControlClient> {
    const { address, clock, turns } = this.#options;
    const { binary, flags: serverFlags, clientEnv: env } = address;
    // `no-output`: what panes print would pile up unread.
    const opened = await ControlClient.open({ binary, serverFlags, env, session, turns, flags: 'no-output' });
    try {
      const ready = encode(['display-message', '-p', 'ready']);
      await opened.request({ line: ready, shape: 'single' }, Math.max(1, deadline - clock.mono()));
      return opened;
    } catch (failure) {
      await opened.abandon();
      throw failure;
    }
  }

  #adopt(opened: ControlClient): void {
    const { clock } = this.#options;
    const openedAt = clock.mono();
    this.#client = opened;
    this.#connects++;
    void opened.ended.then(() => {
      if (this.#client === opened) this.#client = undefined;
      if (clock.mono() - openedAt >= HEALTHY_MS) this.#failures = 0;
      // tmux has crashed when control clients come and go quickly, so a short life counts as a failure.
      else if (!this.#closed) this.#failed('the control client ended');
    });
  }

  #failed(why: string): void {
    this.#failures++;
    const backOff = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (this.#failures - 1));
    this.#notBefore = this.#options.clock.mono() + backOff;
    this.#lastFailure = why;
  }
}
