import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accepted,
  type Arena,
  type Attack,
  DOORS,
  type Exceptions,
  expectAllRefused,
  expectRefusal,
  fact,
  openArena,
  openLedger,
  type ToolCall,
} from '../support/attacks.js';

const TYPE = 'every argument of a command line is text';
const EXCEPTIONS: Exceptions = {
  'SN-085': { doors: ['CLI'], reason: 'the kernel refuses an argument of more than 128 KiB' },
  'SN-086': { doors: ['CLI'], reason: TYPE },
  'SN-089': { doors: ['CLI'], reason: TYPE },
  'SN-090': { doors: ['CLI'], reason: TYPE },
  'WN-034': { doors: ['CLI'], reason: 'an argument of a process cannot hold NUL' },
};

/** Where a name can be given, and what has it when it was accepted. */
interface Place {
  readonly call: (value: unknown) => ToolCall;
  readonly read: 'session' | 'window';
  /** Brings everything back to where it was. */
  readonly undo: readonly string[];
}

const PLACES: Record<'session' | 'window', readonly Place[]> = {
  session: [
    { call: (name) => ['create_session', { name }], read: 'session', undo: ['kill-session'] },
    {
      call: (name) => ['rename_session', { session: 'victim', new_name: name }],
      read: 'session',
      undo: ['rename-session', 'victim'],
    },
  ],
  window: [
    { call: (name) => ['create_window', { session: 'victim', name }], read: 'window', undo: ['kill-window'] },
    {
      call: (name) => ['create_session', { name: 'fresh', window_name: name }],
      read: 'window',
      undo: ['kill-session'],
    },
    {
      call: (name) => ['rename_window', { window: 'victim:0', new_name: name }],
      read: 'window',
      undo: ['rename-window', 'editor'],
    },
  ],
};

async function expectNamed(arena: Arena, attack: Attack, place: Place): Promise<void> {
  const value = arena.read(attack);
  const before = await arena.snapshot();
  const made = (await accepted(arena, ...place.call(value)))[place.read];
  const expected = attack.expected_output ?? value;
  expect(made.name).toBe(expected);
  expect(await fact(arena, made.id, `#{${place.read}_name}`)).toBe(expected);
  const [command = '', ...rest] = place.undo;
  await arena.world.tmux(command, '-t', made.id, ...rest);
  expect(await arena.snapshot()).toEqual(before);
}

describe.each(['session', 'window'] as const)('%s names that are attacks or look like one', (kind) => {
  const ledger = openLedger(
    `${kind}_name`,
    Object.fromEntries(Object.entries(EXCEPTIONS).filter(([id]) => id.startsWith(kind === 'session' ? 'SN' : 'WN'))),
  );
  const places = PLACES[kind];

  describe.each(DOORS)('through %s', (door) => {
    let arena: Arena;
    beforeAll(async () => {
      arena = await openArena(door);
      await arena.world.tmux('new-session', '-d', '-s', 'victim', '-n', 'editor', 'exec sleep 100000');
    });
    afterAll(() => arena.close());

    it.each(ledger.of(door, 'reject'))(
      '$id is refused: $why',
      async (attack) => {
        ledger.ran(door, attack);
        const value = arena.read(attack);
        const calls = places.map((place) => place.call(value));
        await expectAllRefused(arena, attack, value, calls, ['INVALID_INPUT']);
      },
      120_000,
    );

    it.each([...ledger.of(door, 'accept_literal'), ...ledger.of(door, 'strip')])(
      '$id is accepted: $why',
      async (attack) => {
        ledger.ran(door, attack);
        for (const place of places) await expectNamed(arena, attack, place);
      },
    );

    it('ran no job', () => arena.expectNoCanary());
    it('ran every case', () => {
      ledger.expectComplete(door);
    });
  });
});

describe('a name that is offered instead of a refused one', () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena('MCP');
  });
  afterAll(() => arena.close());

  it.each(['_orc_x', '-_ORC-', 'a b', 'café', '-x', '日本', '#{pid}', 'x'.repeat(70)])(
    'for %s is taken',
    async (name) => {
      const refused = await arena.call('create_session', { name });
      expectRefusal(refused, name, ['INVALID_INPUT']);
      const [, offered] = /For example "(.*)"/.exec(refused.ok ? '' : refused.error.hint) ?? [];
      if (offered !== undefined) await accepted(arena, 'create_session', { name: offered });
    },
  );
});
