import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Listing, moveListing, parseListing } from '../../../src/tmux/listing.js';
import { ListingChanged, listMoving, listPanes, newMark } from '../../../src/tmux/listing-rows.js';

const MARK = ':mark';

/** The format of a command, as the parser of tmux reads it back. */
const formatOf = (command: string): string =>
  command
    .replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    .replace(/^.*"-F" "/, '')
    .replace(/"$/, '');

const ROW = {
  ...{ pid: '900', start_time: '1700000000', session_id: '$1', session_created: '1700000001', window_id: '@2' },
  ...{
    window_index: '3',
    window_active: '1',
    window_activity: '1700000002',
    pane_id: '%4',
    pane_index: '0',
    pane_active: '1',
    pane_pid: '901',
  },
  ...{ pane_dead: '0', pane_dead_status: '', pane_width: '80', pane_height: '24', pane_input_off: '0' },
  ...{
    pane_synchronized: '0',
    alternate_on: '0',
    history_size: '7',
    cursor_y: '2',
    '@orc_role': '',
    '@orc_event': '',
    '@orc_last': '',
    session_name: 'name',
    session_path: '/p',
  },
  ...{ window_name: 'window', pane_title: 'title', pane_current_command: 'bash', pane_current_path: '/cwd' },
  ...{ pane_tty: '/dev/pts/1', pane_mode: '', '@orc_agent': '' },
};
type Row = Partial<typeof ROW>;

/** What tmux prints for rows; strings are latin1, one character a byte. */
function printAs(format: string, rows: readonly Row[]): Buffer {
  const lines = rows.map((row) => {
    const fields: Record<string, string> = { ...ROW, ...row };
    return format.replaceAll(/#\{([@\w]+)\}/g, (_, name: string) => {
      const value = fields[name];
      if (value === undefined) throw new Error(`the format asks for ${name}, which this test does not know`);
      return value;
    });
  });
  return Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');
}
const print = (...rows: Row[]): Buffer => printAs(formatOf(listPanes(MARK)), rows);

const parse = (panes: Buffer, clients = ''): Listing => parseListing(panes, Buffer.from(clients), MARK);
const onlyPane = (row: Row): object => parse(print(row)).sessions[0]!.windows[0]!.panes[0]!;
const bytes = (text: string): string => Buffer.from(text).toString('latin1');

describe('parseListing', () => {
  it('reads nothing as no sessions', () => {
    expect(parse(Buffer.alloc(0), '$1 0\n')).toEqual({ sessions: [] });
  });

  it('reads every field of a row', () => {
    expect(
      parse(print({ '@orc_agent': 'worker', '@orc_role': 'qa', pane_mode: 'copy-mode' }), '$1 0\n$1 1\n$2 0\n$1 0\n'),
    ).toEqual({
      sessions: [
        {
          ...{ id: '$1', name: 'name', createdAt: 1_700_000_001, cwd: '/p', attachedClients: 2 },
          windows: [
            {
              ...{ id: '@2', index: 3, name: 'window', active: true, activity: 1_700_000_002 },
              panes: [
                {
                  ...{ id: '%4', server: { pid: 900, startedAt: 1_700_000_000 }, index: 0, active: true, pid: 901 },
                  ...{ dead: false, exitStatus: undefined, width: 80, height: 24, mode: 'copy-mode', inputOff: false },
                  ...{
                    synchronized: false,
                    alternate: false,
                    cursorY: 2,
                    cursorRow: 9,
                    title: 'title',
                    command: 'bash',
                    cwd: '/cwd',
                  },
                  ...{ tty: '/dev/pts/1', agent: 'worker', agentRole: 'qa', agentEvent: undefined, lastSent: '' },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('reads states', () => {
    expect(onlyPane({ pane_dead: '1', pane_dead_status: '137' })).toMatchObject({ dead: true, exitStatus: 137 });
    expect(onlyPane({ pane_dead: '1' })).toMatchObject({ dead: true, exitStatus: undefined });
    const on = { pane_input_off: '1', pane_synchronized: '1', alternate_on: '1' };
    expect(onlyPane(on)).toMatchObject({ inputOff: true, synchronized: true, alternate: true });
  });

  it('puts panes into their windows and windows into their sessions', () => {
    const body = print(
      { pane_id: '%1' },
      { pane_id: '%2', pane_index: '1', pane_active: '0' },
      { pane_id: '%3', window_id: '@5', window_index: '4', window_name: 'other' },
      { pane_id: '%6', session_id: '$0', session_name: 'second', window_id: '@7', window_index: '0' },
    );
    const shape = parse(body).sessions.map(({ id, windows }) => [
      id,
      windows.map((window) => [window.id, window.panes.map((pane) => pane.id)]),
    ]);
    expect(shape).toEqual([
      ['$1', [['@2', ['%1', '%2']], ['@5', ['%3']]]],
      ['$0', [['@7', ['%6']]]],
    ]); // prettier-ignore
  });

  it('shows a linked window in each of its places', () => {
    const there = { session_id: '$9', session_name: 'other', window_index: '7' };
    const { sessions } = parse(print({}, { window_index: '5', window_active: '0' }, there));
    const shape = sessions.map(({ id, windows }) => [
      id,
      windows.map(({ id, index, panes }) => [id, index, panes.length]),
    ]);
    expect(shape).toEqual([['$1', [['@2', 3, 1], ['@2', 5, 1]]], ['$9', [['@2', 7, 1]]]]); // prettier-ignore
  });

  it.each([
    'A\nB',
    '\n',
    '1:2:3',
    '9',
    '\x1b[31mred\x1b[0m\x07',
    'a,b,c\n%end 1 1 1\n%exit',
    '日本 👩‍👩‍👧',
    '#{pane_id}#(id)',
    ' ',
    "');--",
    '\t\r\x85\u2028',
  ])('keeps %j in every string', (text) => {
    const given = bytes(text);
    const row = {
      ...{ session_name: given, session_path: given, window_name: given, pane_title: given },
      ...{ pane_current_command: given, pane_current_path: given, pane_mode: given, '@orc_agent': given },
    };
    const { sessions } = parse(print(row, { ...row, pane_id: '%5' }));
    expect(sessions).toMatchObject([{ name: text, cwd: text, windows: [{ name: text }] }]);
    const pane = { title: text, command: text, cwd: text, mode: text, agent: text };
    expect(sessions[0]?.windows[0]?.panes).toMatchObject([{ ...pane, id: '%4' }, { ...pane, id: '%5' }]); // prettier-ignore
  });

  const anyBytes = fc.uint8Array({ maxLength: 30 }).map((all) => Buffer.from(all).toString('latin1'));
  const anyRow = fc.record({
    session_name: anyBytes,
    session_path: anyBytes,
    window_name: anyBytes,
    pane_title: anyBytes,
    pane_current_path: anyBytes,
    '@orc_role': anyBytes,
    '@orc_event': anyBytes,
    '@orc_agent': anyBytes,
  });

  it('reads any bytes, shown as UTF-8', () => {
    const shown = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');
    fc.assert(
      fc.property(anyRow, (row) => {
        const [session] = parse(print(row)).sessions;
        const { session_name: name, window_name: window, pane_title: title, pane_current_path: cwd } = row;
        expect(session).toMatchObject({ name: shown(name), cwd: shown(row.session_path) });
        expect(session?.windows[0]).toMatchObject({
          name: shown(window),
          panes: [{ title: shown(title), cwd: shown(cwd) }],
        });
      }),
    );
  });

  it('asks for another listing when rows are cut anywhere', () => {
    fc.assert(
      fc.property(anyRow, fc.nat(), (row, cut) => {
        const body = print(row, row);
        const end = cut % body.length;
        if (end === 0 || end === body.length / 2) return;
        expect(() => parse(body.subarray(0, end))).toThrow(ListingChanged);
      }),
    );
  });

  it('asks for another listing when marks are missing, or there is one too many', () => {
    const body = print({}, { pane_id: '%5' }).toString('latin1');
    for (const [from, to] of [[MARK, ''], [MARK, MARK + MARK], [`${MARK}\n`, MARK], ['\n9', '9'], ['\n9', ' 9'], ['900,', '']] as const)
      expect(() => parse(Buffer.from(body.replace(from, to), 'latin1')), `${from} as ${to}`).toThrow(ListingChanged);
    expect(() => parse(Buffer.from('%1\n'))).toThrow(ListingChanged);
  }); // prettier-ignore

  it('makes another mark each time, which begins nowhere within itself', () => {
    const marks = Array.from({ length: 100 }, newMark);
    expect(new Set(marks).size).toBe(100);
    for (const mark of marks) expect(mark.lastIndexOf(mark.charAt(0))).toBe(0);
    // What a title ends with is not taken for the beginning of the mark.
    for (const end of [':', ':m', ':mar', 'm:']) expect(onlyPane({ pane_title: end })).toMatchObject({ title: end });
  });

  it.each([
    { session_id: '1' },
    { session_id: '$01' },
    { window_id: '@' },
    { window_id: '%1' },
    { pane_id: '%4294967296' },
    { pane_id: '' },
    { pane_index: '' },
    { pane_index: 'x' },
    { pane_pid: '1.5' },
    { session_created: ' 1' },
    { pid: '' },
    { pane_dead_status: 'x' },
    { pane_width: '80,1' },
  ])('asks for another listing when a number or id is none: %j', (row) => {
    expect(() => parse(print(row))).toThrow(ListingChanged);
  });

  it('counts only people among the clients', () => {
    expect(parse(print({}), '$1 1\n$1 1\n').sessions[0]?.attachedClients).toBe(0);
    expect(parse(print({}), '').sessions[0]?.attachedClients).toBe(0);
    expect(parse(print({}), '\n$1 0\n 0\n$1\n').sessions[0]?.attachedClients).toBe(1);
  });
});

describe('moveListing', () => {
  const moving = formatOf(listMoving(MARK));
  const rows: Row[] = [
    { pane_id: '%1' },
    { pane_id: '%2', pane_index: '1' },
    { pane_id: '%3', window_id: '@5', window_index: '4' },
    { pane_id: '%6', session_id: '$2', session_name: 'second', window_id: '@7' },
  ];
  const move = (next: readonly Row[]): Listing | undefined => moveListing(parse(print(...rows)), printAs(moving, next), MARK);
  const all = (listing: Listing | undefined): object[] =>
    (listing?.sessions ?? []).flatMap(({ windows }) => windows.flatMap(({ panes }) => panes));
  const at = (index: number, row: Row): Row[] => rows.map((one, place) => (place === index ? { ...one, ...row } : one));

  it('gives the same rows where nothing has changed', () => {
    const before = parse(print(...rows), '$1 0\n');
    const after = moveListing(before, printAs(moving, rows), MARK);
    expect(after).toEqual(before);
    for (const [index, pane] of all(after).entries()) expect(pane).toBe(all(before)[index]);
  });

  it('reads what a whole listing would have read', () => {
    const next = at(2, {
      ...{ cursor_y: '9', history_size: '100', pane_title: bytes('日本'), pane_mode: 'copy-mode', window_activity: '1700000099' },
      ...{ pane_width: '10', pane_height: '5', alternate_on: '1', pane_current_command: 'vim', '@orc_event': '3 stop 1700000000000' },
    }); // prettier-ignore
    expect(move(next)).toEqual(parse(print(...next)));
  });

  it.each<[string, Row[]]>([
    ['a pane has come', [...rows, { pane_id: '%9' }]],
    ['a pane has gone', rows.slice(0, 3)],
    ['all have gone', []],
    ['a pane has died', at(1, { pane_dead: '1' })],
    ['another program was started in it', at(1, { pane_pid: '77' })],
    ['it stands in another window', at(1, { window_id: '@5' })],
    ['panes were swapped', [rows[1]!, rows[0]!, rows[2]!, rows[3]!]],
    ['a session has another name', at(3, { session_name: 'third' })],
  ])('asks for all when %s', (_, next) => {
    expect(move(next)).toBeUndefined();
  });

  it('asks again when a row does not add up', () => {
    expect(() => move(at(1, { pane_pid: 'x' }))).toThrow(ListingChanged);
    expect(() => move(at(1, { cursor_y: '' }))).toThrow(ListingChanged);
  });
}); // prettier-ignore
