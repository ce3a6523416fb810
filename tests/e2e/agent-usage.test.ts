import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cliJson, type Host, legacyHost, okOf } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

const MB = 1_048_576;
let world: World;
let host: Host;
beforeAll(async () => {
  world = createWorld({ TMUX_ORC_AGENTS_MAX_MEMORY_MB: '200' });
  host = await legacyHost(world);
});
afterAll(async () => {
  await host.close();
  await world.close();
});

it.runIf(process.platform === 'linux')('shows what an agent and all below it use', { timeout: 60_000 }, async () => {
  writeFileSync(join(world.folder, 'hold.cjs'), 'const held = Buffer.alloc(180e6, 1); setInterval(() => held, 1000);\n');
  await okOf(host, 'spawn_agent', { name: 'small', provider: 'shell' });
  await okOf(host, 'spawn_agent', { name: 'big', provider: 'shell', cwd: world.folder });
  await okOf(host, 'send_message', { agent: 'big', message: 'node hold.cjs' });
  const used = async (): Promise<Map<string, any>> =>
    new Map((await okOf(host, 'list_agents')).agents.map((one: any) => [one.name, one]));
  await until('the memory', async () => (await used()).get('big').memory_bytes > 180 * MB, 30_000);
  const { memory_bytes: small } = (await used()).get('small');
  expect(small).toBeGreaterThan(MB / 2);
  expect(small).toBeLessThan(50 * MB);
  await until('its work', async () => (await okOf(host, 'get_agent_status', { agent: 'big' })).cpu_percent !== undefined, 20_000);
  // A process that does not watch sees it too.
  const { data } = (await cliJson(world, ['agent', 'status', 'big'])) as any;
  expect(data.memory_bytes).toBeGreaterThan(180 * MB);
}); // prettier-ignore
