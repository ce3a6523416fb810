import { resolve } from 'node:path';
import type { Candidate, Restored, StateTools } from '../../app/state-tools.js';
import { OrcError } from '../../kernel/errors.js';
import { shown } from '../../kernel/text.js';
import { plainText, plural, type View } from '../../operations/view.js';
import { canAsk, requireYes } from '../confirm.js';
import { recorded } from '../recorded.js';
import type { Result } from '../answering.js';

const iso = ({ saved }: Candidate): string => new Date(saved.at).toISOString();

function toEntry(candidate: Candidate): object {
  return { store: candidate.saved.id, snapshot_at: iso(candidate), changes: candidate.changes };
}

function table(candidates: readonly Candidate[]): View {
  const columns = ['STORE', 'SNAPSHOT OF', 'TABLE', 'ADDED', 'REPLACED', 'REMOVED'];
  const rows = candidates.flatMap((candidate) =>
    candidate.changes.map(({ table: name, added, replaced, removed }) => [
      ...[candidate.saved.id, iso(candidate), shown(name)],
      ...[added, replaced, removed].map(String),
    ]),
  );
  return { table: { columns, rows } };
}

/** @throws OrcError CONFIRMATION_REQUIRED where nobody can be asked, CANCELLED */
async function ask(candidates: readonly Candidate[]): Promise<void> {
  process.stderr.write(`${plainText(table(candidates))}\n`);
  const stores = plural(candidates.length, 'store');
  if (!canAsk())
    throw new OrcError('CONFIRMATION_REQUIRED', `Rows of ${stores} are only replaced when somebody says so.`, {
      hint: 'Run it in a terminal, or add --yes.',
    });
  await requireYes(`Change ${stores} as shown?`, 'Nothing was changed.', 'Answer y to restore.');
}

export interface RestoreRequest {
  readonly cwd: string;
  readonly name: string;
  readonly isYes: boolean;
}

export async function restore(tools: StateTools, { cwd, name, isYes }: RestoreRequest): Promise<Result> {
  const found = await tools.find(name, resolve(cwd, name));
  const wanted = found.filter(({ changes }) => changes.length > 0);
  if (wanted.length === 0)
    return [{ restored: found.map(toEntry) }, { summary: 'Nothing to restore: what may come back is there already.' }];
  if (!isYes) await ask(wanted);
  const done: Restored[] = [];
  for (const candidate of wanted) done.push(await tools.restore(candidate));
  const unrecorded = done.find((one) => one.unrecorded !== undefined)?.unrecorded;
  return recorded([{ restored: done.map(toEntry) }, table(done)], unrecorded);
}
