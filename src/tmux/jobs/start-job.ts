import type { Ask } from '../ask.js';
import type { Look } from '../pane/look.js';
import type { PaneStreams } from '../pane/stream.js';
import { ActiveJob } from './active-job.js';
import type { JobId, JobReason, RunTarget } from './job.js';
import type { JobFiles, JobMeta } from './job-files.js';
import type { PromptMemory, Ready } from './judge.js';
import { typedLine } from './shell.js';
import { type Typed, typeAtPrompt } from './typing.js';

/** A job whose line was typed. */
export interface Started {
  readonly job: ActiveJob;
  /** The pane as it was just before. */
  readonly seen: Look;
  /** Stops listening to the pane. */
  readonly stop: (() => void) | undefined;
}

interface Prepared {
  readonly job: ActiveJob;
  readonly script: string;
  readonly stop: (() => void) | undefined;
}

export interface StartOptions {
  readonly memory: PromptMemory;
  readonly isOver: (id: JobId) => Promise<boolean>;
  readonly onReason: (reason: JobReason) => void;
  readonly signal: AbortSignal;
}

export interface StartServices {
  readonly ask: Ask;
  readonly files: JobFiles;
  readonly streams: PaneStreams;
}

/** Files and stream of a job: there before its line is typed, so that nothing of it can be missed. */
async function prepare(
  { files, streams }: StartServices,
  target: RunTarget,
  command: string,
  ready: Ready,
  seen: Look,
): Promise<Prepared> {
  const meta: JobMeta = {
    pane: target.pane,
    serverPid: seen.serverPid,
    panePid: seen.pid,
    shellPid: ready.pid,
    shellName: ready.name,
    kind: ready.kind,
    row: seen.historySize + seen.cursorY,
    startedAt: Date.now(),
  };
  const { id, script } = await files.create(command, meta);
  const job = new ActiveJob(id, target.pane, meta, seen.synchronized);
  const stop = (await streams.open(target.session, target.pane, job.listener))?.stop;
  if (stop === undefined) job.markGap();
  return { job, script, stop };
}

/**
 * Types a command at a pane's prompt.
 * @returns the reason when it was not typed; `queued` when another process's job holds the pane.
 */
export async function startJob(
  services: StartServices,
  target: RunTarget,
  command: string,
  options: StartOptions,
): Promise<Started | JobReason> {
  let prepared: Prepared | undefined;
  let typed: Typed;
  try {
    typed = await typeAtPrompt(services.ask, target.pane, {
      cursorY: target.cursorY,
      memory: options.memory,
      line: async (ready, seen) => {
        prepared ??= await prepare(services, target, command, ready, seen);
        return typedLine(ready.kind, prepared.script);
      },
      job: () => prepared?.job.id ?? '',
      mayTake: options.isOver,
      onReason: options.onReason,
      signal: options.signal,
    });
  } catch (error) {
    // The line may have been typed all the same, so its files stay.
    prepared?.stop?.();
    throw error;
  }
  if ('reason' in typed) {
    prepared?.stop?.();
    if (prepared !== undefined) await services.files.remove(prepared.job.id);
    return typed.reason;
  }
  if (prepared === undefined) return 'changing';
  // Without that note it runs all the same; only who asks for the last one does not find it.
  await services.files.keepLast(prepared.job.id, prepared.job.meta).catch(() => undefined);
  return { job: prepared.job, seen: typed.seen, stop: prepared.stop };
}
