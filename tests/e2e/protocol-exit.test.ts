import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIN } from '../support/program.js';
import {
  controlClients,
  openedServer,
  processesWith,
  rawServer,
  type RawServer,
  toolCall,
  UNLIMITED,
} from '../support/raw-server.js';
import { createWorld, until, type World } from '../support/world.js';

/** Promised is one second; machines that run tests are busy. */
const EXIT_MS = 3000;

const ENDS: readonly [how: string, act: (server: RawServer) => void][] = [
  ['the end of stdin', (server) => server.child.stdin.end()],
  ['SIGTERM', (server) => server.child.kill('SIGTERM')],
  ['SIGHUP', (server) => server.child.kill('SIGHUP')],
  ['SIGINT', (server) => server.child.kill('SIGINT')],
];

const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'tests', version: '1' } },
});

/** Runs `work` while the tmux server of the world stands still. */
async function whileStopped(world: World, work: () => Promise<void>): Promise<void> {
  const pid = Number(await world.tmux('display-message', '-p', '-t', 'one', '#{pid}'));
  process.kill(pid, 'SIGSTOP');
  try {
    await work();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

describe('the end of the server', () => {
  let world: World;
  beforeAll(async () => {
    world = createWorld(UNLIMITED);
    await world.tmux('new-session', '-d', '-s', 'one', '-x', '100', '-y', '30', 'cat');
  });
  afterAll(() => world.close());

  const connected = async (): Promise<RawServer> => {
    const server = await openedServer(world);
    await until('a control client', async () => {
      await server.ask('tools/call', toolCall('list_sessions'));
      return controlClients(world).length > 0;
    });
    return server;
  };
  const expectUntouched = async (): Promise<void> => {
    await until('the control client to go', () => controlClients(world).length === 0);
    expect(await world.tmux('list-sessions', '-F', '#{session_name} #{session_attached}')).toBe('one 0');
    expect(await world.tmux('list-windows', '-a', '-F', '#{window_width}x#{window_height}')).toBe('100x30');
  };

  it.each(ENDS)('comes at once on %s', async (_how, act) => {
    const server = await connected();
    act(server);
    expect(await server.exit()).toMatchObject({ code: 0, afterMs: expect.toSatisfy((ms: number) => ms < EXIT_MS) });
    await expectUntouched();
    expect(server.stderr()).toBe('');
    await server.stop();
  });

  it.each(ENDS)('comes at once on %s with calls in flight that hang', async (_how, act) => {
    const server = await connected();
    await whileStopped(world, async () => {
      for (let id = 0; id < 20; id++)
        server.send({ jsonrpc: '2.0', id, method: 'tools/call', params: toolCall('capture_pane', { target: 'one' }) });
      await server.ask('ping');
      act(server);
      expect(await server.exit()).toMatchObject({ code: 0, afterMs: expect.toSatisfy((ms: number) => ms < EXIT_MS) });
      await until('no client to be left', () => processesWith(world.socketName, '-N').length === 0);
    });
    await expectUntouched();
    expect(server.stderr()).toBe('');
    await server.stop();
  });

  it.each(ENDS)('comes at once on %s while nobody reads stdout', async (_how, act) => {
    const server = await openedServer(world);
    server.child.stdout.pause();
    for (let id = 0; id < 500; id++) server.send({ jsonrpc: '2.0', id, method: 'tools/list' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    act(server);
    expect((await server.exit()).afterMs).toBeLessThan(EXIT_MS);
    await server.stop();
  });

  it('leaves no control client behind even when it is killed', async () => {
    const server = await connected();
    server.child.kill('SIGKILL');
    await server.exit();
    await expectUntouched();
    await server.stop();
  });

  /** A host that starts the server with the stdin it got itself, so that its death does not close it. */
  const HOST = `const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, [${JSON.stringify(BIN)}, 'serve'], { stdio: 'inherit' });
    child.on('exit', () => process.exit());
    setInterval(() => undefined, 1000);`;

  it.each([false, true])('comes at once on the death of the parent, with calls in flight: %s', async (inFlight) => {
    const host = spawn(process.execPath, ['-e', HOST], { env: world.env, cwd: world.folder });
    let stdout = '';
    host.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    host.stdin.on('error', () => undefined);
    // Both hold the streams, so these close when both are gone.
    const gone = once(host, 'close');
    host.stdin.write(`${INITIALIZE}\n`);
    await until('the opening', () => stdout.includes('"id":0'));
    const die = async (): Promise<void> => {
      host.kill('SIGKILL');
      const from = performance.now();
      await gone;
      expect(performance.now() - from).toBeLessThan(EXIT_MS);
    };
    const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: toolCall('list_sessions') });
    if (!inFlight) await die();
    else
      await whileStopped(world, async () => {
        host.stdin.write(`${list}\n`);
        await new Promise((resolve) => setTimeout(resolve, 200));
        await die();
      });
    host.stdin.destroy();
    await expectUntouched();
  });

  it('is quiet when the reader of stdout is gone', async () => {
    const server = await connected();
    server.child.stdout.destroy();
    for (let id = 0; id < 5; id++) server.send({ jsonrpc: '2.0', id, method: 'tools/list' });
    expect(await server.exit()).toMatchObject({ code: 0 });
    expect(server.stderr()).toBe('');
    await expectUntouched();
    await server.stop();
  });

  it('does not come when only the reader of stderr is gone', async () => {
    const server = await openedServer(world, { TMUX_ORC_LOG_LEVEL: 'debug', TMUX_ORC_NOT_A_VARIABLE: '1' });
    server.child.stderr.destroy();
    server.write('{"jsonrpc":"2.0","id":5,"result":{}}\n');
    const { result } = await server.ask('tools/call', toolCall('list_sessions'));
    expect(result.structuredContent.sessions).toHaveLength(1);
    server.child.stdin.end();
    expect((await server.exit()).code).toBe(0);
    await server.stop();
  });
});

describe('the start of the server', () => {
  it.each([
    ['and the end of stdin at once', ''],
    ['and a probe', `${INITIALIZE}\n{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n`],
  ])('leaves no tmux server, process or file: %s', async (_what, input) => {
    const world = createWorld(UNLIMITED);
    const server = rawServer(world);
    server.write(input);
    if (input !== '') await server.answer(1);
    server.child.stdin.end();
    expect(await server.exit()).toMatchObject({ code: 0 });
    expect(existsSync(world.socketPath)).toBe(false);
    expect(processesWith(world.socketName)).toEqual([]);
    expect(readdirSync(dirname(world.home)).sort()).toEqual(['home', 'project']);
    for (const folder of [world.home, world.folder]) expect(readdirSync(folder)).toEqual([]);
    expect(server.stderr()).toBe('');
    await server.stop();
    await world.close();
  });
});
