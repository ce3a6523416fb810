import type { Command } from '../encode.js';
import type { PaneRow } from '../listing.js';
import { guarded } from './guarded-write.js';
import type { Look } from './look.js';

/** A guarded line that acts only while the pane is still as it was looked at: same cursor, same program, same job. */
export function guardedAsSeen(seen: Look, then: readonly Command[], otherwise: readonly Command[]): string {
  const row: Pick<PaneRow, 'id' | 'server' | 'pid'> = {
    id: seen.id,
    server: { pid: seen.serverPid, startedAt: seen.serverStartedAt },
    pid: seen.pid,
  };
  const asSeen = [
    ['#{cursor_x}', String(seen.cursorX)],
    ['#{cursor_y}', String(seen.cursorY)],
    ['#{history_size}', String(seen.historySize)],
    ['#{alternate_on}', seen.alternate ? '1' : '0'],
    ['#{?pane_in_mode,1,0}', seen.mode === '' ? '0' : '1'],
    // Only names of shells that we know come here, so nothing in it is syntax.
    ['#{pane_current_command}', seen.command],
    ['#{@orc_job}', seen.job],
  ] as const;
  return guarded(row, asSeen, then, otherwise);
}
