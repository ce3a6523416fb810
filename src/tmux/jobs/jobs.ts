import { endingAfter, raceAbort, sleep } from '../../kernel/clock.js';
import { OrcError } from '../../kernel/errors.js';
import type { PaneId } from '../../kernel/ids.js';
import { createScope } from '../../kernel/scope.js';
import { filterOutput } from '../../security/text/escape-filter.js';
import type { Ask } from '../ask.js';
import type { PaneRow } from '../listing.js';
import type { PaneStreams } from '../pane/stream.js';
import { ActiveJob } from './active-job.js';
import { afterOffset } from './after-offset.js';
import { cancelJob } from './cancel-job.js';
import type { JobId, JobPlace, JobReason, JobReport, RunTarget } from './job.js';
import type { JobFiles } from './job-files.js';
import { createPaneQueue } from './pane-queue.js';
import type { PromptMemory } from './judge.js';
import { promptText } from './prompt.js';
import { screenOutput } from './screen-output.js';
import { startJob, type Started } from './start-job.js';
import { releasePane } from './typing.js';
import { createJobWatch, type JobWatch, untilOver, WATCH_INTERVAL_MS } from './watch-job.js';

/** How long to wait; the signal ends the waiting, never the job. */
export interface JobWait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Commands in panes: run one at a time each, with their exact output and exit code. */
export interface Jobs {
  run(target: RunTarget, command: string, wait: JobWait): Promise<JobReport>;
  /** The same, but waits only until the command runs. */
  start(target: RunTarget, command: string, wait: JobWait): Promise<JobReport>;
  /**
   * A job of any of our processes.
   * @param since offset in its output: only what came after it.
   * @throws OrcError NOT_FOUND
   */
  get(id: JobId, wait: JobWait, since?: number): Promise<JobReport>;
  cancel(id: JobId, signal: AbortSignal): Promise<JobReport>;
  /** Where a job was started; undefined when there is no such job. */
  placeOf(id: JobId): Promise<JobPlace | undefined>;
  /** The job that was typed last into a pane, by any of our processes, while this process was in it; undefined when none is kept. */
  lastOf(pane: Pick<PaneRow, 'id' | 'pid' | 'server'>): Promise<JobId | undefined>;
  close(): Promise<void>;
}

export interface JobsOptions {
  readonly ask: Ask;
  readonly files: JobFiles;
  readonly streams: PaneStreams;
}

const OTHER_PROCESS_POLL_MS = 50;
const START_POLL_MS = 5;
const MAX_LEFTOVER = 1000;
/** How long the end marker, or another process's result, may come after the exit file. */
const MARKER_GRACE_MS = 500;

/** The signal of a wait, ended by its time too. */
function bounded({ timeoutMs, signal }: JobWait): AbortSignal {
  return endingAfter(signal, Math.max(1, timeoutMs));
}

/** Passes a wait's end by time as undefined; the caller's own cancelling stays an error. */
async function orTimeout<T>(work: Promise<T>, wait: JobWait, until: AbortSignal): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (wait.signal.aborted || !until.aborted) throw error;
    return undefined;
  }
}

function refusal(pane: PaneId, reason: JobReason, startedAt: number): JobReport {
  const nothing = { output: '', totalBytes: 0, truncated: false, source: 'stream' as const, offset: 0 };
  return { id: '', pane, state: 'refused', reason, ...nothing, durationMs: Math.round(performance.now() - startedAt) };
}

/** What the pane's prompt is known to be after a command ran at it. */
function remember(before: PromptMemory | undefined, { job, seen }: Started, report: JobReport): PromptMemory {
  const printed = report.output.slice(report.output.lastIndexOf('\n') + 1);
  const leftover = printed.length > MAX_LEFTOVER ? undefined : filterOutput(printed).text;
  return { known: learn(before, promptText(seen.line, { kind: job.meta.kind, ...before })), leftover };
}

/** The prompt itself, without what an earlier command left before it. */
function learn(before: PromptMemory | undefined, text: string): string | undefined {
  if (before?.known !== undefined && text.endsWith(before.known)) return before.known;
  const leftover = before?.leftover ?? '';
  // A leftover that is shown in another form than it was printed hides where the prompt begins.
  return text.startsWith(leftover) ? text.slice(leftover.length) : before?.known;
}

export class PaneJobs implements Jobs {
  readonly #options: JobsOptions;
  readonly #scope = createScope();
  readonly #queue = createPaneQueue();
  /** Watches of other processes' jobs that hold a pane which is waited for. */
  readonly #watches = new Map<JobId, JobWatch>();
  readonly #active = new Map<JobId, ActiveJob>();
  /** Prompts that a command which ran has proved, by pane. */
  readonly #prompts = new Map<PaneId, PromptMemory>();

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  async run(target: RunTarget, command: string, wait: JobWait): Promise<JobReport> {
    const until = bounded(wait);
    const begun = await this.#begin(target, command, wait, until);
    return begun instanceof ActiveJob ? this.#waitFor(begun, wait, until) : begun;
  }

  async start(target: RunTarget, command: string, wait: JobWait): Promise<JobReport> {
    const until = bounded(wait);
    const begun = await this.#begin(target, command, wait, until);
    if (!(begun instanceof ActiveJob)) return begun;
    // The line stands there; that it was taken shows when the job begins.
    while (!begun.started && !begun.isOver() && !until.aborted) await sleep(START_POLL_MS, wait.signal);
    return begun.report();
  }

  async #begin(target: RunTarget, command: string, wait: JobWait, until: AbortSignal): Promise<ActiveJob | JobReport> {
    const startedAt = performance.now();
    const leave = await orTimeout(this.#queue.enter(target.pane, until), wait, until);
    if (leave === undefined) return refusal(target.pane, 'queued', startedAt);
    let started: Started | JobReason | undefined;
    let reason: JobReason = 'changing';
    const onReason = (why: JobReason): void => void (reason = why);
    try {
      started = await orTimeout(this.#start(target, command, until, onReason), wait, until);
    } finally {
      if (typeof started !== 'object') leave();
    }
    if (typeof started !== 'object') return refusal(target.pane, started ?? reason, startedAt);
    this.#keep(started, leave);
    return started.job;
  }

  async get(id: JobId, wait: JobWait, since?: number): Promise<JobReport> {
    const job = this.#active.get(id);
    if (job !== undefined) return this.#waitFor(job, wait, bounded(wait), since);
    const result = await this.#options.files.result(id);
    return afterOffset(result ?? (await this.#foreign(id, wait)), since);
  }

  cancel(id: JobId, signal: AbortSignal): Promise<JobReport> {
    const { ask, files } = this.#options;
    return cancelJob({ ask, files, now: (job) => this.get(job, { timeoutMs: 1, signal }) }, id, signal);
  }

  placeOf(id: JobId): Promise<JobPlace | undefined> {
    return this.#options.files.meta(id);
  }

  async lastOf({ id: pane, pid, server }: Pick<PaneRow, 'id' | 'pid' | 'server'>): Promise<JobId | undefined> {
    const { files } = this.#options;
    const id = await files.last(pane, server.pid);
    const meta = id === undefined ? undefined : await files.meta(id);
    // Another program may have got the pane since.
    return meta?.panePid === pid ? id : undefined;
  }

  async close(): Promise<void> {
    await this.#scope.close();
    await this.#options.streams.close();
  }

  /** Types the command, once no other process's job holds the pane. */
  async #start(
    target: RunTarget,
    command: string,
    until: AbortSignal,
    onReason: (reason: JobReason) => void,
  ): Promise<Started | JobReason> {
    for (;;) {
      const started = await startJob(this.#options, target, command, {
        memory: this.#prompts.get(target.pane) ?? {},
        isOver: (id) => this.#isOver(id),
        onReason,
        signal: until,
      });
      if (started !== 'queued') return started;
      await sleep(OTHER_PROCESS_POLL_MS, until);
    }
  }

  /** The job's life after its line was typed. */
  #keep(started: Started, leave: () => void): void {
    const { job, stop } = started;
    const { ask, files } = this.#options;
    this.#active.set(job.id, job);
    void this.#follow(job).catch(() => undefined);
    void job.finished.then(async (report) => {
      stop?.();
      if (job.started) this.#prompts.set(job.pane, remember(this.#prompts.get(job.pane), started, report));
      const released = releasePane(ask, job.pane, job.id);
      leave();
      await Promise.all([released, files.saveResult(report).catch(() => undefined)]);
      // From here on the saved result answers.
      if ((await files.result(job.id)) !== undefined) this.#active.delete(job.id);
    });
  }

  /** Until the end marker came, or the watch saw another end. */
  async #follow(job: ActiveJob): Promise<void> {
    const { ask, files } = this.#options;
    const watch = createJobWatch(ask, files, job.id, job.meta);
    while (!job.isOver()) {
      await sleep(WATCH_INTERVAL_MS, this.#scope.signal);
      // While it prints it runs; looking then would only cost.
      if (job.isOver() || (job.started && !job.gap && job.quietMs < WATCH_INTERVAL_MS)) continue;
      const ending = await watch.check().catch(() => undefined);
      if (ending === undefined) continue;
      if (ending.state === 'done' && !job.gap) await sleep(MARKER_GRACE_MS, this.#scope.signal);
      if (job.isOver()) return;
      const screen = ending.state === 'done' ? { screen: await screenOutput(ask, job.pane, job.id, true) } : {};
      job.finish(ending.state, { ...ending, ...screen });
    }
  }

  async #waitFor(job: ActiveJob, wait: JobWait, until: AbortSignal, since?: number): Promise<JobReport> {
    if (!job.isOver()) await orTimeout(raceAbort(job.finished, until), wait, until);
    return job.report(since);
  }

  async #isOver(id: JobId): Promise<boolean> {
    const { ask, files } = this.#options;
    if (this.#active.get(id)?.isOver() === true || (await files.exitCode(id)) !== undefined) return true;
    const meta = await files.meta(id);
    if (meta === undefined || (await files.result(id)) !== undefined) return true;
    // One watch for all looks at a job: it takes several to be sure of some ends.
    const watch = this.#watches.get(id) ?? createJobWatch(ask, files, id, meta);
    this.#watches.set(id, watch);
    const over = (await watch.check()) !== undefined;
    if (over) this.#watches.delete(id);
    return over;
  }

  /** A job whose stream another process has, or had. */
  async #foreign(id: JobId, wait: JobWait): Promise<JobReport> {
    const { ask, files } = this.#options;
    const meta = await files.meta(id);
    if (meta === undefined) {
      throw new OrcError('NOT_FOUND', 'No such job.', {
        hint: 'Jobs are kept for 24 hours; job_id is what run_command gave.',
      });
    }
    const until = bounded(wait);
    const ending = await orTimeout(untilOver(createJobWatch(ask, files, id, meta), until), wait, until);
    // Its own process saves the exact output just after the end.
    for (let n = 0; ending !== undefined && n < MARKER_GRACE_MS / OTHER_PROCESS_POLL_MS; n++) {
      const result = await files.result(id);
      if (result !== undefined) return result;
      await sleep(OTHER_PROCESS_POLL_MS, wait.signal);
    }
    const output = await screenOutput(ask, meta.pane, id, ending !== undefined);
    const report: JobReport = {
      ...{
        id,
        pane: meta.pane,
        state: 'running' as const,
        output,
        totalBytes: Buffer.byteLength(output),
        truncated: true,
      },
      ...{ source: 'screen' as const, durationMs: Date.now() - meta.startedAt, offset: 0 },
      ...ending,
    };
    if (ending !== undefined) await files.saveResult(report).catch(() => undefined);
    return report;
  }
}
