import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

const HASH_CHARACTERS = 12;

/** Where everything that changes is kept (XDG Base Directory Specification, $XDG_STATE_HOME). */
export function stateFolder(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_STATE_HOME;
  const home = env.HOME ?? homedir();
  return join(base !== undefined && isAbsolute(base) ? base : join(home, '.local', 'state'), 'tmux-orchestrator');
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The part of it that belongs to one tmux server, named by its socket. */
export function serverStateFolder(socketPath: string, env: NodeJS.ProcessEnv): string {
  const hash = createHash('sha256').update(realPath(socketPath)).digest('hex');
  return join(stateFolder(env), hash.slice(0, HASH_CHARACTERS));
}
