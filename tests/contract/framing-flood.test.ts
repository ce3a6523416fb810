import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { createFrameReader as CreateFrameReader } from '../../src/tmux/control/framing.js';
import { sessionName } from '../../src/security/text/names.js';
import type { Listing, PaneRow } from '../../src/tmux/listing.js';
import type { Tmux } from '../../src/tmux/tmux.js';
import { until, type World } from '../support/world.js';
import { paneRow, sessionRow } from './rows.js';
import { CONTROL, type Opened, PATIENCE_MS } from './subject.js';

/** Every line of every control stream of this file, as the frame reader gets it. */
const seen = vi.hoisted(() => ({ lines: (_line: string): void => undefined }));
vi.mock('../../src/tmux/control/framing.js', async (original) => {
  const { createFrameReader } = await original<{ createFrameReader: typeof CreateFrameReader }>();
  return {
    createFrameReader: (onBroken: (why: string) => void) => {
      const reader = createFrameReader(onBroken);
      return {
        ...reader,
        line: (line: string) => {
          seen.lines(line);
          return reader.line(line);
        },
      };
    },
  };
});

/** tmux counts the commands of a client; this test stays below. */
const NUMBERS = 2500;
const LAST = NUMBERS - 1;
const CALLS = 200;
const CAPTURED_LINES = 600;

/**
 * Prints, without pause, guards for the time that the server's next replies have and for every number they can have.
 * The lines follow one another by a rule, so a lost or foreign one shows.
 */
const FLOOD = `
const name = process.argv[2];
let ahead = 0;
function round() {
  // What is written now is read a little later.
  ahead = (ahead + 1) % 3;
  const time = Math.floor(Date.now() / 1000) + ahead;
  const lines = [];
  for (let n = 0; n < ${String(NUMBERS)}; n++) {
    lines.push('%end ' + time + ' ' + n + ' 1');
    if (n % 5 === 0) lines.push('pane ' + name + ' ' + n);
    if (n % 7 === 0) lines.push('%begin ' + time + ' ' + n + ' 1');
    if (n % 11 === 0) lines.push('%error ' + time + ' ' + n + ' 1');
    if (n % 97 === 0) lines.push('%exit');
  }
  process.stdout.write(lines.join('\\n') + '\\n', () => setImmediate(round));
}
round();
`;

interface FloodLine {
  readonly kind: string;
  readonly number: number;
}

function readFlood(line: string, name: string): FloodLine | undefined {
  if (line === '%exit') return { kind: '%exit', number: Number.NaN };
  const [, guard, number] = /^(%end|%begin|%error) [0-9]{10} ([0-9]+) 1$/.exec(line) ?? [];
  if (guard !== undefined) return { kind: guard, number: Number(number) };
  return line.startsWith(`pane ${name} `) ? { kind: 'pane', number: Number(line.slice(7)) } : undefined;
}

/** A line belongs to the number of the one above it, or begins the next number or round. */
function follow(above: FloodLine, line: FloodLine): boolean {
  if (line.kind === '%exit' || (above.kind === '%exit' && line.kind === '%end')) return true;
  if (line.kind !== '%end') return line.number === above.number;
  return line.number === above.number + 1 || (line.number === 0 && above.number === LAST);
}

/** The first line of a captured flood that does not follow from the one above it. The last one may be unfinished. */
function foreign(lines: readonly string[], name: string): string | undefined {
  const read = lines.slice(0, -1).map((line) => readFlood(line, name));
  const at = read.findIndex((line, index) => {
    const above = read[index - 1];
    return line === undefined || (above !== undefined && !follow(above, line));
  });
  return at === -1 ? undefined : `${String(lines[at - 1])} | ${String(lines[at])}`;
}

/** How often a reader that trusts the first guard equal to the one that began a reply would end it too early. */
function countForgeries(): () => number {
  let open: string | undefined;
  let ends = 0;
  let forged = 0;
  seen.lines = (line) => {
    const begin = /^%begin (\d+ \d+ 1)$/.exec(line)?.[1];
    if (begin !== undefined && open === undefined) [open, ends] = [begin, 0];
    else if (open !== undefined && (line === `%end ${open}` || line === `%error ${open}`)) ends++;
    // A nonce closes the frame: the real guard was one of the ends.
    else if (/^[0-9a-f-]{36}$/.test(line)) {
      if (ends > 1) forged++;
      open = undefined;
    }
  };
  return () => forged;
}

describe('control mode beside panes that print guards', () => {
  let opened: Opened;
  let world: World;
  let tmux: Tmux;
  let panes: PaneRow[];
  let forgeries: () => number;

  beforeAll(async () => {
    opened = await CONTROL.open();
    ({ tmux, world } = opened);
    forgeries = countForgeries();
    const script = join(world.folder, 'flood.cjs');
    writeFileSync(script, FLOOD);
    const made = await tmux.createSession({
      name: sessionName('flood'),
      cwd: opened.folder,
      command: [process.execPath, script, 'a'],
    });
    const session = await sessionRow(tmux, made.session.id);
    const pane = await paneRow(tmux, made.pane.id);
    const other = await tmux.createWindow({ session, command: [process.execPath, script, 'b'] });
    panes = [pane, await paneRow(tmux, other.pane.id)];
    for (const { id } of panes)
      await until('a full history', async () => (await capture(id)).length === CAPTURED_LINES, PATIENCE_MS);
  });
  afterAll(async () => {
    await opened.close();
  });

  const capture = async (id: PaneRow['id']): Promise<readonly string[]> =>
    (await tmux.capture(id, { lines: CAPTURED_LINES, ansi: false })).lines;
  const shape = ({ sessions }: Listing): unknown =>
    sessions.map(({ id, name, windows }) => [
      id,
      name,
      windows.map((window) => [window.id, window.index, window.panes.map(({ id: pane, pid }) => [pane, pid])]),
    ]);
  /** One capture and one listing, neither of which may hold anything but its own. */
  const ask = async (turn: number): Promise<void> => {
    const pane = panes[turn % 2]!;
    const name = turn % 2 === 0 ? 'a' : 'b';
    const [lines, listing] = await Promise.all([capture(pane.id), turn % 4 === 0 ? tmux.list() : undefined]);
    expect(foreign(lines, name)).toBeUndefined();
    expect(lines.length).toBe(CAPTURED_LINES);
    if (listing !== undefined) expect(shape(listing)).toEqual(expected);
  };
  let expected: unknown;

  it('loses no reply and takes no foreign line, one call after the other and all at once', async () => {
    expected = shape(await tmux.list());
    for (let turn = 0; turn < CALLS; turn++) await ask(turn);
    await Promise.all(Array.from({ length: CALLS }, (_, turn) => ask(turn)));
    // The connection was never given up, so nothing went by another way.
    expect(tmux.status()).toMatchObject({ mode: 'control', connected: true, connects: 1, outcomes: [] });
    // The panes did hit upon real guards: without a nonce replies would have been cut.
    expect(forgeries()).toBeGreaterThan(0);
  }, 120_000);

  it('lists names and options that hold newlines and guards as they are', async () => {
    const name = 'A\n%end 1 1 1\n%exit\n%begin 2 2 1\n%0,1,\n9:x \x1b[31m;é';
    const window = await world.tmux(
      'new-window',
      '-d',
      '-P',
      '-F',
      '#{window_id}',
      '-t',
      '$0:',
      '-n',
      name,
      'sleep',
      '1000',
    );
    const option = '1,2\n%end 1 1 1\n3:abc';
    await world.tmux('set-option', '-p', '-t', panes[0]!.id, '@orc_agent', option);
    const session = await sessionRow(tmux, '$0');
    expect(session.windows.find(({ id }) => id === window)).toMatchObject({ name });
    expect(await paneRow(tmux, panes[0]!.id)).toMatchObject({ agent: option });
    expect(tmux.status()).toMatchObject({ mode: 'control', connected: true, connects: 1 });
  });

  it('lists on when a program rewrites an option of ours', async () => {
    for (const value of ['1,2', '0\n1', ',,,', 'pm', '']) {
      await world.tmux('set-option', '-p', '-t', panes[0]!.id, '@orc_role', value);
      expect(await paneRow(tmux, panes[0]!.id)).toMatchObject({ agentRole: value === '' ? undefined : value });
    }
  });
});
