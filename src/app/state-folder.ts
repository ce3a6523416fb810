import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from '../config/folders.js';
import { realPath } from '../config/places.js';

const HASH_CHARACTERS = 12;
const NAME = new RegExp(`^[0-9a-f]{${String(HASH_CHARACTERS)}}$`);

/** Whether it is what a server is named. */
export const isServerName = (name: string): boolean => NAME.test(name);

/** Names one tmux server by its socket. */
export function serverName(socketPath: string): string {
  const hash = createHash('sha256').update(realPath(socketPath)).digest('hex');
  return hash.slice(0, HASH_CHARACTERS);
}

/** The part of the state folder that belongs to one tmux server. */
export function serverStateFolder(socketPath: string, env: NodeJS.ProcessEnv): string {
  return join(stateFolder(env), serverName(socketPath));
}

/** Those of all tmux servers; none where there is no state yet. */
export function serverStateFolders(env: NodeJS.ProcessEnv): string[] {
  const root = stateFolder(env);
  try {
    const names = readdirSync(root).filter(isServerName);
    return names.map((name) => join(root, name));
  } catch {
    return [];
  }
}
