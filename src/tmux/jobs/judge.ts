import type { Look } from '../pane/look.js';
import type { JobReason } from './job.js';
import { foregroundOf, processName, runsScript } from './process-facts.js';
import { promptState } from './prompt.js';
import { isRepl, type ShellKind, shellKind } from './shell.js';

/** A shell that waits at an empty prompt. */
export interface Ready {
  readonly kind: ShellKind;
  readonly pid: number;
  /** Name of its process, to notice when it is replaced. */
  readonly name: string;
}

const COPY_MODES = ['', 'copy-mode', 'view-mode'];

function paneReason(pane: Look): JobReason | undefined {
  if (pane.dead) return 'dead';
  if (pane.inputOff) return 'input_off';
  if (!COPY_MODES.includes(pane.mode)) return 'menu';
  if (pane.alternate) return 'alternate_screen';
  return undefined;
}

const UNSUPPORTED = /^(?:t?csh|ksh[0-9]*|mksh|nu|pwsh|elvish|xonsh)$/;

function programReason(command: string): JobReason {
  if (UNSUPPORTED.test(command)) return 'unsupported_shell';
  return isRepl(command) ? 'repl' : 'busy';
}

/**
 * Decides whether a command may be typed into a pane now. Nothing is typed on doubt.
 * @param known the pane's prompt, where a command that ran has proved it.
 */
export async function judge(
  pane: Look,
  known: string | undefined,
): Promise<{ readonly ready: Ready } | { readonly reason: JobReason }> {
  const reason = paneReason(pane);
  if (reason !== undefined) return { reason };
  const kind = shellKind(pane.command);
  if (kind === undefined) return { reason: programReason(pane.command) };
  const foreground = await foregroundOf(pane.pid);
  if (foreground !== undefined && !foreground.ownedByUs) return { reason: 'other_user' };
  if (foreground !== undefined && runsScript(foreground.argv)) return { reason: 'busy' };
  const state = promptState(pane.line, { kind, known });
  if (state !== 'clean') return { reason: state };
  const pid = foreground?.pid ?? pane.pid;
  return { ready: { kind, pid, name: (await processName(pid)) ?? pane.command } };
}
