import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parametersOf } from '../../src/cli/parameters.js';
import { ERROR_CODES, type ErrorCode } from '../../src/kernel/errors.js';
import { operations } from '../../src/operations/index.js';
import { BIN, cli, cliJson, type CliResult } from '../support/program.js';
import { UNLIMITED } from '../support/raw-server.js';
import { createWorld, until, type World } from '../support/world.js';

const run = promisify(execFile);
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }; // prettier-ignore
const SECRET = 'hunter2SECRET';

let world: World;
beforeAll(async () => {
  world = createWorld(UNLIMITED);
  await world.tmux('new-session', '-d', '-s', 'base', '-x', '80', '-y', '24', 'cat');
});
afterAll(() => world.close());

describe('help and version', () => {
  it.each(operations.map((operation) => [operation.cli.path.join(' '), operation] as const))('%s --help', async (_name, operation) => {
    const help = await cli(world, [...operation.cli.path, '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain(`Usage: tmux-orc ${operation.cli.path.join(' ')}`);
    for (const { name, flag } of parametersOf(operation.input))
      expect(help.stdout).toContain(operation.cli.positional.includes(name) ? flag : `--${flag}`);
  }); // prettier-ignore

  it('of the program names every noun, and of a noun every verb', async () => {
    const root = await cli(world, ['--help']);
    const bare = await cli(world, []);
    expect(bare).toEqual(root);
    for (const noun of new Set(operations.map((operation) => operation.cli.path[0]))) {
      expect(root.stdout).toMatch(new RegExp(`^ {2}${noun} `, 'm'));
      const help = await cli(world, [noun, '--help']);
      expect(help.code).toBe(0);
      // A command of one word has no verbs.
      for (const [first, verb] of operations.map((operation) => operation.cli.path))
        if (first === noun && verb !== undefined) expect(help.stdout).toMatch(new RegExp(`^ {2}${verb} `, 'm'));
    }
    expect((await cli(world, ['serve', '--help'])).stdout).toContain('MCP');
  });

  it('--version', async () => {
    expect(await cli(world, ['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

/** A refused command line: on one line of JSON with --json, else on stderr. */
async function refused(argv: readonly string[], code: ErrorCode): Promise<string> {
  const [text, json] = await Promise.all([cli(world, argv), cli(world, ['--json', ...argv])]);
  expect(text).toMatchObject({ code: ERROR_CODES[code].exit, stdout: '' });
  expect(text.stderr).toMatch(new RegExp(`^${code}: .+\\n.+\\n`));
  expect(text.stderr).not.toContain('\u001b');
  expect(json).toMatchObject({ code: ERROR_CODES[code].exit, stderr: '' });
  expect(json.stdout).toMatch(/^\{.*\}\n$/);
  const parsed = JSON.parse(json.stdout) as { ok: boolean; error: { message: string; hint: string } };
  expect(parsed).toMatchObject({ ok: false, error: { code, retryable: ERROR_CODES[code].retryable } });
  expect(text.stderr).toContain(`${code}: ${parsed.error.message}\n${parsed.error.hint}`);
  for (const output of [text.stderr, json.stdout]) expect(output).not.toContain(SECRET);
  return parsed.error.message;
}

describe('wrong command lines', () => {
  it.each([
    ['a misspelt noun', ['sesion', 'list'], 'session'],
    ['a misspelt verb', ['session', 'lsit'], 'list'],
    ['a misspelt flag', ['session', 'list', '--detial', 'panes'], '--detail'],
    ['a misspelt global flag', ['--socket-nam', 'x', 'session', 'list'], '--socket-name'],
    ['a misspelt config key', ['--set', 'tmux.scop=owned', 'session', 'list'], 'tmux.scope'],
  ])('%s gets a suggestion', async (what, argv, suggestion) => {
    const code = what.includes('config') ? 'CONFIG_INVALID' : 'INVALID_INPUT';
    expect(await refused(argv, code)).toMatch(new RegExp(`did you mean "?${suggestion}\\b`, 'i'));
  });

  it.each([
    ['no verb', ['session']],
    ['help of a command that is not there', ['help', 'nope']],
    ['no command at all', ['--profile', 'standard']],
    ['an empty command', ['']],
    ['a missing argument', ['session', 'create']],
    ['an argument too many', ['session', 'kill', 'a', SECRET]],
    ['a flag without its value', ['session', 'list', '--detail']],
    ['a word where a number belongs', ['session', 'list', '--limit', SECRET]],
    ['a word that is no choice', ['session', 'list', '--detail', SECRET]],
    ['a value with quotes and line ends', ['session', 'list', '--limit', `'${SECRET}'\n'`]],
    ['a variable without a value', ['session', 'create', 'x', '--env', SECRET]],
    ['a variable without a name', ['session', 'create', 'x', '--env', `=${SECRET}`]],
    ['a number out of bounds', ['session', 'list', '--limit', '0']],
    ['a negative number', ['pane', 'capture', 'base', '--lines', '-5']],
    ['an unknown flag with a value', ['pane', 'keys', 'base', `--txt=${SECRET}`]],
    ['a value for a switch', ['session', 'list', `--json=${SECRET}`]],
    ['a name with a space', ['session', 'create', 'a b']],
    ['no text and no keys', ['pane', 'keys', 'base']],
    ['a key that is none', ['pane', 'keys', 'base', 'Ctrl-C']],
    ['something after -- of a command that takes no command', ['session', 'list', '--', SECRET]],
    ['nothing after --', ['session', 'create', 'x', '--']],
    ['an empty folder', ['session', 'create', 'x', '--cwd', '']],
    ['a folder that is not there', ['session', 'create', 'x', '--cwd', 'nope']],
  ])('%s is INVALID_INPUT', async (_what, argv) => {
    await refused(argv, 'INVALID_INPUT');
  });

  it('a missing verb shows which there are', async () => {
    expect((await cli(world, ['session'])).stderr).toContain('create [options] <name>');
  });

  it.each([
    ['an unknown key', ['--set', `foo=${SECRET}`]],
    ['a key without a value', ['--set', 'foo']],
    ['a key of a whole block', ['--set', 'tmux=x']],
    ['a value of another type', ['--set', `security.max_queued=${SECRET}`]],
    ['a value out of bounds', ['--set', 'security.max_queued=0']],
    ['a value that is no choice', ['--set', `tmux.scope=${SECRET}`]],
    ['an unknown profile', ['--profile', SECRET]],
    ['a path as socket name', ['--socket-name', `../${SECRET}`]],
    ['a relative socket path', ['--socket-name', '', '--socket-path', SECRET]],
    ['two servers', ['--socket-name', 'x', '--socket-path', '/tmp/x']],
  ])('%s is CONFIG_INVALID', async (_what, argv) => {
    await refused([...argv, 'session', 'list'], 'CONFIG_INVALID');
  });

  it('a wrong variable names itself, and serve refuses it too', async () => {
    const env = { ...world.env, TMUX_ORC_SECURITY_MAX_QUEUED: SECRET };
    for (const argv of [['session', 'list'], ['serve']]) {
      const result = await cli({ ...world, env }, argv);
      expect(result).toMatchObject({ code: 2, stdout: '' });
      expect(result.stderr).toMatch(/^CONFIG_INVALID: .*TMUX_ORC_SECURITY_MAX_QUEUED.*\n/);
      expect(result.stderr).not.toContain(SECRET);
    }
  });

  it('an unknown variable is a warning with the nearest name', async () => {
    const env = { ...world.env, TMUX_ORC_LOG_LEVL: SECRET };
    const result = await cli({ ...world, env }, ['session', 'list', '--json']);
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ ok: true });
    expect(result.stderr).toMatch(/TMUX_ORC_LOG_LEVL.*TMUX_ORC_LOG_LEVEL/);
    expect(result.stderr).not.toContain(SECRET);
  });
});

describe('exit codes', () => {
  it('3: not found, ambiguous', async () => {
    await refused(['session', 'kill', 'nope'], 'NOT_FOUND');
    await refused(['pane', 'capture', '%99'], 'NOT_FOUND');
    await world.tmux('new-window', '-d', '-t', 'base:', '-n', 'twin', 'cat');
    await world.tmux('new-window', '-d', '-t', 'base:', '-n', 'twin', 'cat');
    await refused(['pane', 'capture', 'base:twin'], 'AMBIGUOUS');
  });

  it('6: taken, or in the wrong state', async () => {
    await refused(['session', 'create', 'base'], 'CONFLICT');
    const made = await cliJson(world, ['window', 'create', 'base', '--', 'true']);
    const { pane } = (made as unknown as { data: { pane: { id: string } } }).data;
    await until(
      'its end',
      async () => (await world.tmux('display-message', '-p', '-t', pane.id, '#{pane_dead}')) === '1',
    );
    await refused(['pane', 'keys', pane.id, 'Enter'], 'CONFLICT');
  });

  it('7: tmux refuses', async () => {
    const id = await world.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', '-t', 'base:', 'cat');
    for (let n = 0; n < 6; n++) await world.tmux('split-window', '-d', '-t', id, 'cat').catch(() => undefined);
    await refused(['pane', 'split', id], 'TMUX_FAILED');
  });

  it('8: not ready', async () => {
    const id = await world.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', '-t', 'base:', 'cat');
    await world.tmux('choose-tree', '-t', id);
    expect(await world.tmux('display-message', '-p', '-t', id, '#{pane_mode}')).toBe('tree-mode');
    await refused(['pane', 'keys', id, 'Enter'], 'AGENT_UNREADY');
  });

  /** Runs `work` while tmux stands still. */
  const whileStopped = async (work: () => Promise<void>): Promise<void> => {
    const pid = Number(await world.tmux('display-message', '-p', '#{pid}'));
    process.kill(pid, 'SIGSTOP');
    try {
      await work();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  };

  it('7, 9 and 124: tmux does not answer', async () => {
    const fast = ['--set', 'security.timeouts.tmux_ms=300'];
    const slow = ['--set', 'security.timeouts.tmux_ms=9000', '--set', 'security.timeouts.tool_seconds=1'];
    await whileStopped(async () => {
      await refused([...fast, 'session', 'list'], 'TMUX_UNAVAILABLE');
      await refused([...fast, 'session', 'create', 'new'], 'OUTCOME_UNKNOWN');
      const from = performance.now();
      await refused([...slow, 'session', 'list'], 'TIMEOUT');
      // Not when tmux is given up.
      expect(performance.now() - from).toBeLessThan(6000);
    });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('130: %s, at once, with what was asked for as form', async (signal) => {
    await whileStopped(async () => {
      for (const json of [true, false]) {
        const child = spawn(process.execPath, [BIN, ...(json ? ['--json'] : []), 'session', 'list'], {
          env: world.env,
          cwd: world.folder,
        });
        let [stdout, stderr] = ['', ''];
        child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
        child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
        const end = new Promise((resolve) => child.once('close', (...ended) => resolve(ended)));
        // Its tmux client tells that the call is under way.
        await until('the call', async () => (await run('ps', ['-A', '-o', 'ppid='])).stdout.split('\n').map(Number).includes(child.pid ?? 0)); // prettier-ignore
        const from = performance.now();
        child.kill(signal);
        expect(await end).toEqual([130, null]);
        expect(performance.now() - from).toBeLessThan(3000);
        if (json) expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'CANCELLED' } });
        expect(json ? stderr : stdout).toBe('');
        if (!json) expect(stderr).toMatch(/^CANCELLED: /);
      }
    });
  });
});

describe('results', () => {
  it('are one line of JSON with --json, wherever it stands, and text without', async () => {
    for (const argv of [
      ['--json', 'session', 'list'],
      ['session', '--json', 'list'],
      ['session', 'list', '--json'],
    ]) {
      const result = await cli(world, argv);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toMatch(/^\{"ok":true,"data":\{.*\},"meta":\{"correlation_id":"[0-9a-f-]{36}","duration_ms":[0-9.]+\}\}\n$/); // prettier-ignore
    }
    const text = await cli(world, ['session', 'list']);
    expect(text.stdout).toMatch(/^\d+ sessions?\nID +SESSION +/);
    expect(text.stdout).not.toMatch(/[\u001b{]/);
  });

  it('of several lines are one line of JSON too', async () => {
    const made = await cliJson(world, ['session', 'create', 'lines', '--', 'sh', '-c', 'seq 3; exec cat']);
    expect(made).toMatchObject({ ok: true, code: 0 });
    const captured = await until('the lines', async () => {
      const { stdout } = await cli(world, ['--json', 'pane', 'capture', 'lines']);
      return JSON.parse(stdout).data.text.endsWith('3') ? stdout : undefined;
    });
    expect(captured.trimEnd()).not.toContain('\n');
    expect(JSON.parse(captured)).toMatchObject({ ok: true, data: { text: '1\n2\n3', line_count: 3 } });
    expect((await cli(world, ['pane', 'capture', 'lines'])).stdout).toBe('1\n2\n3\n');
  });

  it.each(['head -n 1', 'true'])('piped to %s end quietly', async (reader) => {
    await cliJson(world, ['session', 'create', 'much', '--', 'sh', '-c', 'seq 100000 105000; exec cat']);
    await until('the output', async () => (await cli(world, ['pane', 'capture', 'much'])).stdout.includes('105000'));
    // More than a pipe holds, so that the writer meets its closed end.
    const script = `"$0" "$1" pane capture much --lines 5000 --json | ${reader} > /dev/null; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await run('bash', ['-c', script, process.execPath, BIN], { env: { ...world.env, TMUX_ORC_MCP_MAX_RESULT_BYTES: '1000000' } }); // prettier-ignore
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
    await cli(world, ['session', 'kill', 'much']);
  });
});

describe('arguments', () => {
  const panePath = (target: string): Promise<string> =>
    world.tmux('display-message', '-p', '-t', target, '#{pane_current_path}');

  it('--cwd is relative to where the caller stands', async () => {
    const sub = join(world.folder, 'sub');
    mkdirSync(sub, { recursive: true });
    for (const [name, cwd, from, expected] of [
      ['rel1', 'sub', world.folder, sub],
      ['rel2', '.', sub, sub],
      ['rel3', '../sub', sub, sub],
      ['rel4', world.home, world.folder, world.home],
    ] as const) {
      const result = await cli(world, ['session', 'create', name, '--cwd', cwd], { cwd: from });
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(await panePath(`=${name}:`)).toBe(expected);
    }
    expect((await cli(world, ['session', 'create', 'rel5'], { cwd: sub })).code).toBe(0);
    expect(await panePath('=rel5:')).toBe(sub);
  });

  it('a folder that was removed under the caller is no obstacle', async () => {
    const gone = join(world.folder, 'gone');
    const inGone = async (script: string): Promise<string> => {
      mkdirSync(gone);
      const whole = `cd "${gone}" && rmdir "${gone}" && ${script}`;
      return (await run('bash', ['-c', whole, process.execPath, BIN], { env: world.env })).stdout;
    };
    expect(JSON.parse(await inGone('"$0" "$1" --json session list'))).toMatchObject({ ok: true });
    const relative = await inGone('"$0" "$1" --json session create x --cwd sub || true');
    expect(JSON.parse(relative)).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } });
    const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'list_sessions' } });
    const served = await inGone(`{ echo '${call}'; sleep 3; } | "$0" "$1" serve`);
    expect(JSON.parse(served)).toMatchObject({ id: 1, result: { structuredContent: { sessions: expect.any(Array) } } });
  });

  it('-- passes a command as it is, flags of ours included', async () => {
    const script = 'for word; do echo "<$word>"; done; exec cat';
    const words = ['--json', '--help', '--', '-x', '$HOME', 'a b', ''];
    const shown = words.map((word) => `<${word}>`).join('\n');
    for (const argv of [
      ['session', 'create', 'dashes'],
      ['window', 'create', 'dashes'],
      ['pane', 'split', 'dashes'],
    ]) {
      const result: CliResult = await cli(world, [...argv, '--', 'sh', '-c', script, 'sh', ...words]);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toMatch(/^Created .*%\d+\.\n$/);
      const pane = /%\d+/.exec(result.stdout)?.[0] ?? '';
      await until('the words', async () => (await cli(world, ['pane', 'capture', pane])).stdout === `${shown}\n`);
    }
  });

  it('--set changes one call; later ones win', async () => {
    const list = async (...set: string[]): Promise<unknown> =>
      ((await cliJson(world, [...set, 'session', 'list', '--session', 'base'])) as { ok: boolean }).ok;
    expect(await list()).toBe(true);
    // The session of the set-up is not one of ours.
    expect(await list('--set', 'tmux.scope=owned')).toBe(false);
    expect(await list('--set', 'tmux.scope=owned', '--set', 'tmux.scope=all')).toBe(true);
    const other = await cliJson(world, ['--socket-name', `${world.socketName}x`, 'session', 'list']);
    expect(other).toMatchObject({ ok: true, data: { sessions: [] } });
    const path = await cliJson(world, ['--set', 'tmux.socket_name=', '--socket-path', world.socketPath, 'session', 'list', '--session', 'base']); // prettier-ignore
    expect(path.ok).toBe(true);
  });
});

describe('inside a pane of tmux', () => {
  let desk: World;
  beforeAll(async () => {
    desk = createWorld();
    await desk.tmux('new-session', '-d', '-s', 'desk', '-x', '120', '-y', '40', 'cat');
  });
  afterAll(() => desk.close());

  /** Runs the program on the terminal of a pane and gives what stands there then, styles included. */
  const onTerminal = async (argv: readonly string[], env: readonly string[] = []): Promise<string> => {
    const command = ['env', ...env, process.execPath, BIN, ...argv].map((word) => `'${word}'`).join(' ');
    const id = await desk.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', '-t', 'desk:', `${command}; echo "end $?"; exec cat`); // prettier-ignore
    return await until('its end', async () => {
      const text = await desk.tmux('capture-pane', '-p', '-e', '-t', id);
      return /end \d/.test(text) ? text : undefined;
    });
  };

  it('$TMUX chooses that server, and the config still wins', async () => {
    expect(await onTerminal(['session', 'list'])).toContain('desk');
    const named = await onTerminal(['session', 'list'], [`TMUX_ORC_TMUX_SOCKET_NAME=${world.socketName}`]);
    expect(named).toContain('base');
    expect(named).not.toContain('desk');
    expect(await onTerminal(['--socket-name', world.socketName, 'session', 'list'])).toContain('base');
  });

  it('there are colours on a terminal, none with NO_COLOR, and none in JSON', async () => {
    expect(await onTerminal(['session', 'list'])).toContain('\u001b[1m');
    expect(await onTerminal(['session', 'kill', 'nope'])).toMatch(/\u001b\[31m.*NOT_FOUND[^]*end 3/);
    for (const text of [
      await onTerminal(['session', 'list'], ['NO_COLOR=1']),
      await onTerminal(['session', 'kill', 'nope'], ['NO_COLOR=1']),
      await onTerminal(['session', 'list', '--json']),
    ])
      expect(text).not.toContain('\u001b');
  });
});
