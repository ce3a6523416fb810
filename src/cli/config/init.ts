import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { startingFile } from '../../config/documented.js';
import type { ConfigSources } from '../../config/load.js';
import { projectPlace, userPlace } from '../../config/places.js';
import { OrcError } from '../../kernel/errors.js';
import type { Answer } from './answer.js';
import { printable } from './show.js';

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Renamed into place, so that a program that runs never reads half of it. */
async function replace(path: string, text: string, mode: number): Promise<void> {
  const next = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(next, text, { mode, flag: 'wx' });
    await rename(next, path);
  } finally {
    await rm(next, { force: true });
  }
}

/**
 * Writes a file to start from.
 * @throws OrcError CONFLICT when there is one
 */
export async function initConfig(
  { env, cwd }: ConfigSources,
  options: { readonly user: boolean; readonly force: boolean },
): Promise<Answer> {
  const { path, label } = options.user ? userPlace(env) : projectPlace(cwd, cwd);
  // A file that every user could write to would be refused.
  const [folderMode, fileMode] = options.user ? [0o700, 0o600] : [0o775, 0o664];
  try {
    await mkdir(dirname(path), { recursive: true, mode: folderMode });
    if (options.force) await replace(path, startingFile(), fileMode);
    else await writeFile(path, startingFile(), { mode: fileMode, flag: 'wx' });
  } catch (error) {
    if (codeOf(error) === 'EEXIST')
      throw new OrcError('CONFLICT', `${label} is there already.`, { hint: 'Give --force to replace it.' });
    throw new OrcError('DENIED', `${label} cannot be written (${codeOf(error) ?? 'unknown'}).`, {
      hint: 'Check who may write to its folder.',
      cause: error,
    });
  }
  return { data: { file: path }, view: { summary: `Wrote ${printable(path)}` } };
}
