import { beforeEach, describe, expect, it } from 'vitest';
import { parsePaneId, type PaneId } from '../../../src/kernel/ids.js';
import { cachedTmux } from '../../../src/monitor/cached-tmux.js';
import { OVERLAP_LINES } from '../../../src/operations/pane-text.js';
import type { Delta, DeltaOptions } from '../../../src/tmux/pane/delta.js';
import type { Tmux } from '../../../src/tmux/tmux.js';
import { paneRow } from '../../support/listings.js';

const PANE = parsePaneId('%1')!;
const LIVE = { lines: ['live'], cursor: 'now' } as unknown as Delta;
const KEPT = { lines: ['a', 'b', 'c'], cursor: 'then', truncated: false, before: 'above\n' } as unknown as Delta;

let touched: PaneId[];
let inside: number;
let kept: Delta | undefined;
let tmux: Tmux;
beforeEach(() => {
  [touched, inside, kept] = [[], -1, KEPT];
  const work =
    <T>(value: T) =>
    () => {
      inside = touched.length;
      return Promise.resolve(value);
    };
  const jobs = {
    ...{ run: work({}), start: work({}), get: work({ pane: PANE }), cancel: work({ pane: PANE }) },
    ...{ placeOf: work(undefined), lastOf: () => undefined, close: work(undefined) },
  };
  const bare = {
    ...{ capture: work(LIVE), lastLines: work(['live']), list: work({ sessions: [] }), send: work({}) },
    ...{ waitForOutput: work({}), killPane: work(undefined), splitPane: work({}), jobs },
    endingBy: () => bare,
  };
  tmux = cachedTmux(bare as unknown as Tmux, {
    recent: () => kept && { delta: kept, ageMs: 12 },
    touch: (pane) => void touched.push(pane),
    arranged: () => undefined,
  });
});
const capture = (options: Partial<DeltaOptions>): Promise<Delta> =>
  tmux.capture(PANE, { lines: 10, ansi: false, ...options });

describe('cachedTmux', () => {
  it('gives what is kept, with its age', async () => {
    expect(await capture({})).toEqual({ ...KEPT, ageMs: 12 });
  });

  it('keeps all that a call reads of a pane unless it is told otherwise', async () => {
    expect(await capture({ lines: 50, overlap: OVERLAP_LINES })).toMatchObject({ ageMs: 12 });
  });

  it('gives as many lines as are asked for, and says that there are more', async () => {
    expect(await capture({ lines: 2 })).toEqual({ ...KEPT, lines: ['b', 'c'], before: 'above\na\n', truncated: true, ageMs: 12 }); // prettier-ignore
  });

  it.each<[string, Partial<DeltaOptions>]>([
    ['what has come since a cursor', { since: 'cursor' }],
    ['colours', { ansi: true }],
    ['more lines than are kept', { lines: 61 }],
    ['more of those before them than are kept', { overlap: 61 }],
    ['the place of the reading among the output', { onRead: () => undefined }],
  ])('reads live: %s', async (_, options) => {
    expect(await capture(options)).toBe(LIVE);
  });

  it('reads live where nothing is kept, and last lines always', async () => {
    kept = undefined;
    expect(await capture({})).toBe(LIVE);
    kept = KEPT;
    expect(await tmux.lastLines(PANE, 5)).toEqual(['live']);
  });

  const target = paneRow(1);
  it.each<[string, () => Promise<unknown>, number]>([
    ['keys', () => tmux.send(target, {}), 1],
    ['a kill', () => tmux.killPane(PANE), 1],
    ['a split', () => tmux.splitPane({ pane: target } as never), 1],
    ['a command', () => tmux.jobs.run({ pane: PANE } as never, 'x', {} as never), 1],
    ['the start of one', () => tmux.jobs.start({ pane: PANE } as never, 'x', {} as never), 1],
    ['news of one', () => tmux.jobs.get('id', {} as never), 0],
    ['the end of one', () => tmux.jobs.cancel('id', undefined as never), 0],
    ['a wait', () => tmux.waitForOutput({ pane: PANE } as never), 0],
    ['keys with less time', () => tmux.endingBy(5).send(target, {}), 1],
  ])('takes what is kept for old after %s, and while it is done', async (_, work, before) => {
    await work();
    expect(inside).toBe(before);
    expect(touched).toEqual(Array.from({ length: before + 1 }, () => PANE));
  });
});
