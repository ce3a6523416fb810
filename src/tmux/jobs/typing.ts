import { randomUUID } from 'node:crypto';
import { sleep } from '../../kernel/clock.js';
import type { PaneId } from '../../kernel/ids.js';
import type { Ask } from '../ask.js';
import { type Command, encode } from '../encode.js';
import { guardedAsSeen } from '../pane/facts-guard.js';
import { look, type Look } from '../pane/look.js';
import type { JobReason } from './job.js';
import { judge, type PromptMemory, type Ready } from './judge.js';

export type Typed = { readonly seen: Look; readonly ready: Ready } | { readonly reason: JobReason };

const ATTEMPTS = 8;
const PAUSE_MS = 25;
/** A shell that has just been started reads its files before it shows a prompt. */
const PROMPT_PATIENCE_MS = 2000;

/** Raw input, past copy mode and to this pane only, whatever synchronize-panes says: a paste without brackets. */
function rawPaste(pane: PaneId, buffer: string): Command {
  return ['paste-buffer', '-r', '-d', '-b', buffer, '-t', pane];
}

/** Commands that put a line into the pane, in the state it was seen in. */
function typeCommands(seen: Look, buffer: string): Command[] {
  // The person who scrolls there sees the command begin; keys would otherwise go on to scroll.
  const leave: Command[] = seen.mode === '' ? [] : [['send-keys', '-X', '-t', seen.id, 'cancel']];
  return [...leave, rawPaste(seen.id, buffer)];
}

export interface TypeOptions {
  /** The row where the cursor was last seen. */
  readonly cursorY?: number | undefined;
  readonly memory: PromptMemory;
  /** The line to type, once it is known which shell reads it. */
  readonly line: (ready: Ready, seen: Look) => Promise<string>;
  /** The job that the pane is given to; undefined leaves it as it is. */
  readonly job: (() => string) | undefined;
  /** Whether a job that the pane names has ended. */
  readonly mayTake: (job: string) => Promise<boolean>;
  /** Told why it was not typed yet, each time. */
  readonly onReason?: (reason: JobReason) => void;
  readonly signal: AbortSignal;
}

/** Empties the buffer whatever happened: a failed paste would leave the text readable to every pane. */
async function typeOnce(ask: Ask, seen: Look, text: string, job: string | undefined): Promise<boolean> {
  const buffer = `orc-${randomUUID()}`;
  const take: Command[] = job === undefined ? [] : [['set-option', '-p', '-t', seen.id, '@orc_job', job]];
  const line = guardedAsSeen(seen, [...take, ...typeCommands(seen, buffer)], [['delete-buffer', '-b', buffer]]);
  const probe = async (): Promise<boolean> => job !== undefined && (await look(ask, seen.id))?.job === job;
  const before = [{ line: encode(['set-buffer', '-b', buffer, '--', text]), shape: 'single' as const }];
  const answer = (
    await ask.write(
      { operation: job === undefined ? 'cancel_job' : 'run_command', target: seen.id, probe },
      line,
      before,
    )
  ).trim();
  return answer === 'SENT' || answer === '';
}

/**
 * Looks, judges and types, as one: when the pane changes between the look and the paste, tmux refuses and it is
 * looked at again.
 */
export async function typeAtPrompt(ask: Ask, pane: PaneId, options: TypeOptions): Promise<Typed> {
  const patienceEnds = performance.now() + PROMPT_PATIENCE_MS;
  let reason: JobReason = 'changing';
  for (let attempt = 0; attempt < ATTEMPTS || (reason === 'no_prompt' && performance.now() < patienceEnds); attempt++) {
    if (attempt > 0) await sleep(PAUSE_MS, options.signal);
    const tried = await tryOnce(ask, pane, options);
    if ('ready' in tried) return tried;
    reason = tried.reason;
    options.onReason?.(reason);
    if (!tried.mayChange) break;
  }
  return { reason };
}

type Tried = Extract<Typed, { ready: unknown }> | { readonly reason: JobReason; readonly mayChange: boolean };

async function isSettling(ask: Ask, seen: Look, reason: JobReason): Promise<boolean> {
  // A prompt that is just being drawn looks like a line being typed; tmux's own child is not the shell yet.
  if (reason === 'half_typed' || reason === 'no_prompt' || seen.command.startsWith('tmux')) return true;
  // Another of our processes took the pane after the look: what was judged is its command.
  return (await look(ask, seen.id))?.job !== seen.job;
}

async function tryOnce(ask: Ask, pane: PaneId, options: TypeOptions): Promise<Tried> {
  const seen = await look(ask, pane, options.cursorY);
  if (seen === undefined) return { reason: 'pane_gone', mayChange: false };
  if (seen.job !== '' && !(await options.mayTake(seen.job))) return { reason: 'queued', mayChange: false };
  const judged = judge(seen, options.memory);
  if ('reason' in judged) {
    return { reason: judged.reason, mayChange: await isSettling(ask, seen, judged.reason) };
  }
  const text = await options.line(judged.ready, seen);
  const typed = await typeOnce(ask, seen, text, options.job?.());
  return typed ? { seen, ready: judged.ready } : { reason: 'changing', mayChange: true };
}

/** Interrupts what runs in the foreground: the byte of C-c, as typed. */
export async function typeInterrupt(ask: Ask, seen: Look): Promise<boolean> {
  const buffer = `orc-${randomUUID()}`;
  const line = encode(['if-shell', '-F', '-t', seen.id, `#{==:#{pane_id}|#{pane_pid}|#{pane_dead}|#{@orc_job},${seen.id}|${String(seen.pid)}|0|${seen.job}}`, encode(rawPaste(seen.id, buffer), ['display-message', '-p', 'SENT']), encode(['delete-buffer', '-b', buffer], ['display-message', '-p', 'REFUSED'])]); // prettier-ignore
  const before = [{ line: encode(['set-buffer', '-b', buffer, '--', '\u0003']), shape: 'single' as const }];
  return (await ask.write({ operation: 'cancel_job', target: seen.id }, line, before)).trim() === 'SENT';
}

/** Frees the pane for the next command, if it is still ours. */
export async function releasePane(ask: Ask, pane: PaneId, job: string): Promise<void> {
  const line = encode(['if-shell', '-F', '-t', pane, `#{==:#{@orc_job},${job}}`, encode(['set-option', '-p', '-u', '-t', pane, '@orc_job'])]); // prettier-ignore
  await ask.write({ operation: 'release_pane', target: pane }, line).catch(() => undefined);
}
