import { sleep } from '../../kernel/clock.js';
import { OrcError } from '../../kernel/errors.js';
import type { Ask } from '../ask.js';
import { look } from '../pane/look.js';
import type { JobId, JobReport } from './job.js';
import type { JobFiles, JobMeta } from './job-files.js';
import { typedLine } from './shell.js';
import { typeAtPrompt, typeInterrupt } from './typing.js';
import { backAtPrompt } from './watch-job.js';

export interface CancelOptions {
  readonly ask: Ask;
  readonly files: JobFiles;
  /** The job as it is now. */
  readonly now: (id: JobId) => Promise<JobReport>;
}

const INTERRUPTS = 3;
/** How long a program may take to end after each interrupt. */
const GRACE_MS = 1500;
const POLL_MS = 40;

/** The shell's proof, at its prompt, that it reads again: it writes the job's end mark with the status of an interrupt. */
async function askShell({ ask, files }: CancelOptions, id: JobId, meta: JobMeta, signal: AbortSignal): Promise<void> {
  await typeAtPrompt(ask, meta.pane, {
    memory: {},
    line: () => Promise.resolve(typedLine(meta.kind, files.probe(id, meta.kind))),
    job: undefined,
    mayTake: (job) => Promise.resolve(job === id),
    signal,
  });
}

/** Interrupts once and waits for an end. @returns undefined when the job still runs. */
async function interruptOnce(
  options: CancelOptions,
  id: JobId,
  meta: JobMeta,
  signal: AbortSignal,
): Promise<JobReport | undefined> {
  const before = await look(options.ask, meta.pane);
  if (before?.job !== id) return options.now(id);
  if (!backAtPrompt(before, meta)) await typeInterrupt(options.ask, before);
  const deadline = performance.now() + GRACE_MS;
  let asked = false;
  while (performance.now() < deadline) {
    await sleep(POLL_MS, signal);
    const report = await options.now(id);
    if (report.state !== 'running') return report;
    const seen = asked ? undefined : await look(options.ask, meta.pane);
    if (seen === undefined || !backAtPrompt(seen, meta)) continue;
    asked = true;
    await askShell(options, id, meta, signal);
  }
  return undefined;
}

/**
 * Interrupts a job and proves that it ended: its own end mark, or, where the interrupt threw the shell back to its
 * prompt, a mark that the shell writes when it reads again.
 * @throws OrcError NOT_FOUND
 */
export async function cancelJob(options: CancelOptions, id: JobId, signal: AbortSignal): Promise<JobReport> {
  const report = await options.now(id);
  if (report.state !== 'running') return report;
  const meta = await options.files.meta(id);
  if (meta === undefined) throw new OrcError('NOT_FOUND', 'No such job.', { hint: 'job_id is what run_command gave.' });
  for (let n = 0; n < INTERRUPTS; n++) {
    const ended = await interruptOnce(options, id, meta, signal);
    if (ended !== undefined) return { ...ended, reason: ended.reason ?? 'cancelled' };
  }
  return { ...(await options.now(id)), reason: 'not_interruptible' };
}
