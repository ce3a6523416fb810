import { describe, expect, it } from 'vitest';
import { ageOf, stateOf, withListing, withoutEpitaph, withText } from '../../../../src/cli/watch/fleet.js';
import { findWanted } from '../../../../src/cli/watch/wanted.js';
import type { Source } from '../../../../src/cli/watch/source.js';
import { OrcError } from '../../../../src/kernel/errors.js';
import { fleetOf, listed, many } from './panes.js';

describe('what is known of panes', () => {
  it('tells a change from what was there at first', () => {
    const first = fleetOf(many(2), 1);
    expect(first.map((pane) => pane.changedAt)).toEqual([undefined, undefined]);
    expect(withText(first, '%0', 'line 1', 500)).toBe(first);
    const changed = withText(first, '%0', 'more', 500);
    expect(changed.map((pane) => pane.changedAt)).toEqual([500, undefined]);
    // A change of one pane leaves the others as they are.
    expect(changed[1]).toBe(first[1]);
  });

  it('follows the listing: new, gone, ended, another command', () => {
    const fleet = fleetOf(many(3), 2);
    const next = withListing(fleet, [listed(0, { command: 'vim' }), listed(2, { dead: true }), listed(5)], 700);
    expect(next.map(({ id, command, changedAt }) => [id, command, changedAt])).toEqual([
      ['%0', 'vim', undefined],
      ['%2', 'node', 700],
      ['%5', 'node', undefined],
    ]);
    expect(next[0]!.lines).toHaveLength(2);
    expect(next[2]).toMatchObject({ text: undefined, lines: [], seenAt: 700 });
  });

  it('tells the state and the age in few letters', () => {
    expect(stateOf(listed(0))).toBe('');
    expect(stateOf(listed(0, { dead: true }))).toBe('ended');
    expect(stateOf(listed(0, { dead: true, exitStatus: 1 }))).toBe('ended (1)');
    const [seen] = fleetOf(many(1));
    const [changed] = withText(fleetOf(many(1)), '%0', 'x', 1000);
    const ages = (now: number): string[] => [ageOf(seen!, now), ageOf(changed!, now)];
    expect(ages(1500)).toEqual(['> 1 s', 'now']);
    expect(ages(500)).toEqual(['', 'now']);
    expect(ages(60_999)).toEqual(['> 1 min', '59 s']);
    expect(ages(7_300_000)).toEqual(['> 2 h', '2 h']);
    expect(ages(200_000_000)).toEqual(['> 2 d', '2 d']);
  });

  it('knows the line of tmux from one of a program', () => {
    expect(withoutEpitaph('out\n\n\nPane is dead (status 3, Fri Nov 20 11:33:58 2026)')).toBe('out');
    expect(withoutEpitaph('\x1b[0mPane is dead (signal 9, Fri Nov 20 11:33:58 2026)')).toBe('');
    expect(withoutEpitaph('Pane is dead (no)\nnot the end')).toBe('Pane is dead (no)\nnot the end');
  });
});

describe('findWanted', () => {
  const asked: string[] = [];
  const source: Source = {
    list: () => Promise.resolve([]),
    listAll: () => Promise.resolve([]),
    look: (target) => {
      asked.push(`look ${target}`);
      return Promise.resolve({ pane: { id: '%1' }, text: '', cursor: '', truncated: false, lines_missed: 0 });
    },
    session: (target) => {
      asked.push(`session ${target}`);
      return target === 'missing' ? Promise.reject(new OrcError('NOT_FOUND', 'No such session.')) : Promise.resolve();
    },
  };
  const pane = listed(3, {
    session: { id: '$2', name: 'my_work' },
    window: { id: '@9', index: 3, name: 'a.b' },
    index: 1,
  });

  it.each(['$2', 'my_work', 'my.work', '@9', 'my_work:3', 'my_work:a.b', 'my_work:a.b.1', 'my_work:3.1', '%3'])(
    'means this pane by %s',
    async (target) => {
      expect((await findWanted(source, [target]))(pane)).toBe(true);
    },
  );

  it.each(['$1', 'my', 'my_wor', 'my_work2', '@8', 'my_work:4', 'my_work:a', 'my_work:3.0', 'other:3', '%4'])(
    'means another one by %s',
    async (target) => {
      expect((await findWanted(source, [target]))(pane)).toBe(false);
    },
  );

  it('means all by none, and any of several', async () => {
    expect((await findWanted(source, []))(pane)).toBe(true);
    expect((await findWanted(source, ['other', '%3']))(pane)).toBe(true);
  });

  it('lets the operations check every target', async () => {
    asked.length = 0;
    await findWanted(source, ['work', '%1', '@2', 'work:1']);
    expect(asked).toEqual(['session work', 'look %1', 'look @2', 'look work:1']);
    await expect(findWanted(source, ['missing'])).rejects.toThrow('No such session.');
  });
});
