import { describe, expect, it } from 'vitest';
import { builtInProviders } from '../../../src/providers/index.js';
import type { Launch, LaunchWish, OfferedServer, Telling } from '../../../src/providers/provider.js';

const ID = '0b5f1c1e-5f0e-4a0e-9d55-0123456789ab';
const PLAIN: LaunchWish = { permissionMode: 'ask', sessionId: ID, cwd: '/project', isTrusted: false };
const TELLING: Telling = { folder: '/state/agents/x', modules: '/opt/hooks', words: ['/bin/sh', '/opt/it s/event.sh', "/it's"] }; // prettier-ignore
const SERVER: OfferedServer = {
  ...{ command: '/usr/bin/node', args: ['/opt/orc.js', 'serve'], env: { XDG_STATE_HOME: '/state' } },
  inherits: ['TMUX', 'TMUX_PANE'],
};
const CLIS = ['claude', 'codex', 'gemini', 'opencode', 'qwen', 'pi'] as const;
type Id = (typeof CLIS)[number];
const launch = (id: string, wish: Partial<LaunchWish> = {}): Launch =>
  builtInProviders.byId(id)!.launch({ ...PLAIN, ...wish });
const words = (id: string, wish: Partial<LaunchWish> = {}): string => launch(id, wish).args.join(' ');

describe('what a CLI is started with', () => {
  it.each<[Id, string[]]>([
    ['claude', ['--permission-mode', 'default', '--session-id', ID]],
    ['codex', ['--ask-for-approval', 'on-request', '-c', 'check_for_update_on_startup=false']],
    ['gemini', ['--approval-mode=default', `--session-id=${ID}`]],
    ['opencode', []],
    ['qwen', ['--approval-mode=default', `--session-id=${ID}`]],
    ['pi', []],
  ])('is, for %s, no more than has to be', (id, args) => {
    expect(launch(id).args).toEqual(args);
    expect(launch(id).files).toBeUndefined();
  });

  it.each<[Id, string]>([
    ['claude', '--resume old-one'],
    ['codex', 'resume --ask-for-approval on-request -c check_for_update_on_startup=false old-one next'],
    ['gemini', '--resume=old-one'],
    ['opencode', '--session=old-one'],
    ['qwen', '--resume=old-one'],
    ['pi', '--session old-one'],
  ])('names, for %s, the conversation that goes on', (id, said) => {
    expect(words(id, { resume: 'old-one', message: 'next' })).toContain(said.replace(' next', '  next'));
    expect(words(id, { resume: 'old-one' })).not.toContain(ID);
  });

  it.each(CLIS)('gives %s the message as one word behind all others', (id) => {
    for (const message of ['-rf /', 'logout', 'two words', '$(id)\n`id`'])
      expect(launch(id, { message, model: 'm', telling: TELLING, server: SERVER }).args.at(-1)).toMatch(
        new RegExp(`^(?:--[a-z-]+=)? ?${message.replaceAll(/[$()`/]/g, '\\$&')}$`),
      );
  });

  it.each<[Id, string]>([
    ['claude', 'bypassPermissions'],
    ['codex', '--dangerously-bypass-approvals-and-sandbox'],
    ['gemini', 'yolo'],
    ['qwen', 'yolo'],
  ])('lets %s ask nothing only where that is wished', (id, word) => {
    expect(words(id, { permissionMode: 'bypass' })).toContain(word);
    for (const permissionMode of ['ask', 'auto', undefined] as const)
      expect(words(id, { permissionMode })).not.toContain(word);
  });

  it('says by a variable what OpenCode may do', () => {
    const said = (permissionMode: LaunchWish['permissionMode']): unknown =>
      JSON.parse(launch('opencode', { permissionMode }).env.OPENCODE_PERMISSION ?? 'null');
    expect([said('ask'), said('bypass'), said(undefined)]).toEqual([
      { bash: 'ask', edit: 'ask', webfetch: 'ask' },
      { '*': 'allow' },
      null,
    ]);
  });
});

describe('a folder that is trusted', () => {
  it.each(['/plain', '/with "quotes" and \\', '/dots.in/it', '/ünïcode 文件'])('is named to Codex whole: %s', (cwd) => {
    const setting = launch('codex', { cwd, isTrusted: true }).args.find((word) => word.startsWith('projects='));
    const [, name, level] = /^projects=\{(".*")=\{"trust_level"="(\w+)"\}\}$/.exec(setting ?? '') ?? [];
    // A basic string of TOML 1.0 with these escapes is one of JSON.
    expect([JSON.parse(name ?? 'null'), level]).toEqual([cwd, 'trusted']);
  });

  it('is told to Gemini CLI by a variable, and to nobody else', () => {
    expect(launch('gemini', { isTrusted: true }).env).toEqual({ GEMINI_CLI_TRUST_WORKSPACE: 'true' });
    expect(words('codex')).not.toContain('projects');
    for (const id of ['claude', 'opencode', 'qwen', 'pi']) expect(launch(id, { isTrusted: true })).toEqual(launch(id));
  });
});

/** What a shell makes of a line of quoted words. */
const unquoted = (line: string): string[] =>
  [...line.matchAll(/'((?:[^']|'\\'')*)'/g)].map(([, word = '']) => word.replaceAll("'\\''", "'"));
const HOOK_EVENTS = { SessionStart: 'started', UserPromptSubmit: 'submitted', Stop: 'finished', StopFailure: 'failed' };

describe('how it is to tell of its events', () => {
  it.each(['claude', 'qwen'])('is told to %s as hooks of this one start', (id) => {
    const { args, files = {}, env } = launch(id, { telling: TELLING });
    const text = id === 'claude' ? args[args.indexOf('--settings') + 1] : files['defaults.json'];
    const { hooks } = JSON.parse(text ?? '{}') as { hooks: Record<string, [{ hooks: [{ command: string }] }]> };
    const calls = Object.entries(hooks).map(([event, [{ hooks: [{ command }] }]]) => [event, unquoted(command)]); // prettier-ignore
    expect(calls).toEqual(Object.entries(HOOK_EVENTS).map(([event, name]) => [event, [...TELLING.words, name]]));
    expect(env).toEqual(id === 'claude' ? {} : { QWEN_CODE_SYSTEM_DEFAULTS_PATH: '/state/agents/x/defaults.json' });
  });

  it('is told to Codex as its notification', () => {
    const setting = launch('codex', { telling: TELLING }).args.find((word) => word.startsWith('notify='));
    expect(JSON.parse(setting?.slice('notify='.length) ?? 'null')).toEqual([...TELLING.words, 'noted']);
  });

  it('is told to pi as an extension, and to the others not at all', () => {
    const { args, env } = launch('pi', { telling: TELLING });
    expect(args).toEqual(['--extension', '/opt/hooks/pi.mjs']);
    expect(JSON.parse(env.TMUX_ORC_EVENTS ?? 'null')).toEqual(TELLING.words);
    for (const id of ['gemini', 'opencode']) expect(launch(id, { telling: TELLING })).toEqual(launch(id));
  });

  it('is an address for OpenCode, whose password stands in no word', () => {
    const { args, env } = launch('opencode', { api: { port: 4711, password: 'only-here' } });
    expect(args).toEqual(['--port=4711']);
    expect(env.OPENCODE_SERVER_PASSWORD).toBe('only-here');
  });
});

describe('our server', () => {
  const entry = { command: SERVER.command, args: SERVER.args, env: SERVER.env };

  it.each(['claude', 'qwen'])('is offered to %s', (id) => {
    const all = launch(id, { server: SERVER, message: 'two words' }).args;
    const at = all.findIndex((word) => word.startsWith('--mcp-config'));
    const text = id === 'claude' ? all[at + 1] : all[at]?.slice('--mcp-config='.length);
    expect(JSON.parse(text ?? 'null')).toEqual({ mcpServers: { 'tmux-orc': entry } });
    // The flag takes all words up to the next one.
    expect(all[at + (id === 'claude' ? 2 : 1)]).toMatch(/^--/);
  });

  it('is offered to Codex with the variables that it keeps from servers', () => {
    const said = launch('codex', { server: SERVER }).args.filter((word) => word.startsWith('mcp_servers.tmux-orc.'));
    expect(said).toEqual([
      'mcp_servers.tmux-orc.command="/usr/bin/node"',
      'mcp_servers.tmux-orc.args=["/opt/orc.js","serve"]',
      'mcp_servers.tmux-orc.env={"XDG_STATE_HOME"="/state"}',
      'mcp_servers.tmux-orc.env_vars=["TMUX","TMUX_PANE"]',
    ]);
  });

  it('is offered to OpenCode on top of its own settings, and to the others not at all', () => {
    expect(JSON.parse(launch('opencode', { server: SERVER }).env.OPENCODE_CONFIG_CONTENT ?? 'null')).toEqual({
      mcp: { 'tmux-orc': { type: 'local', command: ['/usr/bin/node', '/opt/orc.js', 'serve'], environment: SERVER.env } },
    }); // prettier-ignore
    for (const id of ['gemini', 'pi']) expect(launch(id, { server: SERVER })).toEqual(launch(id));
  });
});
