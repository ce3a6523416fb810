import { once } from 'node:events';
import { EXIT_CODES, matches, type RecordFilter } from '../../app/audit-tools.js';
import type { AuditSurroundings, FilterFlags } from './flags.js';
import { withTools } from './answer.js';
import { badLine } from './verify.js';

/** Lines are gathered: a write for each would take most of the time. */
const GATHERED_BYTES = 65_536;
/** An export of more is an event of its own. */
const LARGE_RECORDS = 10_000;

/** Writes text and waits while the reader is slower. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

export async function exportLog(surroundings: AuditSurroundings, filter: FilterFlags): Promise<void> {
  const wanted: RecordFilter = filter;
  let text = '';
  let exported = 0;
  await withTools(surroundings, async (tools) => {
    // Before the first line: a reader that has enough, such as head, ends the program.
    const { records } = await tools.last(1, {});
    if (records.length > 0) await tools.note('audit_exported', { filtered: Object.keys(wanted).length > 0 });
    const verdict = await tools.verify({
      onRecord: async ({ record, line }) => {
        if (!matches(record, wanted)) return;
        if (exported++ === LARGE_RECORDS) await tools.note('large_export', { over: LARGE_RECORDS });
        text += `${line.toString()}\n`;
        if (text.length < GATHERED_BYTES) return;
        const gathered = text;
        text = '';
        await write(gathered);
      },
    });
    await write(text);
    const bad = badLine(verdict);
    if (bad !== undefined) surroundings.output.err(`Only what stands before it was exported. ${bad}\n`);
    surroundings.exit(EXIT_CODES[verdict.status]);
  });
}
