import { basename } from 'node:path';
import type { Look } from '../pane/look.js';
import type { JobReason } from './job.js';
import { canLook, type Foreground, foregroundOf, processName, runsScript } from './process-facts.js';
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

/** What is known of a pane's prompt from commands that ran there. */
export interface PromptMemory {
  /** The text of the prompt. */
  readonly known?: string | undefined;
  /** What the last command printed after its last line end: it stands before the prompt. */
  readonly leftover?: string | undefined;
}

const programOf = (foreground: Foreground): string => basename(foreground.argv[0] ?? '').replace(/^-/, '');

/** Why the foreground program takes no shell commands. */
function programTaken(pane: Look, foreground: Foreground | undefined): JobReason | undefined {
  const kind = shellKind(pane.command);
  if (kind === undefined) {
    // tmux named a program that has just ended: its shell has the terminal again, or is about to take it.
    const between = foreground === undefined ? canLook() : shellKind(programOf(foreground)) !== undefined;
    return between ? 'no_prompt' : programReason(pane.command);
  }
  if (foreground === undefined) return undefined;
  if (!foreground.ownedByUs) return 'other_user';
  // Another program than tmux saw: one has begun since.
  if (programOf(foreground) !== pane.command) return 'no_prompt';
  return runsScript(foreground.argv) ? 'busy' : undefined;
}

/** Decides whether a command may be typed into a pane now. Nothing is typed on doubt. */
export function judge(pane: Look, memory: PromptMemory): { readonly ready: Ready } | { readonly reason: JobReason } {
  const foreground = foregroundOf(pane.pid);
  const reason = paneReason(pane) ?? programTaken(pane, foreground);
  const kind = shellKind(pane.command);
  if (reason !== undefined || kind === undefined) return { reason: reason ?? 'no_prompt' };
  const state = promptState(pane.line, { kind, ...memory });
  if (state !== 'clean') return { reason: state };
  const pid = foreground?.pid ?? pane.pid;
  return { ready: { kind, pid, name: processName(pid) ?? pane.command } };
}
