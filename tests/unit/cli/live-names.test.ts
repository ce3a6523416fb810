import { describe, expect, it } from 'vitest';
import type { Listing } from '../../../src/app/inspect-tmux.js';
import { liveNames } from '../../../src/cli/completion/live-names.js';

interface Window {
  readonly name: string;
  readonly id?: string;
}

let pane = 0;

/** Only what completion reads of a listing. */
function listing(sessions: Record<string, readonly (string | Window)[]>): Listing {
  pane = 0;
  const rows = Object.entries(sessions).map(([name, windows]) => ({
    name,
    windows: windows.map((window, index) => ({
      index,
      name: typeof window === 'string' ? window : window.name,
      panes: [{ id: typeof window === 'string' ? `%${pane++}` : (window.id ?? ''), index: 0, active: true, command: 'vim' }],
    })),
  })); // prettier-ignore
  return { sessions: rows } as unknown as Listing;
}

const values = (...args: Parameters<typeof liveNames>): string[] => liveNames(...args).map(({ value }) => value);

describe('names of what runs', () => {
  it('are sessions, windows and panes, with what they are', () => {
    expect(liveNames(listing({ work: ['main', 'types'] }), 'target', '')).toEqual([
      { value: 'work', description: '2 windows' },
      { value: 'work:main', description: 'vim' },
      { value: 'work:types', description: 'vim' },
      { value: '%0', description: 'work:0.0 vim' },
      { value: '%1', description: 'work:1.0 vim' },
    ]);
    expect(values(listing({ work: ['main'] }), 'session', '')).toEqual(['work']);
    expect(values(listing({ work: ['main'] }), 'window', '')).toEqual(['work:main']);
  });

  it('are left out where they hold controls, invisible or broken characters, or mean something else', () => {
    const odd = ['a\u001b[31m', 'a\nb', 'a\tb', 'a\u009bb', 'a\u202eb', 'a\u200bb', 'a\ud800', 'a\ufffd', 'a\u2028', '', 'x'.repeat(257)];
    const others = ['$1', '@2', '%3', '-x', '--json', '=x'];
    const sessions = Object.fromEntries([...odd, ...others].map((name) => [name, ['w']]));
    expect(values(listing(sessions), 'session', '')).toEqual([]);
    expect(values(listing(sessions), 'window', '')).toEqual([]);
    // Their panes are reached all the same.
    expect(values(listing(sessions), 'target', '')).toHaveLength(odd.length + others.length);
    for (const { description } of liveNames(listing(sessions), 'target', '')) {
      expect(description).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028]/u);
      expect(description.length).toBeLessThanOrEqual(60);
    }
    for (const name of ['日本 語', '$(id)', "it's", '~root', '%F{red}', '$1x', 'a-b'])
      expect(values(listing({ [name]: [] }), 'session', '')).toEqual([name]);
  }); // prettier-ignore

  it('of windows are indexes where a name is not unique, not fit, or looks like one', () => {
    const windows = ['twice', 'twice', '7', 'a\u001bb', '', 'once'];
    expect(values(listing({ s: windows }), 'window', '')).toEqual(['s:0', 's:1', 's:2', 's:3', 's:4', 's:once']);
    expect(values(listing({ s: ['main'] }), 'window', 's:0')).toEqual(['s:0']);
    expect(liveNames(listing({ s: ['a\u001bb', 'a\u001bb'] }), 'window', '')[0]?.description).toBe('a?b');
  });

  it('name a linked pane once', () => {
    const shared = { name: 'w', id: '%5' };
    const found = liveNames(listing({ a: [shared], b: [shared] }), 'target', '');
    expect(found.filter(({ value }) => value === '%5')).toHaveLength(1);
  });
});
