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

/** From $TMUX, where no name was asked for. */
function inside({ socketName, env }: Omit<AddressOptions, 'envPassthrough'>): string | undefined {
  const path = socketName === null ? env.TMUX?.split(',')[0] : undefined;
  return path?.startsWith('/') === true ? path : undefined;
}

const DEFAULT_NAME = 'default';

/** Where the socket of the server is; the same as of {@link serverAddress}, without a look for tmux. */
export function socketPathOf(options: Omit<AddressOptions, 'envPassthrough'>): string {
  return options.socketPath ?? inside(options) ?? namedSocket(options.socketName ?? DEFAULT_NAME, options.env);
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
  const path = options.socketPath ?? inside(options);
  return {
    binary,
    flags: path === undefined ? ['-L', options.socketName ?? DEFAULT_NAME] : ['-S', path],
    socketPath: socketPathOf(options),
    clientEnv: clientEnvironment(env),
    serverEnv: serverEnvironment(env, options.envPassthrough),
  };
}
