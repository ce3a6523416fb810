import { requireOperator } from '../../app/identity/bound-sources.js';
import { cleanOutside } from '../../app/outgoing.js';
import { flow } from '../../config/documented.js';
import { valueAt } from '../../config/dotted.js';
import { type ConfigSources, type FileReport, resolveConfig, type ResolvedConfig } from '../../config/load.js';
import { realPath } from '../../config/places.js';
import { configInvalid } from '../../config/problem.js';
import { addTrust, removeTrust } from '../../config/trust.js';
import { OrcError } from '../../kernel/errors.js';
import { requirePerson, requireYes } from '../confirm.js';
import type { Answer } from './answer.js';
import { printable } from './show.js';

function projectFile({ files }: ResolvedConfig): FileReport {
  const file = files.find(({ kind, exists }) => kind === 'project' && exists);
  if (file !== undefined) return file;
  throw new OrcError('NOT_FOUND', 'There is no .tmux_orchestrator/config.yaml here or in a folder above.', {
    hint: 'Go to the project, or write one: tmux-orc config init.',
  });
}

/** Into the audit log. It has happened by then, so what goes wrong with the record is only told. */
async function record(sources: ConfigSources, operation: string, sha256?: string): Promise<void> {
  const { openAuditTools } = await import('../../app/audit-tools.js');
  try {
    const tools = await openAuditTools(sources, (line) => process.stderr.write(line));
    await tools.note(operation, sha256 === undefined ? {} : { sha256 }, 'trust').finally(tools.close);
  } catch {
    process.stderr.write('This could not be recorded in the audit log.\n');
  }
}

/** What the file changes as soon as it is trusted. */
function changes(resolved: ResolvedConfig, file: FileReport): string[] {
  return file.settings
    .filter(({ leaf, value }) => flow(value) !== flow(valueAt(resolved.config, leaf.path)))
    .map(({ leaf, value }) => `  ${leaf.path}: ${flow(value)} (now ${flow(valueAt(resolved.config, leaf.path))})`);
}

/**
 * Trusts the project file as it is now; any change of it ends the trust.
 * @throws OrcError NOT_FOUND, DENIED without a terminal, CONFIG_INVALID, CANCELLED
 */
export async function trustProject(sources: ConfigSources): Promise<Answer> {
  const resolved = await resolveConfig(sources);
  const file = projectFile(resolved);
  await requirePerson((what) => requireOperator(sources, what), 'Trust is changed');
  const problems = resolved.problems.filter(({ where, untrusted }) => where === file.label && untrusted !== true);
  if (problems.length > 0 || file.sha256 === undefined) throw configInvalid(problems);
  const path = realPath(file.path);
  const told = cleanOutside(changes(resolved, file));
  process.stderr.write(
    [
      printable(path),
      ...(told.length === 0 ? ['It changes no value that holds now.'] : ['Trusted, it sets:', ...told]),
      '',
    ].join('\n'),
  );
  await requireYes('Trust this content of the file?', 'Nothing was trusted.', 'Answer y to trust the file.');
  addTrust(sources.env, path, file.sha256, new Date());
  await record(sources, 'config_trusted', file.sha256);
  return {
    data: { file: path, sha256: file.sha256, trusted: true },
    view: { summary: `Trusted as it is now: ${printable(path)}` },
  };
}

/** Takes the trust back. This only tightens, so it needs no terminal. */
export async function revokeTrust(sources: ConfigSources): Promise<Answer> {
  const path = realPath(projectFile(await resolveConfig(sources)).path);
  const removed = removeTrust(sources.env, path);
  if (removed) await record(sources, 'config_trust_revoked');
  return {
    data: { file: path, trusted: false, changed: removed },
    view: { summary: removed ? `No longer trusted: ${printable(path)}` : `Was not trusted: ${printable(path)}` },
  };
}
