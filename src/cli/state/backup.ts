import { resolve } from 'node:path';
import type { StateTools } from '../../app/state-tools.js';
import { OrcError } from '../../kernel/errors.js';
import { canAsk, requireYes } from '../confirm.js';
import type { Result } from '../answering.js';
import { table, toEntry } from './list.js';

/** @throws OrcError CONFLICT where nobody can be asked, CANCELLED */
async function mayReplace(files: readonly string[]): Promise<void> {
  const what = files.join(', ');
  if (!canAsk())
    throw new OrcError('CONFLICT', `A backup is there already: ${what}.`, {
      hint: 'Give another folder, or add --yes to replace it.',
    });
  await requireYes(`Replace ${what}?`, 'Nothing was copied.', 'Answer y to replace the files.');
}

export async function backup(
  tools: StateTools,
  cwd: string,
  given: string | undefined,
  isYes: boolean,
): Promise<Result> {
  const folder = given === undefined ? undefined : resolve(cwd, given);
  if (given === '')
    throw new OrcError('INVALID_INPUT', 'folder: expected a path.', { hint: 'tmux-orc state backup --help' });
  const inTheWay = folder === undefined ? [] : tools.inTheWay(folder);
  if (inTheWay.length > 0 && !isYes) await mayReplace(inTheWay);
  const made = folder === undefined ? await tools.snapshot() : await tools.backup(folder);
  const view = made.length === 0 ? { summary: 'Nothing is kept yet.' } : { table: table(made, 'path') };
  return [{ copies: made.map(toEntry) }, view];
}
