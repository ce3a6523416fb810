import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, describe, expect, it } from 'vitest';
import { BIN, cli, cliJson, type Host, legacyHost } from '../support/program.js';
import { openedServer, type RawServer, toolCall } from '../support/raw-server.js';
import { createWorld, until, type World } from '../support/world.js';

/**
 * Faults under which both rings have to hold, through the built program. Others stand where their part is tested: a full
 * disk, a torn log and a jump of the clock in the audit tests, a damaged store and umask in tests/e2e/limits, a config
 * that changes in tests/e2e/config-live, tmux that dies, stops or is absent in tests/e2e/faults-*, floods and queues in
 * tests/e2e/load and attacks-flood, the ends of the program in tests/e2e/protocol-exit.
 */

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
function create(settings: Readonly<Record<string, string>> = {}): World {
  const world = createWorld(settings);
  closing.push(world.close);
  return world;
}
async function connect(world: World): Promise<Host> {
  const host = await legacyHost(world);
  closing.push(host.close);
  return host;
}
const stateOf = (world: World): string => join(world.env.XDG_STATE_HOME ?? '', 'tmux-orchestrator');
const codeOf = async (call: Promise<{ structuredContent?: any }>): Promise<string> =>
  (await call).structuredContent?.error?.code ?? 'ok';

async function expectSound(world: World): Promise<void> {
  const verified = await cli(world, ['audit', 'verify']);
  expect([verified.code, verified.stdout + verified.stderr]).toEqual([0, expect.any(String)]);
}

describe('a store that another process keeps locked', () => {
  it('lets reads go on, refuses changes within their time, and nothing is sent', { timeout: 60_000 }, async () => {
    const world = create({ TMUX_ORC_SECURITY_TIMEOUTS_STORE_MS: '500' });
    const host = await connect(world);
    const made = await host.call('create_session', { name: 'work', command: ['cat'] });
    const target = made.structuredContent.pane.id as string;
    const other = new Database(join(stateOf(world), 'user.db'));
    other.exec('BEGIN EXCLUSIVE');
    try {
      const times: number[] = [];
      for (let round = 0; round < 5; round++) {
        const started = performance.now();
        expect(await codeOf(host.call('list_sessions'))).toBe('ok');
        times.push(performance.now() - started);
      }
      expect(Math.max(...times)).toBeLessThan(1000);
      for (let round = 0; round < 3; round++) {
        const started = performance.now();
        const code = await codeOf(host.call('send_keys', { target, text: `lost ${String(round)}`, keys: ['Enter'] }));
        expect(code).toBe('AUDIT_UNAVAILABLE');
        expect(performance.now() - started).toBeLessThan(2000);
      }
    } finally {
      other.exec('ROLLBACK');
      other.close();
    }
    await until('changes', async () => (await codeOf(host.call('send_keys', { target, text: 'kept', keys: ['Enter'] }))) === 'ok'); // prettier-ignore
    await until('the text', async () => (await world.tmux('capture-pane', '-p', '-t', target)).includes('kept'));
    expect(await world.tmux('capture-pane', '-p', '-t', target)).not.toContain('lost');
    await host.close();
    await expectSound(world);
  });
});

/** Loaded before the program: the wall clock of the process is off by as much as a file says. */
const SHIM = `
const { readFileSync } = require('node:fs');
const wall = Date.now.bind(Date);
const shift = () => { try { return Number(readFileSync(process.env.TEST_SHIFT, 'utf8')); } catch { return 0; } };
Date.now = () => wall() + shift();`;
const DAY_MS = 86_400_000;

describe('a wall clock that jumps', () => {
  it('changes no limit, no budget and no question, and the log stays sound', { timeout: 60_000 }, async () => {
    const world = create({
      TMUX_ORC_SECURITY_RATE_LIMIT_ENABLED: 'true',
      TMUX_ORC_SECURITY_RATE_LIMIT_BURST_SIZE: '6',
      TMUX_ORC_SECURITY_RATE_LIMIT_MAX_REQUESTS: '6',
      TMUX_ORC_SECURITY_RATE_LIMIT_WINDOW_SECONDS: '3600',
      TMUX_ORC_SECURITY_BUDGET_ENABLED: 'true',
      TMUX_ORC_SECURITY_BUDGET_MAX_TOOL_CALLS_PER_SESSION: '2',
      TMUX_ORC_SECURITY_RISK_RULES: '[]',
    });
    const [shim, shift] = [join(world.home, 'shim.cjs'), join(world.home, 'shift')];
    writeFileSync(shim, SHIM);
    Object.assign(world.env, { NODE_OPTIONS: `--require ${shim}`, TEST_SHIFT: shift });
    const jump = (days: number): void => {
      writeFileSync(shift, String(days * DAY_MS));
    };
    const host = await connect(world);
    await world.tmux('new-session', '-d', '-s', 'yours', 'exec sleep 1000');
    await world.tmux('new-session', '-d', '-s', 'beside', 'exec sleep 1000');
    expect(await codeOf(host.call('kill_session', { session: 'yours' }))).toBe('CONFIRMATION_REQUIRED');
    const questions = async (): Promise<unknown> => {
      const listed = await cliJson(world, ['security', 'approvals']);
      return listed.ok ? listed.data : listed.error;
    };
    const before = JSON.stringify(await questions());
    expect(before).toContain('kill_session');
    for (const name of ['a', 'b']) expect(await codeOf(host.call('create_session', { name }))).toBe('ok');
    for (const days of [1, -1, 0, 365]) {
      jump(days);
      expect([days, await codeOf(host.call('create_session', { name: 'c' }))]).toEqual([days, days === 1 ? 'BUDGET_EXCEEDED' : expect.stringMatching(/^(?:BUDGET_EXCEEDED|RATE_LIMITED)$/)]); // prettier-ignore
      expect(JSON.stringify(await questions())).toContain('kill_session');
    }
    for (const days of [1, -1]) {
      jump(days);
      for (let more = 0; more < 3; more++) await host.call('list_sessions');
      expect([days, await codeOf(host.call('list_sessions'))]).toEqual([days, 'RATE_LIMITED']);
    }
    await host.close();
    await expectSound(world);
  });
});

describe('a server that is killed in the middle of calls', () => {
  it('leaves limits that count and a log that is sound, again and again', { timeout: 120_000 }, async () => {
    const world = create();
    await world.tmux('new-session', '-d', '-s', 'keep', 'exec sleep 1000');
    for (let round = 0; round < 10; round++) {
      const server = await openedServer(world);
      closing.push(server.stop);
      for (let n = 0; n < 12; n++)
        server.send({ jsonrpc: '2.0', id: n, method: 'tools/call', params: toolCall('create_window', { session: 'keep', name: `r${String(round)}-${String(n)}`, command: ['true'] }) }); // prettier-ignore
      // Somewhere in the middle: after the first answer, and a moment more in each round.
      await until('an answer', () => server.frames().some(({ id }) => typeof id === 'number' && id < 12));
      const moment = performance.now() + round * 7;
      await until('a moment', () => performance.now() >= moment);
      server.child.kill('SIGKILL');
      await server.exit();
    }
    const windows = (await world.tmux('list-windows', '-t', 'keep', '-F', '#{window_name}')).split('\n');
    expect(new Set(windows).size).toBe(windows.length);
    await expectSound(world);
    const host = await connect(world);
    expect(await codeOf(host.call('create_window', { session: 'keep' }))).toBe('ok');
  });
});

describe('a process that may open few files', () => {
  it('answers every call, and does not take its own lack for a failure of tmux', { timeout: 60_000 }, async () => {
    const world = create();
    await world.tmux('new-session', '-d', '-s', 'keep', 'exec sleep 1000');
    const server: RawServer = await openedServer(world, {}, ['/bin/sh', '-c', 'ulimit -n 50; exec "$0" "$@"', process.execPath, BIN, 'serve']); // prettier-ignore
    closing.push(server.stop);
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        server.ask('tools/call', toolCall('create_window', { session: 'keep', name: `w${String(n)}`, command: ['true'] })),
      ),
    );
    const codes = all.map(({ result }) => (result.isError === true ? result.structuredContent.error.code : 'ok'));
    // It was short of files, or nothing was shown.
    expect(codes).toContain('TMUX_UNAVAILABLE');
    expect(codes.filter((code) => code !== 'ok' && code !== 'TMUX_UNAVAILABLE')).toEqual([]);
    const windows = (await world.tmux('list-windows', '-t', 'keep', '-F', '#{window_name}')).split('\n');
    expect(windows).toHaveLength(1 + codes.filter((code) => code === 'ok').length);
    await until('a call that works', async () => {
      const { result } = await server.ask('tools/call', toolCall('list_sessions'));
      return result.isError !== true;
    });
  }); // prettier-ignore
});
