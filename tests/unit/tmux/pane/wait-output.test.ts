import { describe, expect, it } from 'vitest';
import { parsePaneId, parseSessionId } from '../../../../src/kernel/ids.js';
import { compileMatcher } from '../../../../src/security/text/pattern.js';
import type { Ask } from '../../../../src/tmux/ask.js';
import { readDelta } from '../../../../src/tmux/pane/delta.js';
import { SentTexts } from '../../../../src/tmux/pane/echo.js';
import type { OutputWait } from '../../../../src/tmux/pane/wait.js';
import { waitForOutput } from '../../../../src/tmux/pane/wait-output.js';

const PANE = parsePaneId('%1')!;
const HEIGHT = 24;

/** A pane of 80 columns that shows what `screen` gives, the cursor in the last of these rows. */
function paneThatShows(screen: () => readonly string[]): Ask {
  const read = (line: string): Promise<Buffer> => {
    const rows = screen();
    if (line.startsWith('capture-pane')) {
      const padded = [...rows, ...Array.from({ length: HEIGHT - rows.length }, () => '')];
      const start = Math.max(0, Number(/"-S" "(-?\d+)"/.exec(line)?.[1]));
      return Promise.resolve(Buffer.from(`${padded.slice(start).join('\n')}\n`));
    }
    const facts = [1, 2, 3, 0, HEIGHT, 80, 0, rows.length - 1, PANE].join(',');
    return Promise.resolve(Buffer.from(line.includes('pane_dead') ? `${PANE} 0\n` : `${facts}\n`));
  };
  return { read } as unknown as Ask;
}

describe('waitForOutput after a text was sent', () => {
  it('sees output that came while it began to listen, below the echo that was shown before', async () => {
    let screen = ['$ '];
    const ask = paneThatShows(() => screen);
    const sent = new SentTexts();
    const { cursor } = await readDelta(ask, PANE, { lines: 1, ansi: false });
    sent.remember(PANE, { text: 'echo DONE', row: 0, cursor, enter: true, at: performance.now() });
    screen = ['$ echo DONE'];
    const wait: OutputWait = {
      session: parseSessionId('$1')!,
      pane: PANE,
      matcher: await compileMatcher('DONE', false),
      idleMs: undefined,
      since: undefined,
      timeoutMs: 1000,
      signal: new AbortController().signal,
    };
    const open = (): Promise<undefined> => {
      screen = ['$ echo DONE', 'DONE', '$ '];
      return Promise.resolve(undefined);
    };
    const result = await waitForOutput({ ask, streams: { open, close: () => Promise.resolve() }, sent }, wait);
    expect(result).toMatchObject({ outcome: 'matched', match: 'DONE', missed: false });
  });
});
