import type { PaneId } from '../../kernel/ids.js';
import type { Ask } from '../ask.js';
import { encode } from '../encode.js';
import type { Captured } from '../tmux.js';

/** The last lines of a pane, history included (tmux(1), capture-pane). `-J` joins what the terminal wrapped. */
export async function capture(
  ask: Ask,
  id: PaneId,
  options: { readonly lines: number; readonly ansi: boolean },
): Promise<Captured> {
  const start = `-${String(options.lines)}`;
  const command = encode(['capture-pane', '-p', '-J', ...(options.ansi ? ['-e'] : []), '-S', start, '-t', id]);
  const [body, history] = await Promise.all([
    ask.read(command),
    ask.read(encode(['display-message', '-p', '-t', id, '#{history_size}'])),
  ]);
  // `-J` keeps trailing spaces.
  const rows = body
    .toString('utf8')
    .split('\n')
    .map((row) => row.replace(/ +$/, ''));
  while (rows.at(-1) === '') rows.pop();
  const kept = rows.slice(-options.lines);
  return { lines: kept, truncated: rows.length > kept.length || Number(history.toString('utf8')) > options.lines };
}
