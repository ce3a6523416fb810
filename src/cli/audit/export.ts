import { once } from 'node:events';
import { EXIT_CODES, matches, type RecordFilter } from '../../app/audit-tools.js';
import type { AuditSurroundings, FilterFlags } from './flags.js';
import { withTools } from './answer.js';
import { badLine } from './verify.js';

/** Lines are gathered: a write for each would take most of the time. */
const GATHERED_BYTES = 65_536;

/** Writes text and waits while the reader is slower. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

export async function exportLog(surroundings: AuditSurroundings, filter: FilterFlags): Promise<void> {
  const wanted: RecordFilter = filter;
  const gone = new AbortController();
  // A reader that has enough, such as head, ends it.
  process.stdout.once('error', () => {
    gone.abort();
  });
  let text = '';
  let exported = 0;
  await withTools(surroundings, async (tools) => {
    const verdict = await tools.verify({
      signal: gone.signal,
      onRecord: async ({ record, line }) => {
        if (!matches(record, wanted)) return;
        exported++;
        text += `${line.toString()}\n`;
        if (text.length < GATHERED_BYTES) return;
        const gathered = text;
        text = '';
        await write(gathered);
      },
    });
    if (!gone.signal.aborted) await write(text);
    if (verdict.records > 0) await tools.note('audit_exported', { records: exported });
    const bad = badLine(verdict);
    if (bad !== undefined) surroundings.output.err(`Only what stands before it was exported. ${bad}\n`);
    surroundings.exit(EXIT_CODES[verdict.status]);
  });
}
