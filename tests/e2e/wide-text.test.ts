import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Data, file, ok, run, shellPane } from '../support/panes.js';
import { type Host, legacyHost } from '../support/program.js';
import { createWorld, type World } from '../support/world.js';

const ROUNDS = 20;

let world: World;
let host: Host;

beforeAll(async () => {
  world = createWorld();
  host = await legacyHost(world);
  // The tmux server stays when the session of a case ends.
  await shellPane(host, world, 'bash', 'base');
});
afterAll(async () => {
  await host.close();
  await world.close();
});

/** How tmux counts their columns is not what Unicode says, or depends on the C library; and a wide one leaves cells empty. */
const LINES: [string, string, number][] = [
  ['ideographs in a row of odd width', '中'.repeat(81), 81],
  ['ambiguous signs', '㉎'.repeat(60), 80],
  ['signs shown as emoji', '⚠️'.repeat(60), 80],
  ['tones of skin', '👍🏽'.repeat(30), 80],
  ['families', '👨‍👩‍👧'.repeat(30), 80],
  ['vowel signs', 'กำ'.repeat(60), 80],
  ['joined consonants', 'क्षि'.repeat(40), 80],
  ['an emoji at the edge', `${'x'.repeat(79)}❤️`, 80],
  ['plain letters', 'x'.repeat(162), 81],
];

describe('what is new in a pane with long lines of', () => {
  it.each(LINES)('%s is given once', async (name, line, width) => {
    const pane = await shellPane(host, world, 'bash', name.replaceAll(' ', '-'), { width });
    const path = file(world, 'line', `${line}\n`);
    const capture = (since?: string): Promise<Data> =>
      ok(host, 'capture_pane', { target: pane, lines: 5000, ...(since === undefined ? {} : { since }) });
    let { cursor } = await capture();
    // The same line each time: where it stands is told by its row alone.
    for (let round = 0; round < ROUNDS; round++) {
      await run(host, pane, `cat ${path}`);
      const delta = await capture(cursor);
      const lines = delta.text.split('\n').filter((shown: string) => shown === line);
      expect([round, lines.length, delta.lines_missed]).toEqual([round, 1, 0]);
      ({ cursor } = delta);
    }
    expect((await capture(cursor)).text).not.toContain(line);
    await ok(host, 'kill_session', { session: name.replaceAll(' ', '-') });
  });
});
