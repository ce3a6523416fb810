import type { PaneId } from '../../kernel/ids.js';
import type { Ask } from '../ask.js';
import { readDelta } from '../pane/delta.js';
import type { JobId } from './job.js';
import { fromCharacter, KEPT_BYTES } from './output-scanner.js';

const LINES = 2000;
/** As much as of a stream; a pane may be very wide. */
const MAX_BYTES = 2 * KEPT_BYTES;

/**
 * What the pane shows of a job whose stream nobody has: the lines below the one that was typed for it, without the
 * prompt that follows when it is over. The best that is left, and said to be so.
 */
export async function screenOutput(ask: Ask, pane: PaneId, id: JobId, over: boolean): Promise<string> {
  const captured = await readDelta(ask, pane, { lines: LINES, ansi: false, since: undefined }).catch(() => undefined);
  if (captured === undefined) return '';
  const typed = captured.lines.findLastIndex((line) => line.includes(`/${id}/r'`));
  const below = typed === -1 ? captured.lines : captured.lines.slice(typed + 1);
  const lines = over ? below.slice(0, -1) : below;
  const text = Buffer.from(lines.length === 0 ? '' : `${lines.join('\n')}\n`);
  return fromCharacter(text.subarray(Math.max(0, text.length - MAX_BYTES))).toString('utf8');
}
