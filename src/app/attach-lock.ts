import { stateFolder } from '../config/folders.js';
import type { ProcessLock } from '../kernel/process-lock.js';
import { createProcessLock } from '../store/sqlite/process-lock.js';
import { serverStateFolder } from './state-folder.js';

/** What keeps the processes of ours on one tmux server apart where it would end (see tmux/turns.ts). */
export function attachLock(socketPath: string, env: NodeJS.ProcessEnv): ProcessLock {
  const folder = serverStateFolder(socketPath, env);
  return createProcessLock({ root: stateFolder(env), folder, name: 'attach.lock' });
}
