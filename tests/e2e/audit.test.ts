import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../src/security/audit/record.js';
import { BIN, cli, cliJson, legacyHost, modernHost } from '../support/program.js';
import { openedServer, type RawServer, SERVE, toolCall, UNLIMITED } from '../support/raw-server.js';
import { createWorld, until, type World } from '../support/world.js';

const worlds: World[] = [];
const servers: RawServer[] = [];
function create(settings: Record<string, string> = {}): World {
  const world = createWorld({ ...UNLIMITED, ...settings });
  worlds.push(world);
  return world;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
afterAll(() => Promise.all(worlds.map((world) => world.close())));

const stateOf = (world: World): string => join(world.env.XDG_STATE_HOME!, 'tmux-orchestrator');
const filesOf = (world: World): string[] =>
  readdirSync(join(stateOf(world), 'audit')).filter((name) => name.endsWith('.jsonl')).sort().map((name) => join(stateOf(world), 'audit', name)); // prettier-ignore
const recordsOf = (world: World): AuditRecord[] =>
  (existsSync(join(stateOf(world), 'audit')) ? filesOf(world) : []).flatMap((file) => readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as AuditRecord)); // prettier-ignore
const calls = (world: World): AuditRecord[] => recordsOf(world).filter(({ event_type: type }) => type === 'tool_call');
const SECRET = 'sk-live-4eC39HqLyjWDarjtT1zdp7dc';

describe('what is recorded', () => {
  it('is every call, by all doors, under its correlation id and without its texts', async () => {
    const world = create();
    const made = await cliJson(world, ['session', 'create', 'work', '--', 'cat']);
    expect(made.ok).toBe(true);
    const hosts = [await legacyHost(world), await modernHost(world)];
    const ids: unknown[] = [];
    for (const host of hosts) {
      const sent = await host.call('send_keys', { target: 'work', text: SECRET });
      ids.push((sent as { _meta?: Record<string, unknown> })._meta?.['tmux-orchestrator/correlation_id']);
      const unknown = await host.call('no_such_tool', { password: SECRET });
      const wrong = await host.call('kill_session', { session: 5, [SECRET.slice(0, 4)]: SECRET });
      ids.push(unknown.structuredContent.error.correlation_id, wrong.structuredContent.error.correlation_id);
      await host.close();
    }
    const found = calls(world);
    for (const id of ids) expect(found.filter(({ correlation_id }) => correlation_id === id).length).toBeGreaterThan(0);
    const told = found.map(({ actor, action, outcome }) => [
      actor.caller,
      action.operation,
      outcome?.error_code ?? outcome?.status,
    ]);
    const host = [
      'send_keys pending',
      'send_keys ok',
      'no_such_tool UNKNOWN_TOOL',
      'kill_session pending',
      'kill_session INVALID_INPUT',
    ];
    expect(told.map((cells) => cells.join(' '))).toEqual([
      ...['operator create_session pending', 'operator create_session ok'],
      ...[...host, ...host].map((rest) => `host:tests ${rest}`),
    ]);
    for (const file of [...filesOf(world), join(stateOf(world), 'user.db'), join(stateOf(world), 'user.db-wal')])
      expect(readFileSync(file, { flag: 'a+' }).includes(SECRET.slice(0, 12))).toBe(false);
    expect((await cliJson(world, ['audit', 'verify'])).code).toBe(0);
  });

  it('is also what could not be read', async () => {
    const world = create();
    const server = await openedServer(world);
    servers.push(server);
    await server.ask('tools/call', { name: 5, arguments: [] });
    await until('the record', () =>
      calls(world).some(({ decision }) => decision?.rule === 'request_validation_failed'),
    );
  });

  it('is nothing when the operator turns it off', async () => {
    const world = create({ TMUX_ORC_SECURITY_AUDIT_ENABLED: 'false' });
    expect((await cli(world, ['session', 'create', 'work'])).code).toBe(0);
    expect(readdirSync(stateOf(world))).not.toContain('audit');
  });

  it('is a change of the config while the program runs', async () => {
    const world = create();
    const folder = join(world.env.XDG_CONFIG_HOME!, 'tmux-orchestrator');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.yaml'), 'log: { level: info }\n');
    const server = await openedServer(world);
    servers.push(server);
    writeFileSync(join(folder, 'config.yaml'), 'security: { audit: { enabled: false } }\n');
    const event = await until('the record', () => {
      try {
        return recordsOf(world).find(({ event_type: type }) => type === 'config');
      } catch {
        return undefined;
      }
    });
    expect(event.action).toMatchObject({
      operation: 'config_changed',
      arguments: { keys: ['security.audit.enabled'] },
    });
  });
});

describe('the end of the program', () => {
  it.each(['stdin', 'SIGTERM'] as const)('comes at once, with everything written: %s', async (how) => {
    const world = create();
    const server = await openedServer(world);
    servers.push(server);
    await server.ask('tools/call', toolCall('list_sessions'));
    if (how === 'stdin') server.child.stdin.end();
    else server.child.kill(how);
    expect(await server.exit(1000)).toMatchObject({ code: 0 });
    expect(calls(world).map(({ outcome }) => outcome?.status)).toEqual(['ok']);
    expect(readFileSync(join(stateOf(world), 'audit', 'anchors.log'), 'utf8')).toMatch(/^\{"seq":2,/);
  });
});

/** A file system of its own for the state, so that it can be full; undefined where that is not allowed. */
function smallDisk(world: World, bytes: number): readonly [string, ...string[]] | undefined {
  const script = 'mount -t tmpfs -o size="$0" none "$XDG_STATE_HOME" && exec "$@"';
  mkdirSync(world.env.XDG_STATE_HOME!, { recursive: true });
  try {
    execFileSync('unshare', ['-rm', 'sh', '-c', script, String(bytes), 'true'], { env: world.env, stdio: 'ignore' });
    return ['unshare', '-rm', 'sh', '-c', script, String(bytes), ...SERVE];
  } catch {
    return undefined;
  }
}

const call = async (server: RawServer, name: string, args: Record<string, unknown> = {}): Promise<any> =>
  (await server.ask('tools/call', toolCall(name, args))).result;

describe('a disk that is full', () => {
  const world = create();
  const small = smallDisk(world, 1_000_000);
  beforeAll(async () => {
    await world.tmux('new-session', '-d', '-s', 'work', 'cat');
  });
  const shown = async (): Promise<string> => world.tmux('capture-pane', '-p', '-t', 'work');

  it.skipIf(small === undefined)('refuses changes and sends nothing, lets reads go on, and recovers', async () => {
    const server = await openedServer(world, {}, small);
    servers.push(server);
    expect((await call(server, 'send_keys', { target: 'work', text: 'one ' })).isError).toBeUndefined();
    // The file system as the server sees it.
    const seen = join('/proc', String(server.pid), 'root', stateOf(world));
    const filler = join(seen, 'filler');
    const fill = (): void => {
      try {
        for (;;) appendFileSync(filler, Buffer.alloc(4096));
      } catch {
        // Full.
      }
    };
    fill();
    const refused = await until('a refusal', async () => {
      fill();
      const result = await call(server, 'send_keys', { target: 'work', text: 'no' });
      return result.isError === true && result;
    });
    expect(refused.structuredContent.error).toMatchObject({ code: 'AUDIT_UNAVAILABLE', retryable: true });
    expect(refused.structuredContent.error.message).not.toContain(stateOf(world));
    const before = await shown();
    for (let i = 0; i < 5; i++)
      expect((await call(server, 'send_keys', { target: 'work', text: 'NEVER' })).isError).toBe(true);
    const listed = await call(server, 'list_sessions');
    expect(listed.structuredContent.sessions).toHaveLength(1);
    expect(listed.content[0].text).toContain('Warning: the audit log cannot be written');
    const status = await call(server, 'get_system_status');
    expect(JSON.stringify(status.structuredContent)).toContain('only reads go on');
    rmSync(filler);
    const sent = await until('recovery', async () => {
      const result = await call(server, 'send_keys', { target: 'work', text: 'two ' });
      return result.isError !== true && result;
    });
    expect(sent.content[0].text).not.toContain('Warning');
    const after = await until('the text', async () => (await shown()).includes('two') && shown());
    expect([before, after].join('')).not.toContain('NEVER');
    // The state goes with the server, so a copy is looked at.
    const copy = create();
    await call(server, 'list_sessions');
    await until('the record of it', () => {
      cpSync(seen, stateOf(copy), { recursive: true });
      return calls(copy).at(-1)?.action.operation === 'list_sessions';
    });
    expect(await cliJson(copy, ['audit', 'verify'])).toMatchObject({ code: 0, data: { status: 'ok' } });
    // What was refused is told in the end.
    expect(calls(copy).filter(({ outcome }) => outcome?.error_code === 'AUDIT_UNAVAILABLE').length).toBeGreaterThan(4);
    server.child.stdin.end();
    expect(await server.exit(2000)).toMatchObject({ code: 0 });
  });

  it('is the same with a bound on the size of files', async () => {
    const limited = create();
    await limited.tmux('new-session', '-d', '-s', 'work', 'cat');
    // In blocks of 512 or 1024 bytes: room for the database, and not for many records.
    const command = ['sh', '-c', 'ulimit -f 120; exec "$@"', 'sh', ...SERVE] as const;
    const server = await openedServer(limited, {}, command);
    servers.push(server);
    const filler = 'x'.repeat(200);
    const refused = await until('a refusal', async () => {
      const results = await Promise.all(
        Array.from({ length: 20 }, () =>
          call(server, 'rename_window', { window: 'work:0', new_name: filler.slice(0, 60) }),
        ),
      );
      return results.find((result) => result.isError === true);
    });
    expect(refused.structuredContent.error.code).toBe('AUDIT_UNAVAILABLE');
    expect((await call(server, 'list_sessions')).isError).toBeUndefined();
    server.child.stdin.end();
    await server.exit();
    const verdict = await cliJson(limited, ['audit', 'verify']);
    expect(verdict).toMatchObject({ code: 0, data: { status: 'ok' } });
    // Without the bound it goes on.
    expect((await cli(limited, ['pane', 'keys', 'work', 'Enter'])).code).toBe(0);
    expect((await cliJson(limited, ['audit', 'verify'])).code).toBe(0);
  });
});

describe('the commands', () => {
  const grown = async (settings: Record<string, string> = {}): Promise<World> => {
    const world = create(settings);
    await cli(world, ['session', 'create', 'work']);
    await cli(world, ['session', 'list']);
    await cli(world, ['session', 'kill', 'other']);
    return world;
  };

  it('tail shows what happened, and finds what is looked for', async () => {
    const world = await grown();
    const rows = (await cli(world, ['audit', 'tail'])).stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows[0]).toEqual(['TIME', 'CALLER', 'OPERATION', 'TARGET', 'DECISION', 'OUTCOME', 'MS']);
    expect(rows.slice(1).map((cells) => cells.slice(1, 3).join(' '))).toEqual([
      ...['system:audit audit_file', 'operator create_session', 'operator list_sessions', 'operator kill_session'],
    ]);
    const tail = async (...argv: string[]): Promise<string[]> =>
      (await cli(world, ['--json', 'audit', 'tail', ...argv])).stdout.trimEnd().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line).action.operation); // prettier-ignore
    expect(await tail('--outcome', 'NOT_FOUND')).toEqual(['kill_session']);
    expect(await tail('--operation', 'create_session')).toEqual(['create_session', 'create_session']);
    expect(await tail('--caller', 'host:x')).toEqual([]);
    expect(await tail('--since', '1h', '-n', '2')).toEqual(['kill_session', 'kill_session']);
    expect(await tail('--since', '2999-01-01')).toEqual([]);
    expect((await cli(world, ['audit', 'tail', '--since', 'soon'])).code).toBe(2);
  });

  it('tail --follow goes on over files', async () => {
    const world = await grown({ TMUX_ORC_SECURITY_AUDIT_MAX_BYTES: '2000' });
    const child = spawn(process.execPath, [BIN, 'audit', 'tail', '-n', '1', '--follow'], {
      env: world.env,
      cwd: world.folder,
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    await until('the first row', () => text.includes('kill_session'));
    for (let i = 0; i < 4; i++) await cli(world, ['window', 'create', 'work', '--name', `w${String(i)}`]);
    await until('four rows', () => (text.match(/create_window/g)?.length ?? 0) === 4);
    expect(filesOf(world).length).toBeGreaterThan(2);
    child.kill('SIGINT');
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  });

  it('verify tells with its exit code what is wrong', async () => {
    const world = await grown();
    const [file = ''] = filesOf(world);
    const text = readFileSync(file, 'utf8');
    const lines = text.trimEnd().split('\n');
    const verify = async (...argv: string[]): Promise<any> => {
      const { code, ...rest } = await cliJson(world, ['audit', 'verify', ...argv]);
      return { code, ...(rest as any).data };
    };
    expect(await verify()).toMatchObject({ code: 0, status: 'ok', records: lines.length });
    expect((await cli(world, ['audit', 'verify'])).stdout).toMatch(
      /^The audit log is sound\.\n\d+ records proven in 1 file\.\n$/,
    );
    writeFileSync(file, text.replace('list_sessions', 'lost_sessions'));
    expect(await verify()).toMatchObject({ code: 1, status: 'tampered', first_bad: { seq: 4, line: 4 } });
    expect((await cli(world, ['audit', 'verify'])).stdout).toContain(
      'First bad record: 4, 000000000001.jsonl line 4: ',
    );
    writeFileSync(file, `${lines.slice(0, -1).join('\n')}\n`);
    expect(await verify()).toMatchObject({ code: 2, status: 'truncated', first_bad: { seq: lines.length } });
    writeFileSync(file, text);
    const key = join(stateOf(world), 'audit.key');
    copyFileSync(key, join(world.home, 'old.key'));
    writeFileSync(key, `${'ab'.repeat(32)}\n`);
    expect(await verify()).toMatchObject({ code: 3, status: 'key', first_bad: { seq: 1 } });
    writeFileSync(key, 'broken\n');
    expect(await verify()).toMatchObject({ code: 3, status: 'key' });
    rmSync(key);
    expect(await verify('--key-file', join(world.home, 'old.key'))).toMatchObject({ code: 0 });
    copyFileSync(join(world.home, 'old.key'), key);
    writeFileSync(file, text.replace('list_sessions', 'lost_sessions'));
    const half = await cli(world, ['audit', 'export']);
    expect([half.code, half.stdout.trimEnd().split('\n').length]).toEqual([1, 3]);
  });

  it('verify holds the log against a copy of the anchors', async () => {
    const world = create();
    const server = await openedServer(world);
    servers.push(server);
    await call(server, 'list_sessions');
    server.child.stdin.end();
    await server.exit();
    const folder = join(stateOf(world), 'audit');
    const copy = join(world.home, 'anchors.copy');
    copyFileSync(join(folder, 'anchors.log'), copy);
    // Everything of the log is gone but its key.
    rmSync(folder, { recursive: true });
    for (const part of ['', '-wal', '-shm']) rmSync(join(stateOf(world), `user.db${part}`), { force: true });
    expect((await cliJson(world, ['audit', 'verify'])).code).toBe(0);
    expect(await cliJson(world, ['audit', 'verify', '--anchor', copy])).toMatchObject({
      code: 2,
      data: { first_bad: { seq: 1 } },
    });
    expect(await cliJson(world, ['audit', 'verify', '--anchor', 'nowhere'])).toMatchObject({
      code: 3,
      error: { code: 'NOT_FOUND' },
    });
  });

  it('export writes the lines as they are, and is recorded', async () => {
    const world = await grown();
    const [file = ''] = filesOf(world);
    const text = readFileSync(file, 'utf8');
    const exported = await cli(world, ['audit', 'export']);
    expect(exported).toEqual({ code: 0, stdout: readFileSync(file, 'utf8'), stderr: '' });
    // It is on record before the first line is written, so a reader that leaves early changes nothing of that.
    expect(exported.stdout.startsWith(text)).toBe(true);
    expect(recordsOf(world).at(-1)).toMatchObject({
      actor: { caller: 'operator' },
      action: { operation: 'audit_exported', arguments: { filtered: false } },
    });
  });

  it('prune removes old files when it is told to, and says so for ever', async () => {
    const world = await grown({ TMUX_ORC_SECURITY_AUDIT_MAX_BYTES: '1500' });
    const before = filesOf(world).length;
    expect(before).toBeGreaterThan(2);
    expect(await cliJson(world, ['audit', 'prune', '--keep-days', '1'])).toMatchObject({
      code: 0,
      data: { removed_files: 0 },
    });
    expect(await cliJson(world, ['audit', 'prune', '--keep-days', '0'])).toMatchObject({
      code: 4,
      error: { code: 'CONFIRMATION_REQUIRED' },
    });
    expect(filesOf(world)).toHaveLength(before);
    const pruned = await cliJson(world, ['audit', 'prune', '--keep-days', '0', '--yes']);
    expect(pruned).toMatchObject({ code: 0, data: { first: 1, removed_files: before - 1 } });
    expect(await cliJson(world, ['audit', 'verify'])).toMatchObject({
      code: 0,
      data: { notices: [expect.stringContaining('older files were removed (operator)')] },
    });
    // Without that record the same is a cut.
    const last = filesOf(world).at(-1)!;
    const text = readFileSync(last, 'utf8');
    rmSync(filesOf(world)[0]!);
    expect((await cliJson(world, ['audit', 'verify'])).code).toBe(2);
    expect(text).toContain('audit_pruned');
    expect((await cli(world, ['audit', 'prune'])).code).toBe(2);
  });

  it('prune leaves what does not verify, unless it is told otherwise', async () => {
    const world = await grown({ TMUX_ORC_SECURITY_AUDIT_MAX_BYTES: '1500' });
    const [first = ''] = filesOf(world);
    writeFileSync(first, readFileSync(first, 'utf8').replace('create_session', 'create_passion'));
    expect(await cliJson(world, ['audit', 'prune', '--keep-days', '0', '--yes'])).toMatchObject({
      code: 6,
      error: { code: 'CONFLICT' },
    });
    expect((await cliJson(world, ['audit', 'prune', '--keep-days', '0', '--yes', '--damaged'])).code).toBe(0);
    expect((await cliJson(world, ['audit', 'verify'])).code).toBe(0);
  });
});
