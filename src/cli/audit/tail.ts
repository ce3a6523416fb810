import type { AuditRecord, AuditTools } from '../../app/audit-tools.js';
import { OrcError } from '../../kernel/errors.js';
import { shown } from '../../kernel/text.js';
import { displayWidth } from '../../kernel/width.js';
import { plainText } from '../../operations/view.js';
import type { AuditSurroundings, TailFlags } from './flags.js';
import { withTools } from './answer.js';

const COLUMNS = ['TIME', 'CALLER', 'OPERATION', 'TARGET', 'DECISION', 'OUTCOME', 'MS'] as const;
/** What a row that comes later cannot widen any more. */
const WIDTHS = [20, 16, 18, 14, 8, 20, 0];

/** A record for people. What is in the file may have been put there by others. */
function row({ timestamp, actor, action, decision, outcome }: AuditRecord): string[] {
  const cells = [
    timestamp.replace('T', ' ').replace(/\.\d+Z$/, 'Z'),
    actor.caller,
    action.operation,
    action.target ?? '',
    decision?.result ?? '',
    outcome?.error_code ?? (outcome?.status === 'pending' ? 'no outcome' : (outcome?.status ?? 'noted')),
    outcome?.duration_ms === undefined ? '' : outcome.duration_ms.toFixed(1),
  ];
  return cells.map((cell: unknown) => shown(String(cell)));
}

/** An intent says no more than the outcome that follows it. */
function withoutAnswered(records: readonly AuditRecord[]): AuditRecord[] {
  const ended = new Set(records.filter(({ outcome }) => outcome?.status !== 'pending').map(({ event_id: id }) => id));
  return records.filter(({ event_id: id, outcome }) => outcome?.status !== 'pending' || !ended.has(id));
}

const padded = (cells: readonly string[]): string =>
  cells
    .map((cell, column) => cell + ' '.repeat(Math.max(0, (WIDTHS[column] ?? 0) - displayWidth(cell))))
    .join('  ')
    .trimEnd();

/** Resolves when the person or the program that started it wants no more. */
function untilEnded(): AbortSignal {
  const abort = new AbortController();
  const end = (): void => {
    abort.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  return abort.signal;
}

async function follow(
  tools: AuditTools,
  from: Parameters<AuditTools['follow']>[0],
  flags: TailFlags,
  print: (record: AuditRecord) => void,
): Promise<void> {
  try {
    await tools.follow(from, flags, untilEnded(), print);
  } catch (error) {
    if (!(error instanceof OrcError && error.code === 'CANCELLED')) throw error;
  }
}

export async function tail(surroundings: AuditSurroundings, flags: TailFlags): Promise<void> {
  const { output } = surroundings;
  await withTools(surroundings, async (tools) => {
    // Two records tell of one change.
    const { records, place } = await tools.last(output.json ? flags.lines : 2 * flags.lines, flags);
    if (output.json) for (const record of records) output.out(`${JSON.stringify(record)}\n`);
    else {
      const rows = (flags.lines === 0 ? [] : withoutAnswered(records).slice(-flags.lines)).map(row);
      if (flags.follow === true) for (const cells of [[...COLUMNS], ...rows]) output.out(`${padded(cells)}\n`);
      else output.out(`${rows.length === 0 ? 'No records.' : plainText({ table: { columns: COLUMNS, rows } })}\n`);
    }
    if (flags.follow !== true) return;
    await follow(tools, place, flags, (record) => {
      if (output.json) output.out(`${JSON.stringify(record)}\n`);
      else if (record.outcome?.status !== 'pending') output.out(`${padded(row(record))}\n`);
    });
  });
}
