import type { PaneId } from '../../kernel/ids.js';
import type { StreamListener } from '../pane/stream.js';
import { OVERLAP_BYTES } from './after-offset.js';
import type { JobId, JobReason, JobReport } from './job.js';
import type { JobMeta } from './job-files.js';
import { OutputScanner } from './output-scanner.js';

/** Recent output kept for `get_job since`. */
const RECENT_BYTES = 256 * 1024;

/** A job whose output stream this process has. */
export class ActiveJob {
  readonly id: JobId;
  readonly pane: PaneId;
  readonly meta: JobMeta;
  /** Settles when the job is over. */
  readonly finished: Promise<JobReport>;
  readonly #scanner: OutputScanner;
  readonly #startedAt = performance.now();
  #settle: (report: JobReport) => void = () => undefined;
  #final: JobReport | undefined;
  #recent: Buffer[] = [];
  #recentBytes = 0;
  #gap = false;
  #lastOutputAt = performance.now();
  readonly #synchronized: boolean;

  constructor(id: JobId, pane: PaneId, meta: JobMeta, synchronized: boolean) {
    this.id = id;
    this.pane = pane;
    this.meta = meta;
    this.#synchronized = synchronized;
    this.#scanner = new OutputScanner(id, (bytes) => {
      this.#keep(bytes);
    });
    this.finished = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  isOver(): boolean {
    return this.#final !== undefined;
  }

  get started(): boolean {
    return this.#scanner.state !== 'before';
  }

  get gap(): boolean {
    return this.#gap;
  }

  /** Milliseconds without output. */
  get quietMs(): number {
    return performance.now() - this.#lastOutputAt;
  }

  /** For the pane's stream. */
  readonly listener: StreamListener = {
    onData: (bytes) => {
      this.#lastOutputAt = performance.now();
      this.#scanner.push(bytes);
      if (this.#scanner.state !== 'done') return;
      if (!this.#scanner.startSeen) {
        // Its output was missed: who watches the job takes it from the screen.
        this.markGap();
        return;
      }
      const { exitCode } = this.#scanner;
      this.finish('done', exitCode === undefined ? {} : { exitCode });
    },
    onGap: () => {
      this.markGap();
    },
  };

  /** Part of the output was not seen. */
  markGap(): void {
    this.#gap = true;
  }

  /** Ends the job; the first end counts. */
  finish(
    state: 'done' | 'lost',
    facts: { readonly exitCode?: number; readonly reason?: JobReason; readonly screen?: string },
  ): JobReport {
    if (this.#final !== undefined) return this.#final;
    const report: JobReport = { ...this.report(), state, ...this.#output(facts.screen), ...pick(facts) };
    this.#final = report;
    this.#settle(report);
    return report;
  }

  /** The job as it is now. @param since offset in its output: only what came after it, as far as it is kept. */
  report(since?: number): JobReport {
    if (this.#final !== undefined) return since === undefined ? this.#final : { ...this.#final, ...this.#after(since) };
    return {
      id: this.id,
      pane: this.pane,
      state: 'running',
      ...this.#output(undefined),
      ...(since === undefined ? {} : this.#after(since)),
      durationMs: Math.round(performance.now() - this.#startedAt),
      ...(this.#synchronized ? { synchronized: true } : {}),
    };
  }

  #output(screen: string | undefined): Pick<JobReport, 'output' | 'totalBytes' | 'truncated' | 'source' | 'offset'> {
    if (screen !== undefined) {
      return {
        output: screen,
        totalBytes: Buffer.byteLength(screen),
        truncated: true,
        source: 'screen',
        offset: Buffer.byteLength(screen),
      };
    }
    const { output, totalBytes, truncated } = this.#scanner.collected();
    return {
      output: output.toString('utf8'),
      totalBytes,
      truncated: truncated || this.#gap,
      source: 'stream',
      offset: totalBytes,
    };
  }

  #after(since: number): Pick<JobReport, 'output' | 'before' | 'truncated' | 'offset'> {
    const recent = Buffer.concat(this.#recent);
    const end = this.#scanner.collected().totalBytes;
    const start = end - recent.length;
    const from = Math.max(0, since - start);
    return {
      output: recent.subarray(from).toString('utf8'),
      before: recent.subarray(Math.max(0, from - OVERLAP_BYTES), from).toString('utf8'),
      truncated: since < start || this.#gap,
      offset: end,
    };
  }

  #keep(bytes: Buffer): void {
    this.#recent.push(bytes);
    this.#recentBytes += bytes.length;
    while (this.#recent.length > 1 && this.#recentBytes - (this.#recent[0]?.length ?? 0) >= RECENT_BYTES) {
      this.#recentBytes -= this.#recent.shift()?.length ?? 0;
    }
  }
}

function pick(facts: {
  readonly exitCode?: number;
  readonly reason?: JobReason;
}): Pick<JobReport, 'exitCode' | 'reason'> {
  return {
    ...(facts.exitCode === undefined ? {} : { exitCode: facts.exitCode }),
    ...(facts.reason === undefined ? {} : { reason: facts.reason }),
  };
}
