import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cli, cliJson, type Host, legacyHost, modernHost, type ToolResult } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

const worlds: World[] = [];
const hosts: Host[] = [];
/** A place with limits on. */
function limited(settings: Record<string, unknown> = {}): World {
  const world = createWorld({
    TMUX_ORC_SECURITY_RATE_LIMIT_ENABLED: 'true',
    ...Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`TMUX_ORC_SECURITY_${key.toUpperCase()}`, String(value)]),
    ),
  });
  worlds.push(world);
  return world;
}
const createdWithout = (): World => limited({ rate_limit_enabled: false });
const open = async (start: (world: World) => Promise<Host>, world: World): Promise<Host> => {
  const host = await start(world);
  hosts.push(host);
  return host;
};
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});
afterAll(() => Promise.all(worlds.map((world) => world.close())));

const list = (host: Host): Promise<ToolResult> => host.call('list_sessions');
const errorOf = (result: ToolResult): Record<string, unknown> | undefined => result.structuredContent?.error;
const codesOf = async (calls: Promise<ToolResult>[]): Promise<unknown[]> =>
  (await Promise.all(calls)).map((result) => errorOf(result)?.code ?? 'ok');
const state = (world: World): string => join(world.env.XDG_STATE_HOME!, 'tmux-orchestrator');
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

describe('the rate limit over MCP', () => {
  it.each([legacyHost, modernHost])('refuses the call after the burst, and tells the true wait: %o', async (start) => {
    const host = await open(start, limited({ rate_limit_burst_size: 5, rate_limit_max_requests: 60 }));
    expect((await codesOf(times(8, () => list(host)))).sort()).toEqual([...times(3, () => 'RATE_LIMITED'), ...times(5, () => 'ok')]); // prettier-ignore
    const result = await list(host);
    const error = errorOf(result);
    expect(result.isError).toBe(true);
    expect(error).toMatchObject({
      code: 'RATE_LIMITED',
      message: '60 calls in 60 s, 5 of them at once are allowed for this caller.',
      retryable: true,
      details: { scope: 'caller', limit: 60, window_seconds: 60, burst_size: 5 },
    });
    expect(result.content[0]!.text).toMatch(/^RATE_LIMITED: .*\nTry again in \d\.\d s, and send fewer calls at a time\.$/); // prettier-ignore
    const wait = error?.retry_after_ms as number;
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(1000);
    await new Promise((resolve) => setTimeout(resolve, wait + 2));
    expect(await codesOf([list(host)])).toEqual(['ok']);
  });

  it('is one for all servers of a user, each caller for itself, and stays after a restart', async () => {
    const world = limited({ rate_limit_burst_size: 4, rate_limit_max_requests: 4, rate_limit_user_burst_size: 6 });
    const [one, two] = await Promise.all([open(legacyHost, world), open(legacyHost, world)]);
    const codes = await codesOf([...times(4, () => list(one)), ...times(4, () => list(two))]);
    expect(codes.filter((code) => code === 'ok')).toHaveLength(4);
    await one.close();
    expect(await codesOf([list(await open(legacyHost, world))])).toEqual(['RATE_LIMITED']);
    // The command line is another caller; two are left for all together, then it waits.
    for (const expected of [0, 0]) expect((await cli(world, ['session', 'list'])).code).toBe(expected);
    const error = errorOf(await list(two));
    expect(error).toMatchObject({ code: 'RATE_LIMITED', details: { scope: 'caller' } });
  });

  it('lets what is exempt pass, and follows the config while it runs', async () => {
    const world = limited();
    mkdirSync(join(world.env.XDG_CONFIG_HOME!, 'tmux-orchestrator'), { recursive: true });
    const file = join(world.env.XDG_CONFIG_HOME!, 'tmux-orchestrator', 'config.yaml');
    writeFileSync(file, 'security: {rate_limit: {burst_size: 1, max_requests: 2}}\n');
    const host = await open(legacyHost, world);
    expect(await codesOf([list(host)])).toEqual(['ok']);
    expect(await codesOf([list(host)])).toEqual(['RATE_LIMITED']);
    // cancel_job is never refused by a limit: it says what is wrong with the job.
    for (const code of await codesOf(times(5, () => host.call('cancel_job', { job_id: '0'.repeat(16) }))))
      expect(code).not.toBe('RATE_LIMITED');
    writeFileSync(
      file,
      'security: {rate_limit: {burst_size: 1, max_requests: 2, per_tool: {list_sessions: exempt}}}\n',
    );
    await until('the new config', async () => errorOf(await list(host)) === undefined);
    expect(await codesOf(times(20, () => list(host)))).toEqual(times(20, () => 'ok'));
  });

  it('tells what is left', async () => {
    const world = limited({ rate_limit_burst_size: 3 });
    const host = await open(modernHost, world);
    const status = async (): Promise<unknown> => (await host.call('get_system_status')).structuredContent.rate_limit;
    expect(await status()).toEqual({ calls_left: 2, retry_after_ms: 0, shared: true });
    await list(host);
    const last = (await status()) as { calls_left: number; retry_after_ms: number };
    expect([0, 1]).toContain(last.calls_left);
    expect((await cli(world, ['status'])).stdout).toMatch(/rate limit +2 calls left at once/);
    expect((await cli(createdWithout(), ['status'])).stdout).not.toContain('rate limit');
  });

  it('waits for a turn where the config says so', async () => {
    const world = limited({ rate_limit_burst_size: 1, rate_limit_max_requests: 300, rate_limit_block_on_limit: true });
    const host = await open(legacyHost, world);
    const started = performance.now();
    expect(await codesOf(times(6, () => list(host)))).toEqual(times(6, () => 'ok'));
    expect(performance.now() - started).toBeGreaterThanOrEqual(995);
  });
});

describe('the rate limit at the command line', () => {
  it('lets a person wait instead of refusing', async () => {
    const world = limited({ rate_limit_burst_size: 1, rate_limit_max_requests: 40 });
    const started = performance.now();
    const results = await Promise.all(times(3, () => cliJson(world, ['session', 'list'])));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(2995);
  });

  it('can be interrupted while it waits', async () => {
    const world = limited({ rate_limit_burst_size: 1, rate_limit_max_requests: 1 });
    expect((await cli(world, ['session', 'list'])).code).toBe(0);
    const { spawn } = await import('node:child_process');
    const { BIN } = await import('../support/program.js');
    const child = spawn(process.execPath, [BIN, 'session', 'list'], { env: world.env, cwd: world.folder });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    await until('the notice', () => stderr.includes('for the rate limit'));
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(130);
    expect(stderr).toMatch(/^warn: waiting (?:60|59) s for the rate limit\n/);
  });
});

describe('guessing names of tools', () => {
  it('is answered so often, then everything is refused for a while', async () => {
    const host = await open(modernHost, limited({ rate_limit_enabled: false, unknown_tools_throttle_seconds: 2 }));
    const codes = [];
    for (let i = 0; i < 6; i++) codes.push((await codesOf([host.call(`guess_${String(i)}`)]))[0]);
    expect(codes).toEqual([...times(5, () => 'UNKNOWN_TOOL'), 'RATE_LIMITED']);
    const error = errorOf(await list(host));
    expect(error).toMatchObject({ code: 'RATE_LIMITED', details: { scope: 'unknown_tools' } });
    await new Promise((resolve) => setTimeout(resolve, (error?.retry_after_ms as number) + 2));
    expect(await codesOf([list(host)])).toEqual(['ok']);
  });
});

describe('a lockdown', () => {
  it('lets reads go on in all processes, and nothing else', async () => {
    const world = limited({ rate_limit_enabled: false });
    const host = await open(legacyHost, world);
    expect(await codesOf([host.call('create_session', { name: 'before' })])).toEqual(['ok']);
    const file = join(state(world), 'LOCKDOWN');
    writeFileSync(file, '');
    await new Promise((resolve) => setTimeout(resolve, 25));
    expect(await codesOf([host.call('create_session', { name: 'during' }), list(host)])).toEqual(['LOCKED_DOWN', 'ok']);
    expect(await cliJson(world, ['session', 'kill', 'before'])).toMatchObject({ code: 4, error: { code: 'LOCKED_DOWN' } }); // prettier-ignore
    rmSync(file);
    await new Promise((resolve) => setTimeout(resolve, 25));
    expect(await codesOf([host.call('kill_session', { session: 'before' })])).toEqual(['ok']);
  });
});

describe('the state', () => {
  it('is not touched before a call needs it', async () => {
    const world = limited();
    const host = await open(legacyHost, world);
    await host.listTools();
    expect(existsSync(world.env.XDG_STATE_HOME!)).toBe(false);
    await list(host);
    expect(readdirSync(state(world))).toContain('user.db');
  });
});

describe('a store that does not answer', () => {
  let world: World;
  beforeAll(() => {
    world = limited({ rate_limit_burst_size: 3, timeouts_store_ms: 2000 });
  });
  const degraded = /Limits are degraded, this process counts alone\. Other processes keep the store locked\./;

  it('leaves the limits on in each process while another one keeps it locked', async () => {
    const host = await open(legacyHost, world);
    expect(await codesOf([list(host)])).toEqual(['ok']);
    const other = new Database(join(state(world), 'user.db'));
    other.exec('BEGIN EXCLUSIVE');
    try {
      const started = performance.now();
      const order: string[] = [];
      const first = list(host).finally(() => order.push('the call'));
      // The protocol goes on meanwhile.
      expect((await host.listTools()).length).toBeGreaterThan(0);
      order.push('the tools');
      expect(await codesOf([first])).toEqual(['ok']);
      expect(order).toEqual(['the tools', 'the call']);
      expect(performance.now() - started).toBeLessThan(6000);
      expect(await codesOf(times(4, () => list(host)))).toContain('RATE_LIMITED');
      expect(host.stderr()).toMatch(degraded);
    } finally {
      other.exec('ROLLBACK');
      other.close();
    }
    await until('the shared store', async () => {
      await list(host);
      return host.stderr().includes('Limits are shared again.');
    });
  });

  it('is set aside when it is damaged, and a new one begins', async () => {
    for (const part of ['-wal', '-shm']) rmSync(join(state(world), `user.db${part}`), { force: true });
    writeFileSync(join(state(world), 'user.db'), 'no database '.repeat(1000));
    const { code, stderr } = await cli(world, ['session', 'list']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/The store user\.db was damaged\. It is kept as user\.db\.corrupt-\w+-\w+; a new one begins empty\./); // prettier-ignore
    expect(stderr).not.toContain(state(world));
    expect(readdirSync(state(world)).filter((name) => name.startsWith('user.db.corrupt-'))).toHaveLength(1);
    expect((await cli(world, ['session', 'list'])).stderr).not.toContain('damaged');
  });

  it('is not used when its folder is a link, and the limits hold all the same', async () => {
    const linked = limited({ rate_limit_burst_size: 1, rate_limit_max_requests: 1 });
    const { symlinkSync } = await import('node:fs');
    mkdirSync(linked.env.XDG_STATE_HOME!);
    mkdirSync(join(linked.home, 'elsewhere'));
    symlinkSync(join(linked.home, 'elsewhere'), state(linked));
    const host = await open(legacyHost, linked);
    expect(await codesOf([list(host)])).toEqual(['ok']);
    expect(await codesOf([list(host)])).toEqual(['RATE_LIMITED']);
    expect(host.stderr()).toMatch(
      /Limits are degraded, this process counts alone\. A folder of the state is a symbolic link\./,
    );
    expect(readdirSync(join(linked.home, 'elsewhere'))).toEqual([]);
  });

  it('has files for us alone under any umask', async () => {
    const fresh = limited();
    const before = process.umask(0);
    try {
      expect((await cli(fresh, ['session', 'list'])).code).toBe(0);
    } finally {
      process.umask(before);
    }
    expect(statSync(state(fresh)).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(state(fresh))) {
      const stats = statSync(join(state(fresh), name));
      expect([name, stats.mode & 0o777]).toEqual([name, stats.isDirectory() ? 0o700 : 0o600]);
    }
  });
});
