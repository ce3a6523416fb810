import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import {
  accepted,
  type Arena,
  DOORS,
  expectAllRefused,
  openArena,
  openLedger,
  REPEATS,
  runsIn,
  type ToolCall,
} from '../support/attacks.js';
import type { World } from '../support/world.js';

// No case is left out: the table of exceptions is empty.
const ledger = openLedger('path', {});

interface Places {
  readonly ROOT: string;
  readonly OUTSIDE: string;
}

const placesOf = (world: World): Places => ({
  ROOT: join(world.folder, 'root'),
  OUTSIDE: join(dirname(world.folder), 'outside'),
});

/** What the attacks reach for is really there, so that only the check stands before it. */
function prepare(world: World): void {
  const { ROOT, OUTSIDE } = placesOf(world);
  // `etc` is where ROOT/../../etc leads, `x` where ROOT/link-out/../x does.
  const folders = [ROOT, OUTSIDE, join(dirname(world.folder), 'etc'), join(dirname(OUTSIDE), 'x')];
  const inRoot = ['a\nb', '\u001b[2J'].map((name) => join(ROOT, name));
  for (const folder of [...folders, ...inRoot, join(world.home, '.ssh')]) mkdirSync(folder, { recursive: true });
  symlinkSync(OUTSIDE, join(ROOT, 'link-out'));
  writeFileSync(join(ROOT, 'file.txt'), '');
  world.env.TMUX_ORC_SECURITY_SANITIZER_ALLOWED_PATHS = `${ROOT},${world.home}`;
}

const callsIn = (cwd: unknown): ToolCall[] => [
  ['create_session', { name: 'fresh', cwd }],
  ['create_window', { session: 'keep', cwd }],
  ['split_pane', { target: '%0', cwd }],
];

describe.each(DOORS)('working directories that are attacks or look like one, through %s', (door) => {
  let arena: Arena;
  let places: Places;
  beforeAll(async () => {
    arena = await openArena(door, prepare);
    places = placesOf(arena.world);
  });
  afterAll(() => arena.close());

  it.each(ledger.of(door, 'reject'))(
    '$id is refused: $why',
    async (attack) => {
      ledger.ran(door, attack);
      const path = arena.read(attack, { ...places });
      await expectAllRefused(arena, attack, path, callsIn(path), ['INVALID_INPUT']);
    },
    120_000,
  );

  it.each(ledger.of(door, 'accept_literal'))('$id is where the program runs: $why', async (attack) => {
    ledger.ran(door, attack);
    const path = arena.read(attack, { ...places }) as string;
    mkdirSync(path, { recursive: true });
    for (const call of callsIn(path)) {
      const { pane } = await accepted(arena, ...call);
      await runsIn(arena, pane.id, path);
      await arena.world.tmux('kill-pane', '-t', pane.id);
    }
  });

  it('takes a folder whose name is a job for a folder and nothing more', async () => {
    const path = join(places.ROOT, `#(touch ${arena.canary('folder')})`);
    mkdirSync(path, { recursive: true });
    for (let round = 0; round < REPEATS; round++) {
      const { pane } = await accepted(arena, ...callsIn(path)[round % 3]!);
      await runsIn(arena, pane.id, path);
      await arena.world.tmux('kill-pane', '-t', pane.id);
    }
  }, 120_000);

  it('ran no job', () => arena.expectNoCanary());
  it('ran every case', () => {
    ledger.expectComplete(door);
  });
});
