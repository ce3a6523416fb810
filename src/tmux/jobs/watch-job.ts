import { sleep } from '../../kernel/clock.js';
import { isNotFound } from '../../kernel/errors.js';
import type { Ask } from '../ask.js';
import { look, type Look } from '../pane/look.js';
import type { JobReason } from './job.js';
import type { JobFiles, JobMeta } from './job-files.js';
import { foregroundOf, isReplaced } from './process-facts.js';
import { promptState } from './prompt.js';
import type { JobId } from './job.js';

export interface Ending {
  readonly state: 'done' | 'lost';
  readonly exitCode?: number;
  readonly reason?: JobReason;
}

/** A prompt must stand still this often before a job without an end mark is given up. */
const PROMPT_LOOKS = 4;
/** A shell that has not begun by then never will: its prompt was none, or the line was taken by something else. */
const LATEST_START_MS = 10_000;

export interface JobWatch {
  /** One look. @returns how the job ended, or undefined while it runs. */
  readonly check: () => Promise<Ending | undefined>;
}

/** True when the shell itself has the terminal again and shows an empty prompt. */
export function backAtPrompt(seen: Look, meta: JobMeta): boolean {
  if (seen.alternate || seen.dead || promptState(seen.line, { kind: meta.kind }) !== 'clean') return false;
  const foreground = foregroundOf(seen.pid);
  return foreground === undefined || foreground.pid === meta.shellPid;
}

/**
 * Watches a job from outside its stream: the exit file, the pane, the shell's process. It is what notices `exit 4`,
 * `exec vim`, a killed pane, or a C-c that somebody typed.
 */
export function createJobWatch(ask: Ask, files: JobFiles, id: JobId, meta: JobMeta): JobWatch {
  let promptLooks = 0;
  // Until the shell has read the typed line its prompt stands where it stood. A prompt further down without a start
  // means that the line was taken by something else, for example together with what a person typed.
  const hasBegun = (seen: Look): boolean =>
    files.started(id) || seen.historySize + seen.cursorY !== meta.row || Date.now() - meta.startedAt > LATEST_START_MS;

  const lookOnce = async (): Promise<Ending | undefined> => {
    const seen = await look(ask, meta.pane).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (seen?.serverPid !== meta.serverPid) return { state: 'lost', reason: 'pane_gone' };
    if (seen.dead || seen.pid !== meta.panePid || isReplaced(meta.shellPid, meta.shellName))
      return { state: 'lost', reason: 'shell_gone' };
    promptLooks = hasBegun(seen) && backAtPrompt(seen, meta) ? promptLooks + 1 : 0;
    return promptLooks >= PROMPT_LOOKS ? { state: 'lost', reason: 'interrupted' } : undefined;
  };

  return {
    check: async () => {
      const before = await files.exitCode(id);
      if (before !== undefined) return { state: 'done', exitCode: before };
      const ending = await lookOnce();
      if (ending === undefined) return undefined;
      // The shell may have written its code just before it went.
      const after = await files.exitCode(id);
      return after === undefined ? ending : { state: 'done', exitCode: after };
    },
  };
}

export const WATCH_INTERVAL_MS = 200;

/** Watches until the job is over; for processes that have not its stream. */
export async function untilOver(watch: JobWatch, signal: AbortSignal): Promise<Ending> {
  for (;;) {
    const ending = await watch.check();
    if (ending !== undefined) return ending;
    await sleep(WATCH_INTERVAL_MS, signal);
  }
}
