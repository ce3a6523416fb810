import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { defineTable } from '../../src/store/store.js';
import { cli, cliJson, type Host, legacyHost } from '../support/program.js';
import { UNLIMITED } from '../support/raw-server.js';
import { createWorld, until, type World } from '../support/world.js';

const worlds: World[] = [];
const hosts: Host[] = [];
let server: Server;
let address: string;
let posted: Record<string, unknown>[];
let respond: (response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.once('end', () => {
      posted.push(JSON.parse(body) as Record<string, unknown>);
      respond(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook`;
});
beforeEach(() => {
  posted = [];
  respond = (response) => response.writeHead(204).end();
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});
afterAll(async () => {
  await Promise.all(worlds.map((world) => world.close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function create(settings: Record<string, string> = {}): World {
  const world = createWorld({ ...UNLIMITED, TMUX_ORC_SECURITY_ALERTS_WEBHOOK_URL: address, ...settings });
  worlds.push(world);
  return world;
}
async function connect(world: World): Promise<Host> {
  const host = await legacyHost(world);
  hosts.push(host);
  return host;
}
const stateOf = (world: World): string => join(world.env.XDG_STATE_HOME!, 'tmux-orchestrator');
const eventsOf = async (world: World): Promise<{ word: string; class: string; caller: string }[]> => {
  const answer = await cliJson(world, ['security', 'events', '-n', '50']);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.data.events as { word: string; class: string; caller: string }[];
};

describe('an alert', () => {
  it('reaches webhook, command, log and events, and neither a result nor a pane', async () => {
    const out = join(createWorldFolder(), 'out');
    const program = join(createWorldFolder(), 'sink.sh');
    writeFileSync(program, `#!/bin/sh\ncat >> '${out}'\n`);
    chmodSync(program, 0o700);
    const world = create({
      TMUX_ORC_SECURITY_UNKNOWN_TOOLS_ENABLED: 'true',
      TMUX_ORC_SECURITY_UNKNOWN_TOOLS_MAX_ATTEMPTS: '2',
      TMUX_ORC_SECURITY_UNKNOWN_TOOLS_THROTTLE_SECONDS: '1',
      TMUX_ORC_SECURITY_ALERTS_COMMAND: program,
    });
    const host = await connect(world);
    await host.call('create_session', { name: 'work' });
    const results: unknown[] = [];
    for (let n = 0; n < 6; n++) results.push(await host.call(`guess_${String(n)}_hunter2`));
    await until('the webhook', () => posted.length > 0);
    await until('the command', () => existsSync(out) && readFileSync(out, 'utf8').endsWith('}\n'));
    expect(posted).toMatchObject([
      { program: 'tmux-orc', rule: 'unknown_tool_throttled', class: 'high', caller: 'host:tests', count: 1 },
    ]);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(posted[0]);
    expect(JSON.stringify(posted)).not.toContain('hunter2');
    expect(host.stderr()).toContain('alert: unknown_tool_throttled (high) of host:tests');
    expect(await eventsOf(world)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ word: 'alert:unknown_tool_throttled', class: 'high', caller: 'host:tests' }),
      ]),
    );
    expect(JSON.stringify(results)).not.toContain('alert');
    expect(await world.tmux('capture-pane', '-p', '-t', 'work')).not.toContain('alert');
    await until('the end of the throttle', async () => (await host.call('list_sessions')).isError !== true);
    const status = (await host.call('get_security_status')).structuredContent;
    expect(status.alerting).toMatchObject({
      ...{ min_class: 'high', webhook: true, command: true },
      last: [{ rule: 'unknown_tool_throttled', caller: 'host:tests', class: 'high', count: 1 }],
    });
    expect((await cli(world, ['security', 'status'])).stdout).toMatch(
      /^alerts +from high on, to log, webhook, command; the last at .* unknown_tool_throttled of host:tests$/m,
    );
  });

  it('of many processes is one in a cooldown', async () => {
    const world = create();
    const some = await Promise.all([connect(world), connect(world), connect(world)]);
    for (let n = 0; n < 5; n++) await some[n % 3]!.call('kill_session', { session: n });
    await until('the alert', () => posted.length > 0);
    for (let n = 0; n < 6; n++) await some[n % 3]!.call('kill_session', { session: n });
    await Promise.all(hosts.splice(0).map((host) => host.close()));
    expect(posted).toMatchObject([{ rule: 'validation_failed', caller: 'host:tests' }]);
  });

  it('of a command that ends is delivered before its end', async () => {
    const world = create();
    const { code } = await cli(world, ['security', 'lockdown', '--reason', 'my reason']);
    expect(code).toBe(0);
    expect(posted).toMatchObject([{ rule: 'lockdown_entered', class: 'critical', caller: 'operator' }]);
    expect(JSON.stringify(posted)).not.toContain('my reason');
    expect((await eventsOf(world)).map(({ word }) => word)).toEqual(['alert:lockdown_entered', 'lockdown_entered']);
  });

  it('is about a file of the audit log that somebody has changed', async () => {
    const world = create();
    await cli(world, ['session', 'list']);
    const file = join(stateOf(world), 'audit', '000000000001.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20));
    await cli(world, ['session', 'list']);
    expect(posted).toMatchObject([{ rule: 'audit_broken', class: 'critical' }]);
  });

  it('holds up nothing when its sinks fail, which is told once', async () => {
    respond = () => undefined;
    const world = create({ TMUX_ORC_SECURITY_ALERTS_COMMAND: '/nowhere/program' });
    const host = await connect(world);
    const started = performance.now();
    for (let n = 0; n < 5; n++) await host.call('kill_session', { session: n });
    expect(performance.now() - started).toBeLessThan(3000);
    await until('the alert', () => posted.length > 0);
    await host.call('create_session', { name: '$(id)' });
    await until('the second alert', () => host.stderr().includes('alert: command_injection'));
    expect((await host.call('list_sessions')).isError).not.toBe(true);
    const closing = performance.now();
    await host.close();
    hosts.splice(0);
    expect(performance.now() - closing).toBeLessThan(5000);
    const told = host.stderr().split('\n').filter((line) => line.includes('was not delivered')); // prettier-ignore
    expect(told.map((line) => (JSON.parse(line) as { message: string }).message).sort()).toEqual([
      'an alert was not delivered to the command',
      'an alert was not delivered to the webhook',
    ]);
    expect((await eventsOf(world)).filter(({ word }) => word === 'alert_undelivered')).not.toEqual([]);
  });

  it('comes while the audit log is off, too', async () => {
    const world = create({ TMUX_ORC_SECURITY_AUDIT_ENABLED: 'false' });
    const host = await connect(world);
    for (let n = 0; n < 5; n++) await host.call('kill_session', { session: n });
    await until('the alert', () => posted.length > 0);
    expect(posted).toMatchObject([{ rule: 'validation_failed' }]);
    expect(existsSync(join(stateOf(world), 'audit'))).toBe(false);
  });
});

let folder: string | undefined;
/** A folder for what sinks use, in a world of its own so that it goes with it. */
function createWorldFolder(): string {
  if (folder !== undefined) return folder;
  const world = createWorld();
  worlds.push(world);
  return (folder = world.folder);
}

describe('an anomaly', () => {
  it('of a caller that has long been known is noted, and refuses nothing', async () => {
    const world = create();
    const root = stateOf(world);
    mkdirSync(root, { recursive: true, mode: 0o700 });
    const store = createSqliteStore({ root, folder: root, name: 'user.db', timeoutMs: () => 1000, onNotice: () => undefined }); // prettier-ignore
    const habits = defineTable<object>('habits', { version: 1, read: (row) => row as object });
    await store.transact((tx) => {
      const { mono } = tx.now;
      tx.put(habits, 'host:tests', {
        ...{ since: mono - 2 * 86_400_000, seenAt: mono, calls: 500, operations: { list_sessions: mono }, targets: {} },
        ...{ minute: 0, inMinute: 0, usual: 5, burstAt: 0, offHoursAt: 0 },
      });
    });
    await store.close();
    const host = await connect(world);
    await host.call('list_sessions');
    expect((await host.call('create_session', { name: 'new' })).isError).not.toBe(true);
    await until('the alert', () => posted.length > 0);
    expect(posted).toMatchObject([{ rule: 'anomaly', class: 'high', operation: 'create_session' }]);
    const words = (await eventsOf(world)).map(({ word, class: grave }) => `${grave} ${word}`);
    expect(words).toEqual(expect.arrayContaining(['high anomaly', 'high alert:anomaly']));
  });
});

it('the export of more than 10,000 records is an event, and the export is whole', { timeout: 120_000 }, async () => {
  const world = create({ TMUX_ORC_LOG_LEVEL: 'error' });
  const host = await connect(world);
  for (let n = 0; n < 51; n++) await Promise.all(Array.from({ length: 200 }, () => host.call('list_sessions')));
  await host.close();
  hosts.splice(0);
  const { code, stdout } = await cli(world, ['audit', 'export']);
  expect(code).toBe(0);
  expect(stdout.trimEnd().split('\n').length).toBeGreaterThan(10_200);
  expect((await eventsOf(world)).map(({ word, class: grave }) => `${grave} ${word}`)).toContain('medium large_export');
  expect((await cli(world, ['audit', 'verify'])).code).toBe(0);
});
