import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, legacyHost } from '../support/program.js';
import { ok } from '../support/panes.js';
import { createWorld, type World } from '../support/world.js';

/** Each of them opens one more control client, beside three changes that tmux tells its clients of, in each lane. */
const ROUNDS = 40;
const LANES = 4;

/**
 * A tmux before 3.7 ends when it has something to tell while a control client attaches (tmux issue 4980): 1 to 2 of 100
 * rounds ended it, and with it everything that ran there.
 */
describe('attaching beside changes', () => {
  let world: World;
  const hosts: Host[] = [];
  beforeAll(async () => {
    world = createWorld();
    for (let n = 0; n < 2; n++) hosts.push(await legacyHost(world));
    await ok(hosts[0]!, 'create_session', { name: 'keep' });
  });
  afterAll(async () => {
    for (const host of hosts) await host.close();
    await world.close();
  });

  it('ends no tmux server, in one process or in several', { timeout: 240_000 }, async () => {
    const server = (): Promise<string> => world.tmux('display-message', '-p', '#{pid}');
    const before = await server();
    const lane = async (host: Host, name: string): Promise<void> => {
      for (let round = 0; round < ROUNDS; round++) {
        const { session, pane } = await ok(host, 'create_session', { name: `${name}-${String(round)}` });
        await ok(host, 'wait_for_output', { target: pane.id, pattern: 'never', timeout_seconds: 0.1 });
        await ok(host, 'rename_session', { session: session.id, new_name: `${name}-${String(round)}-done` });
        await ok(host, 'kill_session', { session: session.id });
      }
    };
    const lanes = hosts.flatMap((host, n) =>
      Array.from({ length: LANES }, (_, k) => lane(host, `s${String(n)}-${String(k)}`)),
    );
    await Promise.all(lanes);
    expect(await server()).toBe(before);
  });
});
