import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { builtInProviders } from '../../../src/providers/index.js';
import type { Launch, LaunchWish, OfferedServer, Telling } from '../../../src/providers/provider.js';
import { parseToml } from '../../support/toml.js';

const ID = '0b5f1c1e-5f0e-4a0e-9d55-0123456789ab';
const BEFORE = 'conversation-7';
const PLAIN = { permissionMode: undefined, sessionId: ID, role: 'You are build.', cwd: '/project', isTrusted: false };
const AGENTS = builtInProviders.all.filter(({ kind }) => kind === 'agent').map(({ id }) => id);

const launch = (id: string, wish: Partial<LaunchWish> = {}): Launch =>
  builtInProviders.byId(id)!.launch({ ...PLAIN, ...wish });

const NO_UPDATE = { OPENCODE_DISABLE_AUTOUPDATE: '1' };
const opencodeMode = (modes: object): object => ({ ...NO_UPDATE, OPENCODE_PERMISSION: JSON.stringify(modes) });
const QUIET = ['-c', 'check_for_update_on_startup=false'];
const ONE = `--session-id=${ID}`;

/** What is set at each start. */
const ALWAYS: Readonly<Record<string, object>> = { claude: { CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: 'false' } };

type Row = readonly [wish: Partial<LaunchWish>, args: readonly string[], env?: object];
const ROWS: Readonly<Record<string, readonly Row[]>> = {
  claude: [
    [{}, ['--session-id', ID]],
    [{ model: 'opus' }, ['--session-id', ID, '--model', 'opus']],
    [{ permissionMode: 'ask' }, ['--permission-mode', 'default', '--session-id', ID]],
    [{ permissionMode: 'auto' }, ['--permission-mode', 'auto', '--session-id', ID]],
    [{ permissionMode: 'bypass' }, ['--permission-mode', 'bypassPermissions', '--session-id', ID]],
    [{ resume: BEFORE, message: 'go on' }, ['--resume', BEFORE, 'go on']],
    [{ message: 'go' }, ['--session-id', ID, ' go']],
    [{ message: '--help me' }, ['--session-id', ID, ' --help me']],
    [{ isTrusted: true }, ['--session-id', ID]],
  ],
  codex: [
    [{}, QUIET],
    [{ model: 'gpt' }, [...QUIET, '--model', 'gpt']],
    [{ permissionMode: 'ask' }, ['--ask-for-approval', 'on-request', ...QUIET]],
    [{ permissionMode: 'auto' }, ['--ask-for-approval', 'never', '--sandbox', 'workspace-write', ...QUIET]],
    [{ permissionMode: 'bypass' }, ['--dangerously-bypass-approvals-and-sandbox', ...QUIET]],
    [{ resume: BEFORE, message: 'go on', model: 'gpt' }, ['resume', ...QUIET, '--model', 'gpt', BEFORE, 'go on']],
    [{ resume: BEFORE }, ['resume', ...QUIET, BEFORE]],
    [{ message: 'exec' }, [...QUIET, ' exec']],
    [{ message: '-c x=1' }, [...QUIET, ' -c x=1']],
    [{ isTrusted: true }, [...QUIET, '-c', 'projects={"/project"={"trust_level"="trusted"}}']],
  ],
  gemini: [
    [{}, [ONE]],
    [{ model: 'flash' }, [ONE, '--model=flash']],
    [{ permissionMode: 'ask' }, ['--approval-mode=default', ONE]],
    [{ permissionMode: 'auto' }, ['--approval-mode=auto_edit', ONE]],
    [{ permissionMode: 'bypass' }, ['--approval-mode=yolo', ONE]],
    [{ resume: BEFORE, message: 'go on' }, [`--resume=${BEFORE}`, '--prompt-interactive=go on']],
    [{ message: 'mcp' }, [ONE, '--prompt-interactive= mcp']],
    [{ message: '--yolo now' }, [ONE, '--prompt-interactive= --yolo now']],
    [{ isTrusted: true }, [ONE], { GEMINI_CLI_TRUST_WORKSPACE: 'true' }],
  ],
  opencode: [
    [{}, [], NO_UPDATE],
    [{ model: 'a/b' }, ['--model=a/b'], NO_UPDATE],
    [{ permissionMode: 'ask' }, [], opencodeMode({ bash: 'ask', edit: 'ask', webfetch: 'ask' })],
    [{ permissionMode: 'auto' }, [], opencodeMode({ bash: 'ask', edit: 'allow', webfetch: 'allow' })],
    [{ permissionMode: 'bypass' }, [], opencodeMode({ '*': 'allow' })],
    [{ resume: BEFORE, message: 'go on' }, [`--session=${BEFORE}`, '--prompt=go on'], NO_UPDATE],
    [{ message: 'serve' }, ['--prompt= serve'], NO_UPDATE],
    [{ message: '--port 1' }, ['--prompt= --port 1'], NO_UPDATE],
    [{ isTrusted: true }, [], NO_UPDATE],
    [{ api: { port: 4096, password: 'pass' } }, ['--port=4096'], { ...NO_UPDATE, OPENCODE_SERVER_PASSWORD: 'pass' }],
  ],
  qwen: [
    [{}, [ONE]],
    [{ model: 'coder' }, [ONE, '--model=coder']],
    [{ permissionMode: 'ask' }, ['--approval-mode=default', ONE]],
    [{ permissionMode: 'auto' }, ['--approval-mode=auto-edit', ONE]],
    [{ permissionMode: 'bypass' }, ['--approval-mode=yolo', ONE]],
    [{ resume: BEFORE, message: 'go on' }, [`--resume=${BEFORE}`, '--prompt-interactive=go on']],
    [{ message: 'mcp' }, [ONE, '--prompt-interactive= mcp']],
    [{ message: '-y' }, [ONE, '--prompt-interactive= -y']],
    [{ isTrusted: true }, [ONE]],
  ],
  pi: [
    [{}, []],
    [{ model: 'sonnet' }, ['--model', 'sonnet']],
    [{ permissionMode: 'ask' }, []],
    [{ permissionMode: 'auto' }, []],
    [{ permissionMode: 'bypass' }, []],
    [{ resume: BEFORE, message: 'go on' }, ['--session', BEFORE, 'go on']],
    [{ message: 'install' }, [' install']],
    [{ message: '--print x' }, [' --print x']],
    [{ isTrusted: true }, []],
  ],
};

describe.each(AGENTS)('what %s is started with', (id) => {
  it.each(ROWS[id]!.map(([wish, args, env = {}]) => ({ wish, args, env })))('is for $wish: $args', (row) => {
    expect(launch(id, row.wish)).toEqual({ args: row.args, env: { ...ALWAYS[id], ...row.env } });
  });

  it('has a message in one word, whatever is in it', () => {
    const message = 'first $(touch x) `y` "z" \'q\'\nsecond; --flag=1 {model} #{pane_id}';
    const all = { telling: TELLING, server: SERVER, model: 'm' };
    const before = launch(id, all).args;
    const { args } = launch(id, { ...all, message });
    expect(args.slice(0, -1)).toEqual(before);
    expect(args.at(-1)!.replace(/^--prompt(?:-interactive)?=/, '')).toBe(message);
  });
});

const WORDS = ['/bin/sh', '/opt/it has/event.sh', '/state/a,b=c:d@e', '/usr/bin/tmux', '/tmp/so cket'];
const TELLING: Telling = { folder: '/state/agent 1', modules: '/opt/it has', words: WORDS };
const EVENTS = { SessionStart: 'started', UserPromptSubmit: 'submitted', Stop: 'finished', StopFailure: 'failed' };

/** The words that a shell makes of a line. */
const wordsOf = (line: string): string[] =>
  execFileSync('/bin/sh', ['-c', `set -- ${line}; for word; do printf '%s\\0' "$word"; done`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

interface Hook {
  readonly type: string;
  readonly command: string;
  readonly timeout: number;
}
type Hooks = Readonly<Record<string, readonly { readonly matcher?: string; readonly hooks: readonly Hook[] }[]>>;

const hooksIn = (settings: string): Hooks => (JSON.parse(settings) as { hooks: Hooks }).hooks;

/** What is called first at which event of the CLI. */
function calls(settings: string, timeout: number): Record<string, string[]> {
  const entries = Object.entries(hooksIn(settings)).map(([name, [first, ...more]]) => {
    expect(first).toEqual({ hooks: [{ type: 'command', command: expect.any(String), timeout }] });
    for (const { hooks } of more) expect(hooks).toMatchObject([{ type: 'command', timeout }]);
    return [name, wordsOf(first!.hooks[0]!.command)] as const;
  });
  return Object.fromEntries(entries);
}

const expectedCalls = (words: readonly string[]): object =>
  Object.fromEntries(Object.entries(EVENTS).map(([name, event]) => [name, [...words, event]]));

describe('how an agent tells of its events', () => {
  const hard = { ...TELLING, words: ['/bin/sh', "/it's $(touch x)", '#{pane_id} `y` "z" \\', ''] };

  it.each([TELLING, hard])('is a hook for each of them with Claude Code (%#)', (telling) => {
    const { args, ...rest } = launch('claude', { telling, message: 'go on' });
    expect(args).toEqual(['--settings', expect.any(String), '--session-id', ID, 'go on']);
    expect(calls(args[1]!, 5)).toEqual(expectedCalls(telling.words));
    expect(rest).toEqual({ env: ALWAYS.claude, files: { role: 'You are build.' } });
  });

  it.each([TELLING, hard])('is a file of defaults with Qwen Code (%#)', (telling) => {
    const { args, env, files } = launch('qwen', { telling });
    expect([args, env]).toEqual([[ONE], { QWEN_CODE_SYSTEM_DEFAULTS_PATH: '/state/agent 1/defaults.json' }]);
    expect(Object.keys(files!)).toEqual(['defaults.json', 'role']);
    expect(calls(files!['defaults.json']!, 5000)).toEqual(expectedCalls(telling.words));
  });

  it.each([TELLING, hard])('is a program with Codex, which says nothing about its state (%#)', (telling) => {
    const { args, env } = launch('codex', { telling });
    expect([args.slice(0, 3), args.length, env]).toEqual([[...QUIET, '-c'], 4, {}]);
    expect(parseToml(args[3]!)).toEqual({ notify: [...telling.words, 'noted'] });
  });

  it('is a module with pi', () => {
    expect(launch('pi', { telling: TELLING })).toEqual({
      args: ['--extension', '/opt/it has/pi.mjs'],
      env: { TMUX_ORC_EVENTS: JSON.stringify(WORDS) },
    });
  });

  it.each(['gemini', 'opencode'])('is nothing with %s', (id) => {
    expect(launch(id, { telling: TELLING })).toEqual(launch(id));
  });
});

const SERVER: OfferedServer = {
  command: '/usr/bin/no de',
  args: ['/opt/"it"/bin.js', 'serve'],
  env: { XDG_STATE_HOME: '/home/a b/é', XDG_CONFIG_HOME: '/c' },
  inherits: ['TMUX', 'TMUX_PANE', 'TMUX_ORC_TOKEN'],
};
const { command, args: serverArgs, env: serverEnv } = SERVER;
const MCP_SERVERS = { mcpServers: { 'tmux-orc': { command, args: serverArgs, env: serverEnv } } };

describe('how our server is offered', () => {
  it('is a config before another flag with Claude Code, which takes any number of them', () => {
    const { args } = launch('claude', { server: SERVER, message: 'go on' });
    expect(args).toEqual(['--mcp-config', expect.any(String), '--session-id', ID, 'go on']);
    expect(JSON.parse(args[1]!)).toEqual(MCP_SERVERS);
  });

  it('is one word with Qwen Code', () => {
    const { args } = launch('qwen', { server: SERVER });
    expect(args).toEqual([expect.stringMatching(/^--mcp-config=\{/), ONE]);
    expect(JSON.parse(args[0]!.slice('--mcp-config='.length))).toEqual(MCP_SERVERS);
  });

  it('is settings with Codex, and names what it needs of the pane', () => {
    const { args } = launch('codex', { server: SERVER });
    const values = args.filter((word) => word !== '-c');
    expect(args).toHaveLength(2 * values.length);
    expect(values.slice(1).map(parseToml)).toEqual([
      { 'mcp_servers.tmux-orc.command': command },
      { 'mcp_servers.tmux-orc.args': serverArgs },
      { 'mcp_servers.tmux-orc.env': serverEnv },
      { 'mcp_servers.tmux-orc.env_vars': SERVER.inherits },
    ]);
  });

  it('is a variable with OpenCode', () => {
    const { args, env } = launch('opencode', { server: SERVER });
    expect([args, Object.keys(env)]).toEqual([[], ['OPENCODE_DISABLE_AUTOUPDATE', 'OPENCODE_CONFIG_CONTENT']]);
    expect(JSON.parse(env.OPENCODE_CONFIG_CONTENT!)).toEqual({
      mcp: { 'tmux-orc': { type: 'local', command: [command, ...serverArgs], environment: serverEnv } },
    });
  });

  it.each(['gemini', 'pi'])('is nothing with %s', (id) => {
    expect(launch(id, { server: SERVER })).toEqual(launch(id));
  });
});

describe('a folder that Codex is to trust', () => {
  const folders = ['/a b', '/a.b/c', '/it\'s "so"', '/back\\slash\\n', '/a=b,{c}]#d', '/häß/漢字/🙂', '/a\tb\nc', '/a\x7fb\x01\u2028', '/$(touch x)/#{pane_id}']; // prettier-ignore

  it.each(folders)('is the one that was meant: %j', (cwd) => {
    const { args } = launch('codex', { cwd, isTrusted: true });
    expect(parseToml(args.at(-1)!)).toEqual({ projects: { [cwd]: { trust_level: 'trusted' } } });
  });
});

describe('what others can see of a start', () => {
  it.each(AGENTS)('holds no secret: %s', (id) => {
    const password = 'a-secret-password';
    const { args, env, files } = launch(id, {
      ...{ telling: TELLING, server: SERVER, api: { port: 1, password }, isTrusted: true, permissionMode: 'auto' },
    });
    expect(JSON.stringify([args, files])).not.toContain(password);
    const holders = Object.keys(env).filter((name) => env[name]!.includes(password));
    expect(holders).toEqual(id === 'opencode' ? ['OPENCODE_SERVER_PASSWORD'] : []);
  });
});
