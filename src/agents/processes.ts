import { type ProcessMark, startOf, stateOf } from '../exec/process-mark.js';
import { isShell } from '../security/text/shells.js';
import type { AgentRecord } from './records.js';
import type { Evidence } from './status/evidence.js';
import type { PaneRow } from '../tmux/listing.js';
import { canLook, foregroundOf, runsScript } from '../tmux/jobs/process-facts.js';

/** An adopted one that runs below a shell leaves that behind; one that is a script of a shell itself has not ended. */
function hasShellBack(pane: PaneRow): boolean {
  if (!isShell(pane.command)) return false;
  const argv = foregroundOf(pane.pid)?.argv;
  return argv === undefined || !runsScript(argv);
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
  if (!isAlone && hasShellBack(pane)) return ended('exited', 'shell_in_foreground');
  return [];
}

const exitRule = (status: number | undefined): string => (status === undefined ? 'killed' : `exit_${String(status)}`);

/**
 * A shell can have become another program, or run a script. One that is running, not waiting, may draw its prompt or be in
 * a loop: undefined.
 */
function shellRule(argv: readonly string[], pid: number): string | undefined {
  if (!isShell(argv[0] ?? '') || runsScript(argv)) return 'command_has_terminal';
  return stateOf(pid) === 'R' ? undefined : 'shell_has_terminal';
}

/** Whether a plain shell waits for a command: the terminal's foreground is its own. */
export function shellEvidence(pane: PaneRow, at: number): Evidence[] {
  const foreground = foregroundOf(pane.pid);
  if (foreground !== undefined) {
    const rule = foreground.pid === pane.pid ? shellRule(foreground.argv, pane.pid) : 'command_has_terminal';
    if (rule === undefined) return [];
    return [{ source: 'process', says: rule === 'shell_has_terminal' ? 'idle' : 'working', rule, at }];
  }
  if (canLook()) return [];
  const says = isShell(pane.command) ? 'idle' : 'working';
  return [{ source: 'screen', says, rule: 'foreground_command', at }];
}

/** The process of an agent: where it was adopted below a shell, what that has in the foreground, if it is known. */
export function processOf({ isAlone, panePid }: Pick<AgentRecord, 'isAlone' | 'panePid'>): ProcessMark | undefined {
  if (isAlone) return { pid: panePid, start: startOf(panePid) };
  const front = foregroundOf(panePid);
  if (front === undefined || (isShell(front.argv[0] ?? '') && !runsScript(front.argv))) return undefined;
  return { pid: front.pid, start: startOf(front.pid) };
}
