import { readFileSync } from 'node:fs';
import type { Evidence } from './status/evidence.js';
import type { PaneRow } from '../tmux/listing.js';
import { canLook, foregroundOf } from '../tmux/jobs/process-facts.js';

const SHELLS = new Set(['sh', 'bash', 'zsh', 'fish', 'dash', 'ksh', 'mksh', 'ash', 'csh', 'tcsh']);
const nameOf = (command: string): string => command.split('/').at(-1)?.replace(/^-/, '') ?? '';

/** Start of a process in clock ticks since boot (proc(5), field 22), which no other process of its number shares. */
export function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    // The name may hold spaces and brackets; the fields begin after its last bracket.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/**
 * What the system knows of an agent's processes: whether it has ended, and how.
 * @param pane undefined when it is gone
 * @param isAlone the agent is the pane's first process, and no shell is below it
 */
export function processEvidence(pane: PaneRow | undefined, panePid: number, isAlone: boolean, at: number): Evidence[] {
  const ended = (says: 'exited' | 'crashed', rule: string): Evidence[] => [{ source: 'process', says, rule, at }];
  if (pane === undefined) return ended('exited', 'pane_gone');
  if (pane.pid !== panePid) return ended('exited', 'pane_runs_another');
  if (pane.dead) return pane.exitStatus === 0 ? ended('exited', 'exit_0') : ended('crashed', exitRule(pane.exitStatus));
  // An adopted one that runs below a shell leaves that behind.
  if (!isAlone && SHELLS.has(nameOf(pane.command))) return ended('exited', 'shell_in_foreground');
  return [];
}

const exitRule = (status: number | undefined): string => (status === undefined ? 'killed' : `exit_${String(status)}`);

/** Whether a plain shell waits for a command: the terminal's foreground is its own. */
export function shellEvidence(pane: PaneRow, at: number): Evidence[] {
  const foreground = foregroundOf(pane.pid);
  if (foreground !== undefined) {
    const says = foreground.pid === pane.pid ? 'idle' : 'working';
    return [{ source: 'process', says, rule: says === 'idle' ? 'shell_has_terminal' : 'command_has_terminal', at }];
  }
  if (canLook()) return [];
  const says = SHELLS.has(nameOf(pane.command)) ? 'idle' : 'working';
  return [{ source: 'screen', says, rule: 'foreground_command', at }];
}
