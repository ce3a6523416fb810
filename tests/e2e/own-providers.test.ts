import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documents } from '../docs/markdown.js';
import { cli, cliJson, type Host, legacyHost, okOf } from '../support/program.js';
import { addScript, type ProgramWorld, withPrograms } from '../support/programs.js';
import { createWorld, until } from '../support/world.js';

/** The example of the guide, which a reader takes over. */
const EXAMPLE = documents()
  .flatMap(({ blocks }) => blocks)
  .find(({ language, text }) => language === 'yaml' && text.includes('my-agent:'))!.text;
const OTHERS = `
    blind: { command: my-agent }
    fragile: { command: my-broken }
    newer: { command: my-newer, mode_args: { ask: [] }, pack: PACK }
    claude: { command: my-claude }
    absent: { command: my-absent, message_args: ['{message}'] }
`;
const PACK = `{ versions: { from: '1.0.0', to: '2.0.0' }, composer: { kind: between, line: '^-{20,}' }, prompt: '^> ?' }`;

let world: ProgramWorld;
let host: Host;

const program = (name: string, script: string): void => {
  addScript(world, name, script);
};
const userFile = (): string => join(world.env.XDG_CONFIG_HOME!, 'tmux-orchestrator', 'config.yaml');
const write = (text: string): void => {
  mkdirSync(dirname(userFile()), { recursive: true });
  writeFileSync(userFile(), text);
};
const config = (more = ''): string =>
  EXAMPLE.replace('  default_provider', `${OTHERS.replace('PACK', PACK)}${more}  default_provider`);

/** Shows what it is told to show, as the CLI of the guide does, and keeps how it was started. */
const agentScript = (version: string): string => `
for word; do [ "$word" = --version ] && exec echo "my-agent ${version}"; done
printf '%s\\n' "$@" > "${world.folder}/argv"
echo "$MY_AGENT_KEY" > "${world.folder}/key"
stty -echo
printf '\\033[?1049h'
rule=------------------------------
screen() { printf '\\033[H\\033[2J'; printf '%s\\n' "$@"; }
screen 'My agent' '' "$rule" '> ' "$rule"
while read -r word; do
  case $word in
    idle) screen 'done' '' "$rule" '> ' "$rule" ;;
    work) screen '* Reading files...' '' "$rule" '> ' "$rule" ;;
    fail) screen '! no such model' '' "$rule" '> ' "$rule" ;;
    ask) screen 'Allow this command?' '> 1. Yes' '  2. No' ;;
    odd) screen 'A screen of another version' ;;
    end) exit 3 ;;
  esac
done`;

beforeAll(async () => {
  world = withPrograms(createWorld({ MY_AGENT_KEY: 'k-1' }));
  program('my-agent', agentScript('1.4.0'));
  program('my-newer', agentScript('2.3.0'));
  program('my-broken', 'echo "no licence"; exit 4');
  program(
    'my-claude',
    `[ "$1" = --version ] && exec echo 2.1.328; printf '%s\\n' "$@" > "${world.folder}/claude-argv"; exec sleep 1000`,
  );
  write(config());
  host = await legacyHost(world);
});
afterAll(async () => {
  await host.close();
  await world.close();
});

const ok = (name: string, args: Record<string, unknown> = {}): Promise<any> => okOf(host, name, args);
const refused = async (name: string, args: Record<string, unknown>, by = host): Promise<any> =>
  (await by.call(name, args)).structuredContent.error;
const status = (agent: string): Promise<any> => ok('get_agent_status', { agent });
const tell = (target: string, text: string): Promise<any> => ok('send_keys', { target, text, keys: ['Enter'] });
const becomes = (agent: string, state: string): Promise<any> =>
  until(`${agent} to be ${state}`, async () => {
    const seen = await status(agent);
    return seen.state === state && seen;
  });
const lines = (file: string): string[] => readFileSync(join(world.folder, file), 'utf8').trimEnd().split('\n');

describe('an own agent CLI', () => {
  it('is started as the config says, and read by its pack', async () => {
    const started = await ok('spawn_agent', {
      ...{ name: 'mine', model: 'small', permission_mode: 'auto', briefing: 'read $(id) first' },
    });
    expect(started).toMatchObject({
      ...{ ready: true, briefed: true, agent: { provider: 'my-agent', state: 'idle', confidence: 0.75 } },
    });
    expect(lines('argv')).toEqual(['--no-color', '--model', 'small', '--auto', 'read $(id) first']);
    expect(lines('key')).toEqual(['k-1']);
    const { pane } = started.agent;
    await tell(pane, 'work');
    const working = await becomes('mine', 'working');
    expect(working.evidence).toMatchObject([{ source: 'screen', says: 'working', rule: 'status.busy' }]);
    await tell(pane, 'ask');
    expect((await becomes('mine', 'waiting_permission')).dialog).toEqual({
      title: 'Allow this command?',
      options: [{ label: 'Yes', selected: true }, { label: 'No', selected: false }],
    }); // prettier-ignore
    await tell(pane, 'fail');
    expect(await becomes('mine', 'error')).toMatchObject({ text: 'no such model', untrusted: true });
    await tell(pane, 'odd');
    expect(await becomes('mine', 'unknown')).toMatchObject({ confidence: 0, evidence: [] });
    await tell(pane, 'idle');
    await becomes('mine', 'idle');
    await tell(pane, 'end');
    await becomes('mine', 'crashed');
  });

  it('of a version that no pack is for is read by the nearest, with less confidence', async () => {
    const { agent } = await ok('spawn_agent', { name: 'newer', provider: 'newer' });
    expect(agent).toMatchObject({ state: 'idle', confidence: 0.6 });
  });

  it('that nothing reads is unknown until it ends, whatever its screen shows', async () => {
    const began = performance.now();
    const { ready, agent } = await ok('spawn_agent', { name: 'blind', provider: 'blind' });
    expect([ready, agent.state, agent.confidence]).toEqual([false, 'unknown', 0]);
    // It is not waited for: nothing could tell that it is ready.
    expect(performance.now() - began).toBeLessThan(15_000);
    await tell(agent.pane, 'end');
    await becomes('blind', 'crashed');
    const failing = await ok('spawn_agent', { name: 'fragile', provider: 'fragile' });
    expect(failing).toMatchObject({ ready: false, agent: { state: 'crashed' }, last_lines: 'no licence' });
  });

  it('that runs already is adopted, also where it is a script of a shell', async () => {
    const { pane } = await ok('create_session', { name: 'typed' });
    await ok('send_keys', { target: pane.id, text: join(world.programs, 'my-agent'), keys: ['Enter'] });
    await until('its screen', async () => (await world.tmux('capture-pane', '-p', '-t', pane.id)).includes('My agent'));
    expect(await world.tmux('display-message', '-p', '-t', pane.id, '#{pane_current_command}')).toMatch(/^(?:my-agent|sh)$/);
    const { agent } = await ok('adopt_agent', { target: pane.id, name: 'typed', provider: 'my-agent' });
    expect(agent).toMatchObject({ provider: 'my-agent', state: 'idle' });
    await ok('send_keys', { target: pane.id, text: 'end', keys: ['Enter'] });
    await becomes('typed', 'exited');
  }); // prettier-ignore

  it('may be a built-in one with another program', async () => {
    await ok('spawn_agent', { name: 'changed', provider: 'claude', briefing: 'two words', ready_timeout_seconds: 0.5 });
    expect(lines('claude-argv')).toEqual([
      ...['--mcp-config', expect.any(String), '--settings', expect.any(String)],
      ...['--permission-mode', 'default', '--session-id', expect.stringMatching(/^[0-9a-f-]{36}$/), 'two words'],
    ]);
  });
});

describe('what is not provided for', () => {
  it('is refused, and nothing is made', async () => {
    const before = await world.tmux('list-panes', '-a', '-F', '#{pane_id}');
    const wrong: [Record<string, unknown>, string, RegExp][] = [
      [{ provider: 'my-agnt' }, 'INVALID_INPUT', /claude, .*my-agent, blind, .*shell/],
      [{ provider: 'my-agent', permission_mode: 'bypass' }, 'INVALID_INPUT', /It has ask, auto;/],
      [{ provider: 'newer', briefing: 'hello you' }, 'INVALID_INPUT', /agents\.providers\.newer\.message_args/],
      [{ provider: 'newer', model: 'm' }, 'INVALID_INPUT', /agents\.providers\.newer\.model_args/],
      [{ provider: 'my-agent', briefing: '/quit' }, 'INVALID_INPUT', /./],
      [{ provider: 'absent' }, 'NOT_FOUND', /PATH/],
    ];
    for (const [args, code, hint] of wrong)
      expect([args, await refused('spawn_agent', { name: 'x', ...args })]).toEqual([
        args,
        expect.objectContaining({ code, hint: expect.stringMatching(hint) }),
      ]);
    expect(await refused('adopt_agent', { name: 'x', target: 'typed', provider: 'nope' })).toMatchObject({
      ...{ code: 'INVALID_INPUT', hint: expect.stringContaining('my-agent') },
    });
    expect(await world.tmux('list-panes', '-a', '-F', '#{pane_id}')).toBe(before);
  });

  it('needs a yes where nobody knows that it asks anything', async () => {
    const asking = await legacyHost({ ...world, env: { ...world.env, TMUX_ORC_SECURITY_RISK_RULES: '[]' } });
    expect(await refused('spawn_agent', { name: 'x', provider: 'blind', session: 'x' }, asking)).toMatchObject({
      ...{ code: 'CONFIRMATION_REQUIRED', details: { risk: 'high' } },
    });
    await asking.close();
  });
});

describe('the config of own providers', () => {
  it('is shown by doctor --agents', async () => {
    const { stdout } = await cli(world, ['doctor', '--agents']);
    expect(stdout).toMatch(new RegExp(`agent my-agent +1\\.4\\.0, ${world.programs}/my-agent`));
    expect(stdout).toMatch(/agent newer +2\.3\.0, .*its screens are known for 1\.0\.0 up to 2\.0\.0/);
    expect(stdout).toMatch(/agent blind .*without a pack its state is unknown until it ends/);
    expect(stdout).toMatch(/agent absent .*its program is not there/);
  });

  it('is followed while the program runs, and a bad one changes nothing', async () => {
    expect(await refused('spawn_agent', { name: 'x', provider: 'later' })).toMatchObject({ code: 'INVALID_INPUT' });
    write(config(`    later: { like: shell, command: sh }\n`));
    const spawned = await until('the new provider', async () => {
      const { isError, structuredContent } = await host.call('spawn_agent', { name: 'later', provider: 'later' });
      return isError !== true && structuredContent;
    });
    expect(spawned).toMatchObject({ ready: true, agent: { provider: 'later', state: 'idle' } });
    write(config(`    bad: { command: x, pack: { composer: { kind: prompt, first: '(' } } }\n`));
    await until('the warning', () => host.stderr().includes('agents.providers.bad.pack.composer.first'));
    expect((await status('later')).state).toBe('idle');
    write(config());
    await until('the provider to go', async () => (await status('later')).state === 'unknown');
  });

  it('is refused at the start, and not taken from a project that nobody trusts', async () => {
    const project = join(world.folder, '.tmux_orchestrator');
    mkdirSync(project);
    writeFileSync(join(project, 'config.yaml'), `agents: { providers: { mine: { command: ${world.programs}/my-broken } } }\n`);
    const untrusted = await cliJson(world, ['agent', 'spawn', 'x', '--provider', 'mine']);
    expect(untrusted).toMatchObject({ code: 2, error: { code: 'CONFIG_INVALID', details: { key: 'agents.providers' } } });
    writeFileSync(join(project, 'config.yaml'), '');
    write("agents: { providers: { x: { command: x, pack: { composer: { kind: prompt, first: '(' } } } } }\n");
    const broken = await cliJson(world, ['session', 'list']);
    expect(broken).toMatchObject({ error: { details: { key: 'agents.providers.x.pack.composer.first' } } });
    const validated = await cli(world, ['config', 'validate']);
    expect(`${validated.stdout}${validated.stderr}`).toContain('agents.providers.x.pack.composer.first');
  }); // prettier-ignore
});
