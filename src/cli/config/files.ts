import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkFile } from '../../config/check-file.js';
import { trustFile } from '../../config/folders.js';
import { type ConfigSources, type FileReport, resolveConfig } from '../../config/load.js';
import { projectPlace } from '../../config/places.js';
import { configInvalid, type Problem } from '../../config/problem.js';
import { OrcError } from '../../kernel/errors.js';
import { shown } from '../../kernel/text.js';
import type { Answer } from './answer.js';
import { printable } from './show.js';

function stateOf(file: FileReport, problems: readonly Problem[]): string {
  if (!file.exists) return 'not there';
  if (problems.some(({ where }) => where === file.label)) return 'refused';
  if (file.trusted === undefined) return 'read';
  return file.trusted ? 'read, trusted' : 'read, can only tighten';
}

/** Which files are looked at, and what became of them. */
export async function listFiles(sources: ConfigSources): Promise<Answer> {
  const { files, problems, warnings } = await resolveConfig(sources);
  const missing: FileReport[] = files.some(({ kind }) => kind === 'project')
    ? []
    : [
        {
          ...projectPlace(sources.cwd, sources.cwd),
          ...{ exists: false, trusted: undefined, sha256: undefined, settings: [] },
        },
      ];
  const all = [...files, ...missing].map((file) => ({
    layer: file.kind,
    path: file.path,
    exists: file.exists,
    ...(file.trusted === undefined ? {} : { trusted: file.trusted }),
    state: stateOf(file, problems),
  }));
  return {
    data: { files: all, trust_file: trustFile(sources.env), warnings },
    view: {
      table: {
        columns: ['LAYER', 'STATE', 'FILE'],
        rows: all.map(({ layer, state, path }) => [layer, state, printable(path)]),
      },
      ...(warnings.length === 0 ? {} : { note: warnings.join('\n') }),
    },
  };
}

async function validateNamed(file: string, cwd: string): Promise<Answer> {
  const path = resolve(cwd, file);
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  if (!there)
    throw new OrcError('NOT_FOUND', `There is no file ${shown(file)} to check.`, { hint: 'Give the path of a file.' });
  const problems = await checkFile(path, shown(file));
  if (problems.length > 0) throw configInvalid(problems);
  return { data: { valid: true, files: [path], warnings: [] }, view: { summary: `${shown(file)} is valid.` } };
}

/**
 * Checks one file by itself, or everything that holds here.
 * @throws OrcError CONFIG_INVALID, NOT_FOUND
 */
export async function validate(sources: ConfigSources, file: string | undefined): Promise<Answer> {
  if (file !== undefined) return validateNamed(file, sources.cwd);
  const { files, problems, warnings } = await resolveConfig(sources);
  if (problems.length > 0) throw configInvalid(problems);
  const read = files.filter(({ exists }) => exists);
  const names = read.length === 0 ? 'no config files' : read.map(({ label }) => shown(label)).join(' and ');
  return {
    data: { valid: true, files: read.map(({ path }) => path), warnings },
    view: {
      summary: `The config is valid (${names}, environment, flags).`,
      ...(warnings.length === 0 ? {} : { note: warnings.join('\n') }),
    },
  };
}
