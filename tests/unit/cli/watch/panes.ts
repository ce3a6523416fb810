import { type Fleet, type ListedPane, withListing, withText } from '../../../../src/cli/watch/fleet.js';

export function listed(id: number, more: Partial<ListedPane> = {}): ListedPane {
  return {
    id: `%${String(id)}`,
    target: `work:${String(id)}.0`,
    session: { id: '$1', name: 'work' },
    window: { id: `@${String(id)}`, index: id, name: `w${String(id)}` },
    index: 0,
    command: 'node',
    dead: false,
    exitStatus: undefined,
    agent: undefined,
    ...more,
  };
}

/** Panes that were seen at time 0 with so many numbered lines. */
export function fleetOf(panes: readonly ListedPane[], lines = 0): Fleet {
  const text = Array.from({ length: lines }, (_, line) => `line ${String(line + 1)}`).join('\n');
  return panes.reduce<Fleet>((fleet, pane) => withText(fleet, pane.id, text, 0), withListing([], panes, 0));
}

export const many = (count: number): ListedPane[] => Array.from({ length: count }, (_, index) => listed(index));
