import { beforeEach, describe, expect, it } from 'vitest';
import { type ChangedPanes, createChangedPanes } from '../../../src/monitor/changed-panes.js';
import type { PaneRow } from '../../../src/tmux/listing.js';
import { listingOf, paneRow } from '../../support/listings.js';

let now: number;
let panes: ChangedPanes;
beforeEach(() => {
  now = 1_000_000;
  panes = createChangedPanes({ now: () => now });
});

/** One round at this moment. @param activity in seconds @returns how many were read */
function round(activity: number, ...rows: PaneRow[]): number {
  const changed = panes.of(listingOf(rows, activity));
  for (const row of changed) panes.read(row, now);
  return changed.length;
}

describe('createChangedPanes', () => {
  it('reads what it does not know, and then no more', () => {
    expect(round(900, paneRow(1), paneRow(2))).toBe(2);
    expect(round(900, paneRow(1), paneRow(2))).toBe(0);
    expect(round(900, paneRow(1), paneRow(2), paneRow(3))).toBe(1);
  });

  it.each<Partial<PaneRow>>([
    ...[{ pid: 7 }, { dead: true }, { width: 81 }, { height: 25 }, { mode: 'copy-mode' }, { alternate: true }],
    ...[{ cursorRow: 3 }, { cursorY: 3 }, { title: 't' }, { command: 'vim' }, { lastSent: 'id' }],
  ])('reads again where the listing tells of %j', (more) => {
    round(900, paneRow(1));
    expect(round(900, paneRow(1, more))).toBe(1);
    expect(round(900, paneRow(1, more))).toBe(0);
  });

  it('reads once more in the second after the last output', () => {
    expect(round(1000, paneRow(1))).toBe(1);
    now += 500;
    // Something more may have come in the same second.
    expect(round(1000, paneRow(1))).toBe(1);
    now += 500;
    expect(round(1000, paneRow(1))).toBe(1);
    now += 500;
    expect(round(1000, paneRow(1))).toBe(0);
    expect(round(1001, paneRow(1))).toBe(1);
  });

  it('reads again what came while a slow listing was made', () => {
    // Asked for at 1000, answered at 1002.
    expect(round(1002, paneRow(1))).toBe(1);
    now += 2500;
    expect(round(1002, paneRow(1))).toBe(1);
    now += 1000;
    expect(round(1002, paneRow(1))).toBe(1);
    expect(round(1002, paneRow(1))).toBe(0);
  });

  it('sees output after a clock was set back, and does not read what is quiet again and again', () => {
    round(999, paneRow(1));
    now -= 500_000;
    expect(round(999, paneRow(1))).toBe(0);
    // It prints without moving its cursor: only the time tells.
    expect(round(500, paneRow(1))).toBe(1);
    now += 1000;
    expect(round(500, paneRow(1))).toBe(1);
    expect(round(500, paneRow(1))).toBe(0);
  });

  it('comes to rest where the last output is of a time that lies ahead', () => {
    round(1000, paneRow(1));
    now -= 500_000;
    round(1000, paneRow(1));
    expect(round(1000, paneRow(1))).toBe(0);
    expect(round(501, paneRow(1))).toBe(1);
  });

  it('reads what was touched, and what went and came back', () => {
    round(900, paneRow(1), paneRow(2));
    panes.touch('%1');
    expect(round(900, paneRow(1), paneRow(2))).toBe(1);
    expect(round(900, paneRow(2))).toBe(0);
    expect(round(900, paneRow(1), paneRow(2))).toBe(1);
  });

  it('reads what could not be read the last time', () => {
    expect(panes.of(listingOf([paneRow(1)], 900))).toHaveLength(1);
    expect(round(900, paneRow(1))).toBe(1);
  });

  it('takes a pane of several windows once', () => {
    expect(panes.of(listingOf([paneRow(1), paneRow(1)], 900))).toHaveLength(1);
  });
});
