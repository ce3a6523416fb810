import { stat } from 'node:fs/promises';
import { runProcess, type RunResult } from '../exec/run-process.js';
import { sleep } from '../kernel/clock.js';
import { OrcError } from '../kernel/errors.js';
import type { ServerAddress } from './server-address.js';
import { type Reply, type TmuxRequest, type Transport, TransportFailure } from './transport.js';

export interface SpawnOptions {
  /** Working directory of the client: what tmux gives to a new pane when no `-c` is used (which it would expand). */
  readonly cwd?: string;
  /** Starts the server when there is none, with the allow-listed environment. */
  readonly startServer?: boolean;
}

/** One tmux process per request: the fall-back of control mode, and the way panes are created. */
export interface SpawnedClient extends Transport {
  readonly run: (request: TmuxRequest, timeoutMs: number, options?: SpawnOptions) => Promise<Reply>;
}

/** Far beyond any listing or capture; holding more would endanger our own process. */
const MAX_REPLY_BYTES = 64 * 1024 * 1024;
/** Other failures to connect, a lack of rights for one, do not tell that nothing runs there. */
const NO_SERVER =
  /^(?:no server running on |error connecting to .* \((?:No such file or directory|Not a directory)\)$)/m;
/** Said by a client whose server was just ending when it connected. */
const SERVER_ENDED = /^(?:server exited|lost server)/m;
const START_ATTEMPTS = 10;
const START_PAUSE_MS = 20;

/** Starting a server makes tmux remove whatever stands at the socket's path: a user's file must not be lost that way. */
async function refuseOtherFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.isSocket()) return;
  throw new OrcError('TMUX_FAILED', 'What stands at the path of the tmux socket is no socket.', {
    hint: 'Choose another tmux.socket_path or tmux.socket_name, or move that file away.',
  });
}

/** A folder that was there when it was checked may have gone since; then no program can be started in it. */
async function refuseGoneFolder({ binary }: ServerAddress, cwd: string | undefined, result: RunResult): Promise<void> {
  if (cwd === undefined || result.outcome !== 'not-started' || !/^(?:ENOENT|ENOTDIR|EACCES|ELOOP)$/.test(result.code ?? '')) return; // prettier-ignore
  const tmux = await stat(binary).catch(() => undefined);
  if (tmux === undefined) return;
  throw new OrcError('INVALID_INPUT', 'cwd: the folder is gone, or cannot be entered.', {
    hint: 'Create it first, or give an existing one.',
  });
}

function toReply(result: RunResult, started: boolean): Reply {
  if (result.outcome === 'timeout') throw new TransportFailure('timeout', 'tmux did not answer in time');
  if (result.outcome === 'not-started') throw new TransportFailure('unsent', 'the tmux program could not be run');
  if (result.outcome !== 'exited') throw new TransportFailure('lost', 'the answer of tmux was beyond any size');
  if (result.exitCode === 0) return { ok: true, body: result.stdout };
  if (result.exitCode === undefined) throw new TransportFailure('lost', 'the tmux client was killed');
  // The server ended while it was asked, for example with its last session.
  if (!started && SERVER_ENDED.test(result.stderr)) throw new TransportFailure('ended', 'the tmux server ended');
  if (!started && NO_SERVER.test(result.stderr)) throw new TransportFailure('no-server', 'no tmux server is running');
  return { ok: false, error: result.stderr.trim() };
}

/**
 * The line goes to `source-file -` on standard input, so it is encoded as for control mode, has no 16 KB limit, and
 * no argument of it (a variable's value, a command) can be seen in the process list or stays in the server's argv.
 */
export function createSpawnedClient(address: ServerAddress): SpawnedClient {
  const once = async ({ line }: TmuxRequest, timeoutMs: number, options: SpawnOptions): Promise<Reply> => {
    const start = options.startServer === true;
    const argv = [
      '-u',
      ...(start ? [] : ['-N']),
      ...address.flags,
      ...(start ? ['start-server', ';'] : []),
      'source-file',
      '-',
    ];
    const result = await runProcess(address.binary, argv, {
      env: start ? address.serverEnv : address.clientEnv,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      input: Buffer.from(`${line}\n`, 'latin1'),
      timeoutMs,
      maxBytes: MAX_REPLY_BYTES,
    });
    await refuseGoneFolder(address, options.cwd, result);
    return toReply(result, start);
  };

  /** What a server did that has ended is gone with it, so the line may be given to the next one. */
  const starting = async (request: TmuxRequest, timeoutMs: number, options: SpawnOptions): Promise<Reply> => {
    await refuseOtherFile(address.socketPath);
    const deadline = performance.now() + timeoutMs;
    for (let attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
      const reply = await once(request, Math.max(1, deadline - performance.now()), options);
      if (reply.ok || !SERVER_ENDED.test(reply.error)) return reply;
      await sleep(START_PAUSE_MS * attempt);
    }
    throw new TransportFailure('lost', 'the tmux server ended again and again');
  };

  const run: SpawnedClient['run'] = (request, timeoutMs, options = {}) =>
    (options.startServer === true ? starting : once)(request, timeoutMs, options);
  return { run, request: run };
}
