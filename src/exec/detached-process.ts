import type { Environment } from './clean-environment.js';
import { markOf, type ProcessMark } from './process-mark.js';
import { hasSpareDescriptors } from './spare-descriptors.js';
import { workingFolder } from './working-folder.js';

/**
 * Starts a program that goes on after us, in a session of its own (setsid(2)): without our terminal, streams and signals.
 * argv only, exactly the environment given.
 * @returns undefined where it could not be started
 */
export async function startDetached(
  file: string,
  argv: readonly string[],
  env: Environment,
): Promise<ProcessMark | undefined> {
  const { execa } = await import('execa');
  if (!hasSpareDescriptors()) return undefined;
  const child = execa(file, argv, {
    ...{ env, extendEnv: false, cwd: workingFolder(), reject: false },
    ...{ detached: true, cleanup: false, stdio: 'ignore' },
  });
  child.catch(() => undefined);
  child.unref();
  return child.pid === undefined ? undefined : markOf(child.pid);
}
