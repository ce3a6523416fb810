import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accepted,
  type Arena,
  DOORS,
  type DoorName,
  expectAllRefused,
  expectRefusal,
  openArena,
  openLedger,
  type ToolCall,
} from '../support/attacks.js';
import { until } from '../support/world.js';

// No case is left out: the table of exceptions is empty.
const ledger = openLedger('target', {});

/** Programs that say which pane they are in. */
const SHOW = 'echo "pane $TMUX_PANE"; exec sleep 100000';

/** What the targets of the cases name: `keep` is $0 with %0, then `my-project` $1 and its sibling $2. */
const MEANT: Readonly<Record<string, string>> = {
  'my-project:0': '%1',
  'my-project:0.1': '%2',
  'my-project:Claude PM': '%3',
  // A session is its active pane, which is in window 1 here.
  $1: '%3',
};

async function openFixture(door: DoorName): Promise<Arena> {
  const arena = await openArena(door);
  const { tmux } = arena.world;
  await tmux('new-session', '-d', '-s', 'my-project', '-n', 'editor', SHOW);
  await tmux('split-window', '-d', '-t', '%1', SHOW);
  await tmux('new-window', '-t', '$1:', '-n', 'Claude PM', SHOW);
  await tmux('new-session', '-d', '-s', 'my-project-2', '-n', 'editor', SHOW);
  return arena;
}

/** Every tool that takes a pane, a session or a window. On the command line, a process per call, the worst ones. */
function callsWith(target: unknown, door: DoorName): ToolCall[] {
  const worst: ToolCall[] = [
    ['capture_pane', { target }],
    ['kill_pane', { target }],
    ['kill_session', { session: target }],
    ['kill_window', { window: target }],
  ];
  const others: ToolCall[] = [
    ['send_keys', { target, text: 'x' }],
    ['split_pane', { target }],
    ['list_sessions', { session: target }],
    ['create_window', { session: target }],
    ['rename_session', { session: target, new_name: 'renamed' }],
    ['rename_window', { window: target, new_name: 'renamed' }],
  ];
  return door === 'MCP' ? [...worst, ...others] : worst;
}

/** Nothing here has the name of another, so AMBIGUOUS would mean that something else than the name was looked for. */
const NOT_THERE = ['INVALID_INPUT', 'NOT_FOUND'] as const;

describe.each(DOORS)('targets that are attacks or look like one, through %s', (door) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openFixture(door);
  });
  afterAll(() => arena.close());

  it.each(ledger.of(door, 'reject'))(
    '$id is refused: $why',
    async (attack) => {
      ledger.ran(door, attack);
      const target = arena.read(attack);
      await expectAllRefused(arena, attack, target, callsWith(target, door), NOT_THERE);
    },
    120_000,
  );

  it.each(ledger.of(door, 'accept_literal'))('$id reads exactly what it names: $why', async (attack) => {
    ledger.ran(door, attack);
    const before = await arena.snapshot();
    const target = arena.read(attack) as string;
    const meant = MEANT[target];
    const text = `pane ${meant}`;
    await until('the program', async () => (await accepted(arena, 'capture_pane', { target })).text === text);
    expect((await accepted(arena, 'capture_pane', { target })).pane.id).toBe(meant);
    expect(await arena.snapshot()).toEqual(before);
  });

  it('ran no job', () => arena.expectNoCanary());
  it('ran every case', () => {
    ledger.expectComplete(door);
  });

  it.each(ledger.of(door, 'accept_literal'))('$id kills exactly what it names', async (attack) => {
    const own = await openFixture(door);
    try {
      const meant = MEANT[own.read(attack) as string];
      // The index of another pane may change, and nothing else.
      const others = (lines: string[]): string[] =>
        lines.filter((line) => !line.includes(` ${meant} `)).map((line) => line.replace(/(%\d+) \d+/, '$1'));
      const before = await own.snapshot();
      expect(others(before)).toHaveLength(before.length - 1);
      const outcome = await own.call('kill_pane', { target: own.read(attack) });
      expect(outcome).toMatchObject({ ok: true, data: { killed: { id: meant } } });
      expect(others(await own.snapshot())).toEqual(others(before));
    } finally {
      await own.close();
    }
  });

  it('never kills the sibling of a session that has gone', async () => {
    const own = await openFixture(door);
    try {
      await accepted(own, 'kill_session', { session: 'my-project' });
      const before = await own.snapshot();
      for (const call of callsWith('my-project', door)) expectRefusal(await own.call(...call), '', NOT_THERE);
      expect(await own.snapshot()).toEqual(before);
      expect(before.join('\n')).toContain(' my-project-2 ');
    } finally {
      await own.close();
    }
  });
});
