import { afterAll, beforeAll, expect, it } from 'vitest';
import { ok } from '../support/panes.js';
import { type Host, legacyHost } from '../support/program.js';
import { dataOf, UNLIMITED } from '../support/raw-server.js';
import { createWorld, until, type World } from '../support/world.js';

const TMUX_MS = 400;
const RECOVERY_SECONDS = 3;

let world: World;
let host: Host;
let pid = 0;

beforeAll(async () => {
  world = createWorld({
    ...UNLIMITED,
    TMUX_ORC_SECURITY_TIMEOUTS_TMUX_MS: String(TMUX_MS),
    TMUX_ORC_SECURITY_CIRCUIT_BREAKER_FAILURE_THRESHOLD: '3',
    TMUX_ORC_SECURITY_CIRCUIT_BREAKER_RECOVERY_SECONDS: String(RECOVERY_SECONDS),
  });
  await world.tmux('new-session', '-d', '-s', 'one', 'cat');
  pid = Number(await world.tmux('display-message', '-p', '#{pid}'));
  host = await legacyHost(world);
});
afterAll(async () => {
  process.kill(pid, 'SIGCONT');
  await host.close();
  await world.close();
});

const codeOf = async (tool: string, args: Record<string, unknown> = {}): Promise<string> => {
  const result = await host.call(tool, args);
  return result.isError === true ? dataOf(result).error.code : 'ok';
};
const breaker = async (): Promise<unknown> => (await ok(host, 'get_system_status')).breaker;

it('leaves a server alone that does not answer, says so, and comes back', async () => {
  expect(await codeOf('list_sessions')).toBe('ok');
  expect(await breaker()).toEqual({ state: 'closed', failures: 0 });
  // What tmux refuses is an answer, however often.
  for (let n = 0; n < 5; n++) expect(await codeOf('capture_pane', { target: '%99' })).toBe('NOT_FOUND');
  expect(await breaker()).toEqual({ state: 'closed', failures: 0 });

  process.kill(pid, 'SIGSTOP');
  await until('the breaker to open', async () => (await codeOf('list_sessions')) === 'CIRCUIT_OPEN');
  const started = performance.now();
  const held = await host.call('send_keys', { target: 'one', text: 'never' });
  expect(performance.now() - started).toBeLessThan(TMUX_MS);
  const { error } = dataOf(held);
  expect(error).toMatchObject({ code: 'CIRCUIT_OPEN', retryable: true });
  expect(error.retry_after_ms).toBeGreaterThan(0);
  expect(error.retry_after_ms).toBeLessThanOrEqual(RECOVERY_SECONDS * 1000);
  expect(await breaker()).toMatchObject({ state: 'open' });

  process.kill(pid, 'SIGCONT');
  await until('tmux to be asked again', async () => (await codeOf('list_sessions')) === 'ok', RECOVERY_SECONDS * 3000);
  expect(await breaker()).toEqual({ state: 'closed', failures: 0 });
  expect(await world.tmux('capture-pane', '-p', '-t', 'one')).not.toContain('never');
});
