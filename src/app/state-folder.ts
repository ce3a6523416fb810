import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { stateFolder } from '../config/folders.js';
import { realPath } from '../config/places.js';

const HASH_CHARACTERS = 12;

/** The part of the state folder that belongs to one tmux server, named by its socket. */
export function serverStateFolder(socketPath: string, env: NodeJS.ProcessEnv): string {
  const hash = createHash('sha256').update(realPath(socketPath)).digest('hex');
  return join(stateFolder(env), hash.slice(0, HASH_CHARACTERS));
}
