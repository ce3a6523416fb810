import type { JobReason } from '../../tmux/jobs/job.js';
import type { Tmux } from '../../tmux/tmux.js';
import type { Outcome } from './messages.js';
import type { Sight } from '../sight.js';

/** How long its line may take to be typed. */
const TYPED_MS = 5000;
/** What will not change by itself in this pane. */
const FINAL: readonly JobReason[] = ['dead', 'pane_gone', 'unsupported_shell', 'other_user'];

/** Runs a message as a command of the shell in the agent's pane: its start is seen, and its end belongs to the job. */
export async function runMessage(
  tmux: Tmux,
  command: string,
  { pane, found, facts }: Sight,
  signal: AbortSignal,
): Promise<Outcome> {
  if (pane === undefined || found === undefined) return { state: 'refused', reason: 'pane_gone' };
  const target = { session: found.session.id, pane: pane.id, cursorY: pane.cursorY };
  const report = await tmux.jobs.start(target, command, { timeoutMs: TYPED_MS, signal });
  const { state, id, reason = 'changing' } = report;
  if (state !== 'refused')
    return { state: 'submitted', evidence: ['job_started'], reason: undefined, job: id, seq: facts.seq + 1 };
  if (reason === 'queued' || reason === 'changing') return { state: 'queued', reason };
  return FINAL.includes(reason) ? { state: 'refused', reason } : { state: 'held', reason };
}
