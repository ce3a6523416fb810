import type { AuditTools } from '../../app/audit-tools.js';
import { correlationId } from '../../kernel/correlation.js';
import type { View } from '../../operations/view.js';
import type { AuditSurroundings } from './flags.js';
import { writeResult } from '../render.js';

/** Opens the log for a command, and closes it whatever happens. */
export async function withTools<T>(
  { output, sources }: AuditSurroundings,
  work: (tools: AuditTools) => Promise<T>,
): Promise<T> {
  const { openAuditTools } = await import('../../app/audit-tools.js');
  const tools = await openAuditTools(sources(), output.err);
  try {
    return await work(tools);
  } finally {
    await tools.close();
  }
}

export function answer(
  { output }: AuditSurroundings,
  data: Record<string, unknown>,
  view: View,
  started: number,
): void {
  const meta = { correlationId: correlationId(), durationMs: Math.round(performance.now() - started) };
  writeResult(output, { ok: true, data, view, meta });
}
