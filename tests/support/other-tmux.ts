import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { World } from './world.js';

const real = (): string => execFileSync('sh', ['-c', 'command -v tmux'], { encoding: 'utf8' }).trim();

/**
 * A world in which another tmux comes first on PATH.
 * @param script lines of sh that may end it; what they let through goes to the real tmux, as `"$TMUX_REAL"`.
 */
export function withOtherTmux(world: World, script: string): World {
  const folder = join(world.folder, `fake-${String(Math.random()).slice(2, 10)}`);
  mkdirSync(folder);
  const file = join(folder, 'tmux');
  writeFileSync(file, `#!/bin/sh\nTMUX_REAL='${real()}'\n${script}\nexec "$TMUX_REAL" "$@"\n`);
  chmodSync(file, 0o755);
  return { ...world, env: { ...world.env, PATH: `${folder}${delimiter}${world.env.PATH ?? ''}` } };
}

/** Answers `-V` with this version and is the real one else. */
export const versioned = (version: string): string => `if [ "$1" = -V ]; then echo 'tmux ${version}'; exit 0; fi`;
