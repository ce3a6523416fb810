import { existsSync } from 'node:fs';
import type { Config } from '../config/schema.js';
import { type Clock, systemClock } from '../kernel/clock.js';
import type { ServerState } from '../operations/program-status.js';
import { runProcess } from '../exec/run-process.js';
import { ControlConnection } from '../tmux/control/connection.js';
import { encode } from '../tmux/encode.js';
import { shellKind } from '../tmux/jobs/shell.js';
import { type Listing, parseListing } from '../tmux/listing.js';
import { listPanes, newMark } from '../tmux/listing-rows.js';
import { serverAddress } from '../tmux/server-address.js';
import { createSpawnedClient } from '../tmux/spawned-client.js';
import { type Reply, TransportFailure } from '../tmux/transport.js';
import { createTurns } from '../tmux/turns.js';
import { attachLock } from './attach-lock.js';
import { serverStateFolder } from './state-folder.js';

export type { Listing, PaneRow, SessionRow, WindowRow } from '../tmux/listing.js';

/** How a control connection went. */
export type ControlProbe =
  | { readonly ok: true; readonly connectMs: number; readonly answerMs: number }
  | { readonly ok: false; readonly problem: string };

/** Looks at tmux for status, diagnosis and completion: starts no server, and changes nothing. */
export interface TmuxInspector {
  readonly binary: string;
  readonly socketPath: string;
  /** `-S path`, or `-L name` for a socket in the folder that tmux makes itself. */
  readonly flags: readonly string[];
  /** What `tmux -V` says after its name; undefined when it says nothing in time. */
  readonly programVersion: (timeoutMs: number) => Promise<string | undefined>;
  /** By a process of its own, as the fall-back of control mode does it. */
  readonly server: (timeoutMs: number) => Promise<ServerState>;
  readonly control: (timeoutMs: number) => Promise<ControlProbe>;
  /** Everything there is, whatever the scope of the config; empty when tmux does not answer. */
  readonly listing: (timeoutMs: number) => Promise<Listing>;
}

const IDENTITY = encode(['display-message', '-p', '#{pid} #{start_time} #{version}']);
const MAX_VERSION_BYTES = 4096;

function refused(error: string): ServerState {
  const problem = error.includes('protocol version mismatch')
    ? 'The server is of a tmux that this tmux program cannot talk to.'
    : 'tmux refused to say who it is.';
  return { state: 'not_answering', problem };
}

function toState(reply: Reply): ServerState {
  if (!reply.ok) return refused(reply.error);
  const [, pid, startedAt, version] = /^([0-9]+) ([0-9]+) (\S+)$/.exec(reply.body.toString().trim()) ?? [];
  if (pid === undefined || startedAt === undefined || version === undefined) return refused('');
  return { state: 'running', pid: Number(pid), startedAt: Number(startedAt), version };
}

function failed(failure: unknown): ServerState {
  if (!(failure instanceof TransportFailure)) throw failure;
  if (failure.kind === 'no-server') return { state: 'no_server' };
  return { state: 'not_answering', problem: 'tmux does not answer.' };
}

async function probeControl(connection: ControlConnection, clock: Clock, timeoutMs: number): Promise<ControlProbe> {
  const started = clock.mono();
  try {
    const client = await connection.get(timeoutMs);
    const connected = clock.mono();
    await client.request({ line: IDENTITY, shape: 'single' }, timeoutMs);
    return { ok: true, connectMs: connected - started, answerMs: clock.mono() - connected };
  } catch (failure) {
    if (!(failure instanceof TransportFailure)) throw failure;
    return { ok: false, problem: connection.state().lastFailure ?? failure.message };
  } finally {
    await connection.close();
  }
}

/** @throws OrcError TMUX_UNAVAILABLE when no tmux program is on PATH. */
export function inspectTmux(config: Pick<Config, 'tmux'>, env: NodeJS.ProcessEnv, clock = systemClock): TmuxInspector {
  const { socket_name: socketName, socket_path: socketPath } = config.tmux;
  // No server is started, so nothing is passed on to one.
  const address = serverAddress({ socketName, socketPath, envPassthrough: [], env });
  const spawned = createSpawnedClient(address);
  return {
    binary: address.binary,
    socketPath: address.socketPath,
    flags: address.flags,
    programVersion: async (timeoutMs) => {
      const options = { env: address.clientEnv, timeoutMs, maxBytes: MAX_VERSION_BYTES };
      const { stdout } = await runProcess(address.binary, ['-V'], options);
      return /^tmux (\S+)$/m.exec(stdout.toString())?.[1];
    },
    server: (timeoutMs) => spawned.run({ line: IDENTITY, shape: 'single' }, timeoutMs).then(toState, failed),
    control: async (timeoutMs) => {
      // Where no state is kept none of ours runs, and none is to be made.
      const isKept = existsSync(serverStateFolder(address.socketPath, env));
      const lock = isKept ? attachLock(address.socketPath, env) : undefined;
      const connection = new ControlConnection({ address, spawned, clock, turns: createTurns(lock) });
      return probeControl(connection, clock, timeoutMs).finally(() => lock?.close());
    },
    listing: async (timeoutMs) => {
      const mark = newMark();
      const reply = await spawned.run({ line: listPanes(mark), shape: 'single' }, timeoutMs).catch(() => undefined);
      return parseListing(reply?.ok === true ? reply.body : Buffer.alloc(0), Buffer.alloc(0), mark);
    },
  };
}

/** True for the name of a shell that run_command can drive. */
export function isSupportedShell(name: string): boolean {
  return shellKind(name) !== undefined;
}
