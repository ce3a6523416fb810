import { join } from 'node:path';
import { clientEnvironment, type Environment, serverEnvironment } from '../exec/clean-environment.js';
import { findBinary } from '../exec/find-binary.js';
import { OrcError } from '../kernel/errors.js';

/** Which tmux server we talk to, and with what. */
export interface ServerAddress {
  readonly binary: string;
  /** `-S path` or `-L name`, as tmux(1) has them. */
  readonly flags: readonly string[];
  readonly socketPath: string;
  readonly clientEnv: Environment;
  readonly serverEnv: Environment;
}

export interface AddressOptions {
  readonly socketName: string | null;
  readonly socketPath: string | null;
  readonly envPassthrough: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Where tmux keeps the socket of `-L name` (tmux(1), -L). */
function namedSocket(name: string, env: NodeJS.ProcessEnv): string {
  const folder = env.TMUX_TMPDIR ?? '';
  return join(folder === '' ? '/tmp' : folder, `tmux-${String(process.getuid?.() ?? 0)}`, name);
}

type SocketOptions = Pick<AddressOptions, 'socketName' | 'socketPath' | 'env'>;

/** Where it is told by a path, by the config or from the inside; undefined where a name tells it. */
function toldPath({ socketName, socketPath, env }: SocketOptions): string | undefined {
  const inside = socketName === null ? env.TMUX?.split(',')[0] : undefined;
  return socketPath ?? (inside?.startsWith('/') === true ? inside : undefined);
}

/** The socket of the server that `serverAddress` gives, with or without a tmux program. */
export function socketPathOf(options: SocketOptions): string {
  return toldPath(options) ?? namedSocket(options.socketName ?? 'default', options.env);
}

/**
 * The server named by the config; else the one we run inside, from $TMUX; else the user's default one.
 * @throws OrcError TMUX_UNAVAILABLE when no tmux program is on PATH.
 */
export function serverAddress(options: AddressOptions): ServerAddress {
  const { env } = options;
  const binary = findBinary('tmux', env.PATH);
  if (binary === undefined) {
    throw new OrcError('TMUX_UNAVAILABLE', 'No tmux program was found on PATH.', {
      hint: 'Install tmux 3.2 or newer, for example: apt-get install tmux, brew install tmux.',
    });
  }
  const path = toldPath(options);
  return {
    binary,
    flags: path === undefined ? ['-L', options.socketName ?? 'default'] : ['-S', path],
    socketPath: socketPathOf(options),
    clientEnv: clientEnvironment(env),
    serverEnv: serverEnvironment(env, options.envPassthrough),
  };
}
