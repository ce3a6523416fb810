import { runProcess } from '../exec/run-process.js';
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

const MAX_REPLY_BYTES = 256 * 1024 * 1024;
const NO_SERVER = /^(?:no server running on |error connecting to )/m;
/** The server ended while it was asked, for example with its last session. */
const SERVER_ENDED = /^(?:server exited|lost server)/m;

/**
 * The line goes to `source-file -` on standard input, so it is encoded as for control mode, has no 16 KB limit, and
 * no argument of it (a variable's value, a command) can be seen in the process list or stays in the server's argv.
 */
export function createSpawnedClient(address: ServerAddress): SpawnedClient {
  const run: SpawnedClient['run'] = async ({ line }, timeoutMs, options = {}) => {
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
    if (result.outcome === 'timeout') throw new TransportFailure('timeout', 'tmux did not answer in time');
    if (result.outcome !== 'exited') throw new TransportFailure('unsent', 'the tmux program could not be run');
    if (result.exitCode === 0) return { ok: true, body: result.stdout };
    if (NO_SERVER.test(result.stderr)) throw new TransportFailure('no-server', 'no tmux server is running');
    if (result.exitCode === undefined || SERVER_ENDED.test(result.stderr))
      throw new TransportFailure('lost', 'the tmux client was killed');
    return { ok: false, error: result.stderr.trim() };
  };
  return { run, request: (request, timeoutMs) => run(request, timeoutMs) };
}
