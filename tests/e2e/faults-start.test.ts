import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { cli, cliJson, type Host, legacyHost } from '../support/program.js';
import { type Data, dataOf, processesWith, UNLIMITED } from '../support/raw-server.js';
import { createWorld, until, type World } from '../support/world.js';

const READS: readonly [tool: string, args: Record<string, unknown>, argv: readonly string[]][] = [
  ['list_sessions', {}, ['session', 'list']],
  ['capture_pane', { target: 'one' }, ['pane', 'capture', 'one']],
  ['send_keys', { target: '%0', text: 'x' }, ['pane', 'keys', '%0', '--text', 'x']],
  ['kill_session', { session: 'one' }, ['session', 'kill', 'one']],
  ['create_window', { session: 'one' }, ['window', 'create', 'one']],
];

interface Outcome {
  readonly data: Data | undefined;
  /** `ok`, or the code of the error. */
  readonly code: string;
  readonly message: string;
  /** Exit code of the CLI. */
  readonly exit: number | null;
}

/** The same call through MCP and through the CLI. */
async function both(
  world: World,
  host: Host,
  tool: string,
  args: Record<string, unknown>,
  argv: readonly string[],
): Promise<Outcome[]> {
  const result = await host.call(tool, args);
  const line = await cliJson(world, argv);
  const outcome = (data: Data | undefined, error: Data['error'] | undefined): Outcome => ({
    ...{ data, code: error?.code ?? 'ok', message: error?.message ?? '', exit: line.code },
  });
  return [
    result.isError === true ? outcome(undefined, dataOf(result).error) : outcome(dataOf(result), undefined),
    line.ok ? outcome(line.data as unknown as Data, undefined) : outcome(undefined, line.error),
  ];
}

describe('where no tmux server runs', () => {
  let world: World;
  let host: Host;
  beforeEach(async () => {
    world = createWorld(UNLIMITED);
    mkdirSync(dirname(world.socketPath), { recursive: true, mode: 0o700 });
    host = await legacyHost(world);
    return async () => {
      await host.close();
      await world.close();
    };
  });
  const expectNothingThere = async (): Promise<void> => {
    for (const [tool, args, argv] of READS) {
      const outcomes = await both(world, host, tool, args, argv);
      if (tool === 'list_sessions')
        for (const { data, exit } of outcomes) expect([data, exit]).toEqual([{ sessions: [] }, 0]);
      else for (const { code, exit } of outcomes) expect([code, exit]).toEqual(['NOT_FOUND', 3]);
    }
    expect(processesWith(world.socketName)).toEqual([]);
  };

  it('nothing but create_session starts one', async () => {
    await expectNothingThere();
    expect(existsSync(world.socketPath)).toBe(false);
    const created = await host.call('create_session', { name: 'one', command: ['cat'] });
    expect(dataOf(created).session).toEqual({ id: '$0', name: 'one' });
  });

  it('a socket that a killed server left is no server, and create_session takes its place', async () => {
    await world.tmux('new-session', '-d', '-s', 'one', 'cat');
    expect((await host.call('list_sessions')).isError).not.toBe(true);
    process.kill(Number(await world.tmux('display-message', '-p', '#{pid}')), 'SIGKILL');
    await until('the end of tmux', () => processesWith(world.socketName).length === 0);
    expect(existsSync(world.socketPath)).toBe(true);
    await expectNothingThere();
    const created = await host.call('create_session', { name: 'one', command: ['cat'] });
    expect(dataOf(created).session).toEqual({ id: '$0', name: 'one' });
    expect(dataOf(await host.call('list_sessions')).sessions).toHaveLength(1);
  });

  it('a file of another kind is no server, and is never removed', async () => {
    writeFileSync(world.socketPath, 'precious');
    await expectNothingThere();
    const create = ['create_session', { name: 'one' }, ['session', 'create', 'one']] as const;
    for (const { code, exit } of await both(world, host, ...create)) expect([code, exit]).toEqual(['TMUX_FAILED', 7]);
    expect(readFileSync(world.socketPath, 'utf8')).toBe('precious');
    expect(processesWith(world.socketName)).toEqual([]);
  });

  it('a folder of the socket that is not there is no server', async () => {
    const env = { ...world.env, TMUX_TMPDIR: join(world.folder, 'not-there') };
    const result = await cliJson({ ...world, env }, ['session', 'list']);
    expect(result).toMatchObject({ ok: true, data: { sessions: [] } });
    expect(existsSync(env.TMUX_TMPDIR)).toBe(false);
  });
});

describe('two servers that create a session at the same moment', () => {
  let world: World;
  let hosts: Host[];
  beforeAll(async () => {
    world = createWorld(UNLIMITED);
    hosts = await Promise.all([legacyHost(world), legacyHost(world)]);
  });
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.close()));
    await world.close();
  });
  const create = async (name: string, host: Host): Promise<Data> => dataOf(await host.call('create_session', { name }));

  it('both succeed on one tmux server, each time', async () => {
    for (let round = 0; round < 10; round++) {
      const names = ['a', 'b', 'c', 'd'];
      const made = await Promise.all(names.map((name, index) => create(name, hosts[index % 2]!)));
      expect(made.map((data) => data.session)).toMatchObject(names.map((name) => ({ name })));
      for (const host of hosts) {
        const { sessions } = dataOf(await host.call('list_sessions'));
        expect(sessions.map(({ name }) => name).sort()).toEqual(names);
      }
      // The next round meets a server that is just ending.
      await world.tmux('kill-server');
    }
  });

  it('one succeeds where both want the same name', async () => {
    const made = await Promise.all(hosts.map((host) => create('same', host)));
    const codes = made.map((data) => (data as Partial<Data>).error?.code ?? 'ok');
    expect(codes.sort()).toEqual(['CONFLICT', 'ok']);
  });
});

describe('no tmux on PATH', () => {
  it('is TMUX_UNAVAILABLE with a hint how to install it, and everything else works', async () => {
    const plain = createWorld(UNLIMITED);
    const world = { ...plain, env: { ...plain.env, PATH: plain.home } };
    const host = await legacyHost(world);
    try {
      for (const [tool, args, argv] of [
        ...READS,
        ['create_session', { name: 'x' }, ['session', 'create', 'x']],
      ] as const) {
        const { error } = dataOf(await host.call(tool, args));
        expect(error).toMatchObject({ code: 'TMUX_UNAVAILABLE', retryable: true });
        expect(error.hint).toMatch(/install/i);
        const line = await cli(world, argv);
        expect(line).toMatchObject({ code: 7, stdout: '' });
        expect(line.stderr).toMatch(/^TMUX_UNAVAILABLE: .*PATH.*\n.*install.*\n$/i);
      }
      expect((await host.listTools()).length).toBeGreaterThan(5);
      expect((await cli(world, ['--help'])).code).toBe(0);
    } finally {
      await host.close();
      await plain.close();
    }
  });
});

describe('a program called tmux that is none', () => {
  const TMUX_MS = 600;
  /** Both surfaces together; time-outs of tmux add up to a few where a failed change is looked for. */
  const LONGEST_MS = 25 * TMUX_MS;
  let plain: World;
  let world: World;
  /** A time that no other program sleeps: what a killed script leaves is found by it. */
  const sleeper = `sleep 3600.${String(process.pid)}`;
  beforeAll(async () => {
    plain = createWorld({ ...UNLIMITED, TMUX_ORC_SECURITY_TIMEOUTS_TMUX_MS: String(TMUX_MS) });
    // A real server stands there, so that it is asked at all.
    await plain.tmux('new-session', '-d', '-s', 'one', 'cat');
    const bin = join(plain.folder, 'bin');
    mkdirSync(bin);
    world = { ...plain, env: { ...plain.env, PATH: `${bin}:${plain.env.PATH ?? ''}` } };
  });
  afterEach(() => {
    for (const line of processesWith(sleeper)) {
      try {
        process.kill(Number.parseInt(line, 10), 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
  });
  afterAll(() => plain.close());

  const FAKES: readonly [what: string, script: string, list: string, create: string][] = [
    ['hangs', `exec ${sleeper}`, 'TMUX_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    // The program that hangs keeps the streams of the killed script open.
    ['hangs in a program of its own', `${sleeper} & wait`, 'TMUX_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    ['ends with 1 and says nothing', 'exit 1', 'TMUX_FAILED', 'TMUX_FAILED'],
    ['ends with 1 and says something', 'printf "\\033[31mno way\\007" >&2; exit 1', 'TMUX_FAILED', 'TMUX_FAILED'],
    ['ends with 0 and says nothing', 'exit 0', 'ok', 'TMUX_FAILED'],
    ['prints garbage', 'head -c 100000 /dev/urandom', 'TMUX_UNAVAILABLE', 'TMUX_FAILED'],
    ['prints without end', 'exec yes', 'TMUX_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    ['is killed', 'kill -9 $$', 'TMUX_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
  ]; // prettier-ignore

  it.each(FAKES)(
    '%s',
    async (_what, script, list, create) => {
      const file = join(plain.folder, 'bin', 'tmux');
      writeFileSync(file, `#!/bin/sh\n${script}\n`);
      chmodSync(file, 0o755);
      const host = await legacyHost(world);
      onTestFinished(() => host.close());
      const calls = [
        ['list_sessions', {}, ['session', 'list'], list],
        ['create_session', { name: 'new' }, ['session', 'create', 'new'], create],
      ] as const;
      for (const [tool, args, argv, expected] of calls) {
        const from = performance.now();
        const outcomes = await both(world, host, tool, args, argv);
        expect(performance.now() - from).toBeLessThan(LONGEST_MS);
        const exit = { ok: 0, TMUX_UNAVAILABLE: 7, TMUX_FAILED: 7, OUTCOME_UNKNOWN: 9 }[expected];
        for (const outcome of outcomes) expect([tool, outcome.code, outcome.exit]).toEqual([tool, expected, exit]);
        // Terminal controls of a stranger do not pass.
        expect(JSON.stringify(outcomes)).not.toMatch(/u001b|u0007/);
      }
      expect((await host.listTools()).length).toBeGreaterThan(5);
      expect(await plain.tmux('list-sessions', '-F', '#{session_name}')).toBe('one');
    },
    60_000,
  );
});
