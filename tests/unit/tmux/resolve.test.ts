import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePaneId, parseSessionId, parseWindowId } from '../../../src/kernel/ids.js';
import { parseTarget } from '../../../src/security/text/target.js';
import type { Listing, PaneRow, SessionRow, WindowRow } from '../../../src/tmux/listing.js';
import { resolve } from '../../../src/tmux/resolve.js';

function pane(id: number, index = 0, active = true): PaneRow {
  return {
    ...{ id: parsePaneId(`%${String(id)}`)!, server: { pid: 1, startedAt: 1 }, index, active, pid: 100 + id },
    ...{ dead: false, exitStatus: undefined, width: 80, height: 24, mode: '', inputOff: false, synchronized: false },
    ...{ alternate: false, cursorY: 0, cursorRow: 0, title: '', command: 'sh', cwd: '/', tty: '' },
    ...{ agent: undefined, agentRole: undefined, agentEvent: undefined, lastSent: '' },
  };
}
function window(id: number, index: number, name: string, panes: PaneRow[], active = false): WindowRow {
  return { id: parseWindowId(`@${String(id)}`)!, index, name, active, activity: 0, panes };
}
function session(id: number, name: string, windows: WindowRow[]): SessionRow {
  const facts = { createdAt: 1, cwd: '/', attachedClients: 0 };
  return { id: parseSessionId(`$${String(id)}`)!, name, ...facts, windows };
}

const LISTING: Listing = {
  sessions: [
    session(0, 'main', [
      window(0, 0, 'editor', [pane(0)]),
      window(1, 1, 'build', [pane(1), pane(2, 1, false), pane(3, 2, false)]),
      window(2, 2, 'builder', [pane(4, 0, false), pane(5, 1)], true),
      // Named like an index, like a pane of another window, and with a colon.
      window(3, 7, '1', [pane(6)]),
      window(4, 8, 'build.1', [pane(7)]),
      window(5, 9, 'worker:1.2', [pane(8)]),
      window(6, 10, 'twin', [pane(9)]),
      window(7, 11, 'twin', [pane(10)]),
      window(8, 12, '99', [pane(11)]),
      window(13, 13, '01', [pane(16)]),
    ]),
    session(1, 'main-two', [window(9, 0, 'a b', [pane(12)])]),
    session(2, 'my_app', [window(10, 0, 'x', [pane(13)])]),
    session(3, 'été', [window(11, 0, '$0', [pane(14)])]),
    session(4, '%7', [window(12, 0, 'x', [pane(15)])]),
  ],
};

const find = (target: string, listing = LISTING): string => {
  const place = resolve(listing, parseTarget(target));
  return `${place.session.id}${place.window.id}${place.pane.id}`;
};
function failure(target: string, listing = LISTING): unknown {
  try {
    return find(target, listing);
  } catch (error) {
    return error;
  }
}

describe('resolve', () => {
  it.each([
    ['%3', '$0@1%3'],
    ['@1', '$0@1%1'],
    ['@2', '$0@2%5'],
    ['$0', '$0@2%5'],
    ['$1', '$1@9%12'],
    ['main', '$0@2%5'],
    ['main-two', '$1@9%12'],
    ['main:0', '$0@0%0'],
    ['main:editor', '$0@0%0'],
    ['main:build', '$0@1%1'],
    ['main:builder', '$0@2%5'],
    ['main:build.0', '$0@1%1'],
    ['main:1.2', '$0@1%3'],
    ['main:builder.0', '$0@2%4'],
    ['main-two:a b', '$1@9%12'],
    ['été', '$3@11%14'],
    ['été:$0', '$3@11%14'],
    ['my.app', '$2@10%13'],
    ['my.app:x.0', '$2@10%13'],
    ['my_app', '$2@10%13'],
  ])('finds %s', (target, expected) => {
    expect(find(target)).toBe(expected);
  });

  it('takes an index before a name, and the full name of a window before one of its panes', () => {
    expect(find('main:1')).toBe('$0@1%1');
    expect(find('main:99')).toBe('$0@8%11');
    // No index is written so.
    expect(find('main:01')).toBe('$0@13%16');
    expect(find('main:build.1')).toBe('$0@4%7');
    expect(find('main:worker:1.2')).toBe('$0@5%8');
    expect(find('main:worker:1.2.0')).toBe('$0@5%8');
  });

  it('takes an id before a session of that name', () => {
    expect(find('%7')).toBe('$0@4%7');
    expect(find('%7:0')).toBe('$4@12%15');
  });

  it('means the active window and pane of what is not told', () => {
    expect(find('main:builder')).toBe('$0@2%5');
    const quiet = { sessions: [session(0, 's', [window(0, 3, 'a', [pane(0, 0, false), pane(1, 1, false)])])] };
    expect(find('s', quiet)).toBe('$0@0%0');
  });

  it.each([
    'mai',
    'main-tw',
    'main-',
    'Main',
    'MAIN',
    'm*',
    '*',
    'main*',
    '+',
    '-',
    '!',
    '^',
    '{end}',
    '{last}',
    '.',
    'x',
    'main ',
  ])('finds nothing for the session %s, by no prefix, case or pattern', (target) => {
    expect(failure(target)).toMatchObject({ code: 'NOT_FOUND', message: 'No such session.' });
    expect(failure(`${target}:0`)).toMatchObject({ code: 'NOT_FOUND', message: 'No such session.' });
  });

  it.each([
    'edit',
    'buil',
    'Build',
    '*',
    'b*',
    '+',
    '-',
    '^',
    '$',
    '{end}',
    '!',
    '3',
    '00',
    '01x',
    ' 0',
    '-1',
    '4294967296',
    '.0',
    'x.0',
    '0.',
    '0.x',
    '0.-1',
    '0.+',
  ])('finds nothing for the window %s', (rest) => {
    expect(failure(`main:${rest}`)).toMatchObject({ code: 'NOT_FOUND', message: 'No such window.' });
  });

  it.each(['main:0.1', 'main:build.3', 'main:1.99'])('finds no pane for %s, and says which there are', (target) => {
    const error = failure(target);
    expect(error).toMatchObject({ code: 'NOT_FOUND', message: 'No such pane.' });
    expect(error).toHaveProperty('hint', expect.stringMatching(/^Window @\d has panes 0/));
  });

  it.each(['%99', '@99', '$99', '%4294967295'])('finds nothing for the id %s', (target) => {
    expect(failure(target)).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('refuses two windows of one name, and tells their ids', () => {
    const candidates = ['@6', '@7'];
    expect(failure('main:twin')).toMatchObject({ code: 'AMBIGUOUS', details: { candidates } });
    expect(failure('main:twin.0')).toMatchObject({ code: 'AMBIGUOUS', details: { candidates } });
    const many = Array.from({ length: 9 }, (_, index) => window(index, index, 'same', [pane(index)]));
    expect(failure('s:same', { sessions: [session(0, 's', many)] })).toMatchObject({
      message: '9 windows have this name.',
      details: { candidates: ['@0', '@1', '@2', '@3', '@4'] },
    });
  });

  it('finds a window that is linked to several places by any of them', () => {
    const linked = [pane(1), pane(2, 1, false)];
    const listing = {
      sessions: [
        session(0, 'one', [
          window(0, 0, 'a', [pane(0)], true),
          window(1, 3, 'shared', linked),
          window(1, 5, 'shared', linked),
        ]),
        session(1, 'two', [window(1, 8, 'shared', linked, true)]),
      ],
    };
    expect(find('@1', listing)).toBe('$0@1%1');
    expect(find('%2', listing)).toBe('$0@1%2');
    expect(find('two', listing)).toBe('$1@1%1');
    expect(find('two:shared.1', listing)).toBe('$1@1%2');
    expect(find('one:5', listing)).toBe('$0@1%1');
    // One window in two places is no ambiguity.
    expect(find('one:shared', listing)).toBe('$0@1%1');
    expect(find('one:shared.1', listing)).toBe('$0@1%2');
  });

  it('hints at the session that was meant, and at the windows there are', () => {
    expect(failure('mian')).toMatchObject({ hint: 'Did you mean "main"?' });
    expect(failure('nothing-like-it')).toMatchObject({ hint: 'list_sessions shows what there is.' });
    expect(failure('main-two:7')).toMatchObject({ hint: expect.stringContaining('Session $1 has windows 0;') });
  });

  it('finds nothing in nothing', () => {
    for (const target of ['main', '$0', '@0', '%0', 'a:b.c'])
      expect(failure(target, { sessions: [] })).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('only ever finds what is exactly named', () => {
    const piece = fc.constantFrom(
      'main',
      'main-two',
      'build',
      'builder',
      'build.1',
      '0',
      '1',
      '7',
      '99',
      '.',
      ':',
      '*',
      '$0',
      '%7',
      'a b',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
        const text = pieces.join('');
        let place;
        try {
          place = resolve(LISTING, parseTarget(text));
        } catch {
          return;
        }
        const { session: found, window: at, pane: in_ } = place;
        const windows = [at.name, String(at.index)];
        const names = [found.id, at.id, in_.id, found.name];
        for (const name of windows) names.push(`${found.name}:${name}`, `${found.name}:${name}.${String(in_.index)}`);
        expect(names).toContain(text);
      }),
      { numRuns: 500 },
    );
  });
});
