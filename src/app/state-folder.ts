import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { stateFolder } from '../config/folders.js';
import { realPath } from '../config/places.js';

const HASH_CHARACTERS = 12;

/** Names one tmux server by its socket. */
export function serverName(socketPath: string): string {
  const hash = createHash('sha256').update(realPath(socketPath)).digest('hex');
  return hash.slice(0, HASH_CHARACTERS);
}

/** The part of the state folder that belongs to one tmux server. */
export function serverStateFolder(socketPath: string, env: NodeJS.ProcessEnv): string {
  return join(stateFolder(env), serverName(socketPath));
}
