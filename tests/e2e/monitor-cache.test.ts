import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, legacyHost, okOf } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

const PANES = 200;
const FRESH_MS = 1000;

let world: World;
let host: Host;
const ok = (tool: string, args: Record<string, unknown> = {}): Promise<any> => okOf(host, tool, args);

/** Each shows its name, and what is written to its terminal. */
const NAMED = 'stty -echo; echo "pane $TMUX_PANE"; exec sleep 1000';

beforeAll(async () => {
  world = createWorld({
    TMUX_ORC_MAX_CACHE_ENTRIES: '100',
    TMUX_ORC_MONITORING_FRESH_MS: String(FRESH_MS),
    // All of them are read at once after each change.
    TMUX_ORC_MONITORING_INTERVAL_MS: '100',
  });
  await world.tmux('new-session', '-d', '-s', 'many', '-x', '80', '-y', '10', NAMED);
  for (let n = 1; n < PANES; n++) await world.tmux('new-window', '-d', '-t', 'many:', NAMED);
  host = await legacyHost(world);
}, 60_000);
afterAll(async () => {
  await host.close();
  await world.close();
});

/** One that was read by the monitor has an age. */
const capture = (target: string): Promise<{ text: string; age_ms?: number }> =>
  ok('capture_pane', { target, lines: 20 });

async function panes(): Promise<{ id: string; tty: string }[]> {
  const rows = (await world.tmux('list-panes', '-s', '-t', 'many', '-F', '#{pane_id} #{pane_tty}')).split('\n');
  return rows.map((row) => row.split(' ')).map(([id = '', tty = '']) => ({ id, tty }));
}

describe('200 panes, of which 100 terminals are kept', () => {
  it('shows each pane as it is, kept or not, and serves what is kept only while it is young', async () => {
    const all = await panes();
    expect(all).toHaveLength(PANES);
    await until('a terminal to be served', async () => (await capture(all.at(-1)!.id)).age_ms !== undefined);
    const ages: (number | undefined)[] = [];
    for (const { id } of all) {
      const { text, age_ms: age } = await capture(id);
      expect(text).toBe(`pane ${id}`);
      ages.push(age);
    }
    const served = ages.filter((age) => age !== undefined);
    for (const age of served) expect(age).toBeLessThan(FRESH_MS);
    expect(served.length).toBeGreaterThan(0);
    expect(served.length).toBeLessThanOrEqual(100);
  });

  it('loses no change, also of panes whose terminal is not kept', async () => {
    const all = await panes();
    const { writeFile } = await import('node:fs/promises');
    for (const [round, offset] of [0, 1, 2].entries()) {
      const some = all.filter((_, index) => index % 3 === offset);
      await Promise.all(some.map(({ tty, id }) => writeFile(tty, `change ${String(round)} of ${id}\r\n`)));
      await new Promise((resolve) => setTimeout(resolve, FRESH_MS));
      for (const { id } of some) expect((await capture(id)).text).toBe(`pane ${id}\nchange ${String(round)} of ${id}`);
    }
  });
}, 60_000); // prettier-ignore

describe('what this process has done itself', () => {
  it('is seen at once, whatever was kept', async () => {
    const { pane } = await ok('create_session', {
      name: 'shell',
      command: ['env', 'PS1=$ ', 'HISTFILE=', 'bash', '--norc', '-i'],
    });
    for (let n = 0; n < 5; n++) {
      // Kept by then, and young.
      await until('it to be served', async () => (await capture(pane.id)).age_ms !== undefined);
      await ok('send_keys', { target: pane.id, text: `echo "sent"_${String(n)}`, keys: ['Enter'] });
      await until('the answer', async () => (await capture(pane.id)).text.includes(`\nsent_${String(n)}`), 900);
      await until('it to be served', async () => (await capture(pane.id)).age_ms !== undefined);
      await ok('run_command', { target: pane.id, command: `echo "ran"_${String(n)}` });
      expect((await capture(pane.id)).text).toContain(`\nran_${String(n)}`);
      await ok('send_keys', { target: pane.id, text: `sleep 0.3; echo "waited"_${String(n)}`, keys: ['Enter'] });
      await ok('wait_for_output', { target: pane.id, pattern: `waited_${String(n)}`, timeout_seconds: 5 });
      expect((await capture(pane.id)).text).toContain(`\nwaited_${String(n)}`);
    }
  }, 60_000);
});
