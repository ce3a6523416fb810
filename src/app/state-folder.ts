import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from '../config/folders.js';

const HASH_CHARACTERS = 12;

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The part of the state folder that belongs to one tmux server, named by its socket. */
export function serverStateFolder(socketPath: string, env: NodeJS.ProcessEnv): string {
  const hash = createHash('sha256').update(realPath(socketPath)).digest('hex');
  return join(stateFolder(env), hash.slice(0, HASH_CHARACTERS));
}
