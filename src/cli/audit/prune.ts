import { DAY_MS } from '../../kernel/clock.js';
import { OrcError } from '../../kernel/errors.js';
import { plural } from '../../operations/view.js';
import type { AuditSurroundings, PruneFlags } from './flags.js';
import { canAsk, requireYes } from '../confirm.js';
import { show } from '../answering.js';
import { withTools } from './answer.js';

function limitOf({ before, keepDays }: PruneFlags): number {
  if (before !== undefined && keepDays === undefined) return before;
  if (before === undefined && keepDays !== undefined) return Date.now() - keepDays * DAY_MS;
  throw new OrcError('INVALID_INPUT', 'Expected either --before or --keep-days.', {
    hint: 'For example: tmux-orc audit prune --keep-days 90',
  });
}

/** @throws OrcError CONFIRMATION_REQUIRED where nobody can be asked, CANCELLED */
async function ask(question: string): Promise<void> {
  if (!canAsk())
    throw new OrcError('CONFIRMATION_REQUIRED', 'Records are only removed when somebody says so.', {
      hint: 'Run it in a terminal, or add --yes.',
    });
  await requireYes(question, 'Nothing was removed.', 'Answer y to remove the files.');
}

export async function pruneLog(surroundings: AuditSurroundings, flags: PruneFlags): Promise<void> {
  const started = performance.now();
  const limit = limitOf(flags);
  await withTools(surroundings, async (tools) => {
    const files = tools.prunable(limit);
    const first = files[0]?.file.first;
    const last = files.at(-1)?.last;
    const until = files.at(-1)?.until;
    if (first === undefined || last === undefined || until === undefined) {
      const summary = 'Nothing to remove: no file, apart from the one that is written to, is that old.';
      show(surroundings.output, [{ removed_files: 0, removed_records: 0 }, { summary }], started);
      return;
    }
    const what = `${plural(files.length, 'file')} with records ${String(first)} to ${String(last)}, up to ${until}`;
    if (!flags.yes) await ask(`Remove ${what}?`);
    const records = await tools.prune(files, flags.damaged === true);
    const data = { removed_files: files.length, removed_records: records, first, last, until };
    show(surroundings.output, [data, { summary: `Removed ${what}. A signed record says so.` }], started);
  });
}
