import type { PaneId } from '../kernel/ids.js';
import type { Delta, DeltaOptions } from '../tmux/pane/delta.js';
import type { OperationContext } from './define-operation.js';

/** How long a text may be: text and structured data both carry it, and JSON needs room for its quotes. */
export const textBytes = ({ settings }: OperationContext): number => Math.floor(settings.maxResultBytes / 3);

/** How many lines, from the first on, fit into a result. */
function fitting(lines: readonly string[], maxBytes: number): number {
  let bytes = 0;
  const end = lines.findIndex((line) => (bytes += Buffer.byteLength(line) + 1) > maxBytes);
  return end === -1 ? lines.length : Math.max(1, end);
}

/** Reads so much that the result keeps its bound; the cursor then stands after what is given. */
export async function captureFitting(context: OperationContext, pane: PaneId, options: DeltaOptions): Promise<Delta> {
  const maxBytes = textBytes(context);
  const delta = await context.tmux.capture(pane, options);
  const lines = options.since === undefined ? delta.lines.toReversed() : delta.lines;
  const count = fitting(lines, maxBytes);
  return count === lines.length
    ? delta
    : { ...(await context.tmux.capture(pane, { ...options, lines: count })), truncated: true };
}
