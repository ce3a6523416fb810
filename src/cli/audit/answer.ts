import type { AuditTools } from '../../app/audit-tools.js';
import { withOpened } from '../answering.js';
import type { AuditSurroundings } from './flags.js';

/** Opens the log for a command, and closes it whatever happens. */
export function withTools<T>(
  { output, sources }: AuditSurroundings,
  work: (tools: AuditTools) => Promise<T>,
): Promise<T> {
  return withOpened(async () => {
    const { openAuditTools } = await import('../../app/audit-tools.js');
    return openAuditTools(sources(), output.err);
  }, work);
}
