import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWorld, type World } from './world.js';

const HOOKED = fileURLToPath(new URL('hooked-cli.mjs', import.meta.url));

/** A world with a folder for programs that go before all others. */
export interface ProgramWorld extends World {
  readonly programs: string;
}

export function withPrograms(plain: World = createWorld()): ProgramWorld {
  const programs = join(plain.home, 'programs');
  mkdirSync(programs);
  return { ...plain, programs, env: { ...plain.env, PATH: `${programs}:${plain.env.PATH ?? ''}` } };
}

export function addScript({ programs }: ProgramWorld, name: string, script: string): void {
  writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(programs, name), 0o755);
}

/** One in which `claude` calls its hooks, and draws nothing that is known (hooked-cli.mjs). */
export function hookedWorld(): ProgramWorld {
  const world = withPrograms();
  copyFileSync(HOOKED, join(world.programs, 'claude'));
  chmodSync(join(world.programs, 'claude'), 0o755);
  return world;
}
