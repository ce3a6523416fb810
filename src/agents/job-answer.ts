import type { ManagedAgent } from '../store/managed-agents.js';
import type { JobReport } from '../tmux/jobs/job.js';
import type { Tmux } from '../tmux/tmux.js';
import type { Answer } from './answer.js';
import type { Observed } from './service.js';

/** It is only looked at. */
const WAIT_MS = 1;

/** What a job prints goes on under the same id, as long as nothing in its middle was dropped. */
const jobId = ({ id, truncated, totalBytes }: JobReport): string =>
  truncated ? `job ${id} ${String(totalBytes)}` : `job ${id}`;

/** The output of the last job in the pane of a shell. @param signal of the call */
export async function jobAnswer(
  { jobs }: Pick<Tmux, 'jobs'>,
  { panePid }: ManagedAgent,
  { found, isOpen }: Observed,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  if (found === undefined) return undefined;
  const { id: pane, server } = found.pane;
  const id = await jobs.lastOf({ id: pane, pid: panePid, server });
  if (id === undefined) return undefined;
  const report = await jobs.get(id, { timeoutMs: WAIT_MS, signal });
  return {
    ...{ text: report.output, source: 'job', id: jobId(report), exitCode: report.exitCode },
    complete: report.state === 'done' && isOpen !== true,
  };
}
