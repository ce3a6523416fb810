import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { BIN, cli, cliJson } from '../support/program.js';
import { createWorld, until } from '../support/world.js';

const world = createWorld();
const USER = join(world.env.XDG_CONFIG_HOME!, 'tmux-orchestrator', 'config.yaml');
const PROJECT = join(world.folder, '.tmux_orchestrator', 'config.yaml');
const TRUST = join(world.env.XDG_STATE_HOME!, 'tmux-orchestrator', 'trusted-configs.json');
const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
beforeEach(() => {
  for (const path of [USER, PROJECT, TRUST]) rmSync(dirname(path), { recursive: true, force: true });
});
afterAll(world.close);

const json = async (...argv: string[]): Promise<any> => cliJson(world, argv);
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('config init', () => {
  it('writes every key commented out, which loads as the defaults; it replaces nothing unasked', async () => {
    expect(await json('config', 'init', '--user')).toMatchObject({ code: 0, ok: true, data: { file: USER } });
    expect([mode(USER), mode(dirname(USER))]).toEqual(['600', '700']);
    const lines = readFileSync(USER, 'utf8').split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      expect.stringMatching(/^profile: standard {2}# /),
    ]);
    // Without the signs it is the documented defaults, key by key.
    const settings = lines.filter((line) => /^(?:# )? *[a-z][a-z0-9_]*: ?/.test(line)).length;
    expect(settings).toBeGreaterThan(100);
    expect((await json('config', 'init')).data.file).toBe(PROJECT);
    expect(await json('config', 'validate')).toMatchObject({ ok: true, data: { files: [USER, PROJECT] } });
    expect(await json('config', 'init')).toMatchObject({ code: 6, ok: false, error: { code: 'CONFLICT' } });
    writeFileSync(PROJECT, 'mcp: {read_only: true}');
    expect((await json('config', 'init', '--force')).code).toBe(0);
    expect(readFileSync(PROJECT, 'utf8')).toBe(readFileSync(USER, 'utf8'));
    const uncommented = readFileSync(USER, 'utf8').replaceAll(/^# ( *[a-z][a-z0-9_]*:)/gm, '$1');
    writeFileSync(USER, uncommented);
    expect((await json('config', 'show')).data.problems).toEqual([]);
  });
});

describe('a backend that this version does not have', () => {
  it.each(['redis', 'memory'])('is refused by every door: %s', async (backend) => {
    const refused = {
      ok: false,
      error: {
        code: 'CONFIG_INVALID',
        message: 'flag: state.backend: expected sqlite; this version has nothing else.',
        hint: expect.stringContaining('Correct flag.'),
      },
    };
    const flags = ['--set', `state.backend=${backend}`];
    expect(await json(...flags, 'session', 'list')).toMatchObject(refused);
    expect(await json(...flags, 'config', 'validate')).toMatchObject(refused);
    const serve = await cli(world, [...flags, 'serve']);
    expect([serve.code, serve.stdout]).toEqual([2, '']);
    expect(serve.stderr).toContain(refused.error.message);
    expect(existsSync(join(world.env.XDG_STATE_HOME!, 'tmux-orchestrator'))).toBe(false);
  });
});

describe('config show', () => {
  it('tells what holds and why', async () => {
    write(USER, 'profile: production\nsecurity: {timeouts: {tool_seconds: 20}}\n');
    write(PROJECT, 'mcp: {read_only: true}\n');
    const { data } = await json('config', 'show', '--origin', '--set', 'log.level=warn');
    const of = (key: string): unknown[] => {
      const found = data.settings.find((setting: { key: string }) => setting.key === key);
      return [found.value, found.origin];
    };
    expect(of('profile')).toEqual(['production', `user ${USER}`]);
    expect(of('security.budget.max_tool_calls_per_session')).toEqual([50, 'profile production']);
    expect(of('security.timeouts.tool_seconds')).toEqual([20, `user ${USER}`]);
    expect(of('mcp.read_only')).toEqual([true, `project ${PROJECT}`]);
    expect(of('tmux.socket_name')).toEqual([world.socketName, 'environment TMUX_ORC_TMUX_SOCKET_NAME']);
    expect(of('log.level')).toEqual(['warn', 'flag']);
    expect(of('http.port')).toEqual([7717, 'default']);
  });

  it('gives one value alone, a block as a table, and knows its keys', async () => {
    expect((await cli(world, ['config', 'show', 'mcp.toolsets'])).stdout).toBe('[tmux, agents, teams, ops]\n');
    const block = (await cli(world, ['config', 'show', 'security.timeouts', '--origin'])).stdout.split('\n');
    expect(block[0]).toMatch(/^KEY +VALUE +ORIGIN$/);
    expect(block[1]).toMatch(/^security\.timeouts\.tool_seconds +60 +default$/);
    const unknown = await json('config', 'show', 'mcp.readonly');
    expect(unknown).toMatchObject({ code: 2, error: { code: 'INVALID_INPUT' } });
    expect(unknown.error.message).toContain('Did you mean "mcp.read_only"?');
  });
});

describe('a secret in the config', () => {
  // Joined here, so that no scanner takes the tests for a leak.
  const TOKEN = ['gh', 'p_wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('');
  const PASSWORD = 'Tr0ub4dor-and-3';

  it('is shown by no command that shows the config', async () => {
    write(USER, `security: {alerts: {webhook_url: "https://me:${PASSWORD}@example.org/"}}\nagents: {providers: {mine: {command: x, args: [${TOKEN}]}}}\n`); // prettier-ignore
    const shown = await Promise.all(
      [['show'], ['show', '--json'], ['show', 'security.alerts.webhook_url'], ['show', 'agents.providers']].map(
        (argv) => cli(world, ['config', ...argv]),
      ),
    );
    for (const { code, stdout } of shown) {
      expect(code).toBe(0);
      expect(stdout).toContain('[REDACTED:');
      for (const secret of [TOKEN.slice(4), PASSWORD]) expect(stdout).not.toContain(secret);
    }
    // Looking makes nothing.
    expect(existsSync(dirname(TRUST))).toBe(false);
  });

  it('is not shown in the name of a file', async () => {
    const { env } = world;
    const folder = join(world.home, `x${TOKEN}`);
    const { stdout } = await cli({ ...world, env: { ...env, XDG_CONFIG_HOME: folder } }, ['config', 'path', '--json']);
    expect(stdout).toContain('[REDACTED:');
    expect(stdout).not.toContain(TOKEN.slice(4));
  });
});

describe('a refused config', () => {
  const BROKEN = 'mcp: {readonly: true}\n';

  it('stops every operation and the server, but not the commands that mend it', async () => {
    write(PROJECT, BROKEN);
    for (const argv of [
      ['session', 'list'],
      ['config', 'validate'],
    ])
      expect(await json(...argv)).toMatchObject({
        code: 2,
        error: {
          code: 'CONFIG_INVALID',
          message: '.tmux_orchestrator/config.yaml: mcp.readonly: not a known key. Did you mean "mcp.read_only"?',
          details: { file: '.tmux_orchestrator/config.yaml', key: 'mcp.readonly' },
        },
      });
    const serve = await cli(world, ['serve']);
    expect([serve.code, serve.stdout]).toEqual([2, '']);
    expect(serve.stderr).toMatch(/^CONFIG_INVALID: /);

    const shown = await cli(world, ['config', 'show', 'mcp.read_only']);
    expect([shown.code, shown.stdout]).toEqual([0, 'false\n']);
    expect(shown.stderr).toContain('mcp.readonly: not a known key');
    expect((await json('config', 'show')).data.problems).toHaveLength(1);
    expect((await json('config', 'path')).data.files[1]).toMatchObject({ layer: 'project', state: 'refused' });
    expect((await cli(world, ['--help'])).code).toBe(0);
    expect((await json('config', 'trust', '--revoke')).code).toBe(0);
    expect((await json('config', 'init', '--force')).code).toBe(0);
    expect((await json('session', 'list')).code).toBe(0);
  });

  it('names a variable or a flag as it names a file', async () => {
    const flag = await json('session', 'list', '--set', 'http.port=x');
    expect(flag.error).toMatchObject({ code: 'CONFIG_INVALID', details: { file: 'flag', key: 'http.port' } });
    expect((await json('config', 'show', '--set', 'http.port=x')).code).toBe(0);
  });

  it('is found by config validate FILE too, wherever the file is', async () => {
    const file = join(world.folder, 'package.yaml');
    write(file, BROKEN);
    const refused = await json('config', 'validate', 'package.yaml');
    expect(refused.error).toMatchObject({
      code: 'CONFIG_INVALID',
      details: { file: 'package.yaml', key: 'mcp.readonly' },
    });
    write(file, 'tmux: {socket_name: mine}\n');
    expect(await json('config', 'validate', file)).toMatchObject({ code: 0, data: { valid: true, files: [file] } });
    expect((await json('config', 'validate', 'nowhere.yaml')).code).toBe(3);
    chmodSync(file, 0o666);
    expect((await json('config', 'validate', file)).error.message).toContain('can be written by every user');
    rmSync(file);
  });
});

describe('config path', () => {
  it('tells which files are looked at', async () => {
    expect((await json('config', 'path')).data).toMatchObject({
      files: [
        { layer: 'user', path: USER, exists: false, state: 'not there' },
        { layer: 'project', path: PROJECT, exists: false, state: 'not there' },
      ],
      trust_file: TRUST,
    });
    write(PROJECT, '{}');
    expect((await cli(world, ['config', 'path'])).stdout).toMatch(/^project +read, can only tighten +\//m);
  });
});

describe('config trust', () => {
  it('needs a terminal, whatever is given', async () => {
    write(PROJECT, 'http: {port: 1}');
    for (const argv of [
      ['config', 'trust'],
      ['config', 'trust', '--yes'],
    ])
      expect((await cli(world, argv, { input: 'y\n' })).code).not.toBe(0);
    expect(await json('config', 'trust')).toMatchObject({ code: 4, error: { code: 'DENIED' } });
    expect(existsSync(TRUST)).toBe(false);
  });

  it('asks at a terminal, tells what the file sets, and holds for this content', async () => {
    write(PROJECT, 'security: {rate_limit: {max_requests: 1000}}\n');
    expect((await json('session', 'list')).error.hint).toContain('tmux-orc config trust');
    const ask = async (answer: string): Promise<string> => {
      await world.tmux('new-session', '-d', '-s', 'trust', '-x', '200', process.execPath, BIN, 'config', 'trust');
      await world.tmux('set-option', '-t', 'trust', 'remain-on-exit', 'on');
      const screen = (): Promise<string> => world.tmux('capture-pane', '-p', '-t', 'trust');
      await until('the question', async () => (await screen()).includes('[y/N]'));
      await world.tmux('send-keys', '-t', 'trust', answer, 'Enter');
      await until('the end', async () => (await world.tmux('display', '-p', '-t', 'trust', '#{pane_dead}')) === '1');
      const text = await screen();
      await world.tmux('kill-session', '-t', 'trust');
      return text;
    };
    const refused = await ask('n');
    expect(refused).toContain('security.rate_limit.max_requests: 1000 (now 100)');
    expect(refused).toContain('CANCELLED');
    expect(existsSync(TRUST)).toBe(false);

    expect(await ask('y')).toContain('Trusted as it is now');
    expect([mode(TRUST), mode(dirname(TRUST))]).toEqual(['600', '700']);
    expect((await json('config', 'show', 'security.rate_limit.max_requests')).data.settings[0].value).toBe(1000);
    expect((await json('config', 'path')).data.files[1]).toMatchObject({ trusted: true, state: 'read, trusted' });
    writeFileSync(PROJECT, 'security: {rate_limit: {max_requests: 1001}}\n');
    expect((await json('session', 'list')).code).toBe(2);
    writeFileSync(PROJECT, 'security: {rate_limit: {max_requests: 1000}}\n');
    expect((await json('config', 'trust', '--revoke')).data).toMatchObject({ trusted: false, changed: true });
    expect((await json('session', 'list')).code).toBe(2);
  });

  it('says when there is nothing to trust', async () => {
    expect((await json('config', 'trust')).error.code).toBe('NOT_FOUND');
  });
});

describe('files that cosmiconfig would run or follow', () => {
  const canary = join(world.folder, 'canary');
  const RUNS = `require('fs').writeFileSync(${JSON.stringify(canary)}, 'ran')`;
  const IMPORTS = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(canary)}, 'ran'); export default {}`;
  const REDIRECT = JSON.stringify({ cosmiconfig: { searchPlaces: ['evil.yaml'] } });
  const PLANTED: readonly (readonly [string, string])[] = [
    ['.config/config.js', RUNS],
    ['.config/config.cjs', RUNS],
    ['.config/config.mjs', IMPORTS],
    ['.config/config.ts', IMPORTS],
    ['.config/config.json', REDIRECT],
    // The library takes the key twice from these two (9.0.2).
    ['package.json', `{"cosmiconfig": ${REDIRECT}}`],
    ['package.yaml', 'cosmiconfig: {cosmiconfig: {searchPlaces: [evil.yaml]}}'],
  ];
  /** What the library does by itself, so that the test is known to plant what works. */
  const CONTROL = `
    const { cosmiconfigSync } = require('cosmiconfig');
    let found;
    try { found = cosmiconfigSync('tmux-orchestrator').search(process.cwd()); } catch {}
    if (found?.filepath.endsWith('evil.yaml')) require('fs').writeFileSync(${JSON.stringify(canary)}, 'followed');`;

  it.each(PLANTED)('%s does nothing', { timeout: 60_000 }, async (name, content) => {
    const planted = join(world.folder, name);
    const evil = join(world.folder, 'evil.yaml');
    write(planted, content);
    write(evil, 'mcp: {read_only: true}');
    write(PROJECT, 'mcp: {max_result_bytes: 1000}\n');
    const { data, code } = await json('config', 'show');
    expect(code).toBe(0);
    expect(Object.fromEntries(data.settings.map(({ key, value }: any) => [key, value]))).toMatchObject({
      'mcp.max_result_bytes': 1000,
      'mcp.read_only': false,
    });
    expect((await json('session', 'list')).code).toBe(0);
    expect(existsSync(canary)).toBe(false);

    const env = { PATH: world.env.PATH, NODE_PATH: join(REPOSITORY, 'node_modules') };
    execFileSync(process.execPath, ['-e', CONTROL], { cwd: world.folder, env, stdio: 'ignore' });
    expect(existsSync(canary)).toBe(true);
    for (const path of [canary, evil, planted]) rmSync(path);
    rmSync(join(world.folder, '.config'), { recursive: true, force: true });
  });
});
