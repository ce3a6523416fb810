import { describe, expect, it } from 'vitest';
import { due, type Looked } from '../../../../src/cli/watch/pace.js';

const panes = (count: number, more: Partial<Looked> = {}): Looked[] =>
  Array.from({ length: count }, (_, id) => ({
    id: `%${String(id)}`,
    at: 0,
    changedAt: -60_000,
    onScreen: false,
    ...more,
  }));

/** Looks in ten seconds. */
function looks(all: Looked[], intervalMs = 250): Map<string, number> {
  const counts = new Map<string, number>();
  let now = all;
  for (let at = 0; at < 10_000; at += intervalMs) {
    const ids = due(now, at, intervalMs);
    for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
    now = now.map((pane) => (ids.includes(pane.id) ? { ...pane, at } : pane));
  }
  return counts;
}

const sum = (counts: Map<string, number>): number => [...counts.values()].reduce((all, count) => all + count, 0);

describe('due', () => {
  it('looks at what is lively and seen with every tick, at what is quiet now and then', () => {
    const lively = panes(1, { onScreen: true, changedAt: 60_000 });
    expect(looks(lively).get('%0')).toBeGreaterThanOrEqual(39);
    expect(looks(panes(1, { onScreen: true })).get('%0')).toBe(9);
    expect(looks(panes(1)).get('%0')).toBe(9);
  });

  it('costs about the same for many quiet panes as for some', () => {
    expect(sum(looks(panes(50)))).toBeLessThanOrEqual(100);
    expect(sum(looks(panes(500)))).toBeLessThanOrEqual(100);
    // None is forgotten.
    expect(looks(panes(80)).size).toBe(80);
  });

  it('bounds what everything lively may cost, and shares it evenly', () => {
    const counts = looks(panes(100, { onScreen: true, changedAt: 60_000 }));
    expect(sum(counts)).toBeLessThanOrEqual(400);
    expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(Math.max(...counts.values()) - 1);
  });

  it('begins with what was never looked at, and keeps to a longer interval', () => {
    const all = [...panes(3), { id: 'new', at: undefined, changedAt: 0, onScreen: false }];
    expect(due(all, 10_000, 250)[0]).toBe('new');
    expect(looks(panes(1, { onScreen: true, changedAt: 60_000 }), 2000).get('%0')).toBe(4);
  });
});
