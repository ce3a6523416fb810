import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ok, SHELLS, shellPane } from '../support/panes.js';
import { type Host, legacyHost } from '../support/program.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
let host: Host;

beforeAll(async () => {
  world = createWorld();
  host = await legacyHost(world);
});
afterAll(async () => {
  await host.close();
  await world.close();
});

describe('a command that is typed while another one runs', () => {
  // The terminal echoes it at once; the shell once more, behind its prompt, when the other has ended.
  it.each(SHELLS)('matches by what it prints, not by its second echo, in %s', async (shell) => {
    const target = await shellPane(host, world, shell, `ahead-${shell}`);
    for (const late of [0, 300]) {
      await ok(host, 'send_keys', { target, text: 'sleep 0.8', keys: ['Enter'] });
      await sleep(300);
      const sent = performance.now();
      await ok(host, 'send_keys', { target, text: 'sleep 0.6; echo DONE', keys: ['Enter'] });
      await sleep(late);
      const result = await ok(host, 'wait_for_output', { target, pattern: 'DONE', timeout_seconds: 20 });
      expect(result.outcome).toBe('matched');
      // 0.5 s are left of the first; the second echo comes then.
      expect(performance.now() - sent, JSON.stringify(result.text)).toBeGreaterThan(900);
      await ok(host, 'wait_for_output', { target, idle_seconds: 0.5, timeout_seconds: 10 });
    }
    await ok(host, 'kill_session', { session: `ahead-${shell}` });
  });
});
