import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIN, cli, cliJson, type Host, legacyHost, modernHost, okOf } from '../support/program.js';
import { addScript, type ProgramWorld, withPrograms } from '../support/programs.js';
import { createWorld, until } from '../support/world.js';

const ATTACKS = fileURLToPath(new URL('../fixtures/attacks/cases.json', import.meta.url));
const SCREENS = fileURLToPath(new URL('../fixtures/screens', import.meta.url));

let world: ProgramWorld;
let host: Host;

beforeAll(async () => {
  world = withPrograms();
  host = await legacyHost(world);
});
afterAll(async () => {
  await host.close();
  await world.close();
});

const program = (name: string, script: string): void => {
  addScript(world, name, script);
};
const ok = (name: string, args: Record<string, unknown> = {}, by: Host = host): Promise<any> => okOf(by, name, args);
const refused = async (name: string, args: Record<string, unknown>, by: Host = host): Promise<any> =>
  (await by.call(name, args)).structuredContent.error;
const status = (agent: string): Promise<any> => ok('get_agent_status', { agent });
const becomes = (agent: string, state: string): Promise<unknown> =>
  until(`${agent} to be ${state}`, async () => (await status(agent)).state === state);
/** What a program of ours wrote beside and put in its place when it was whole. A start that is not ready yet may not have come to it. */
const written = (name: string): Promise<string> =>
  until(name, () => existsSync(join(world.folder, name)) && readFileSync(join(world.folder, name), 'utf8'));
const pidOf = async (pane: string): Promise<number> =>
  Number(await world.tmux('display-message', '-p', '-t', pane, '#{pane_pid}'));

/** What one of our recordings shows, as a program that shows it and waits. */
function replay(provider: string, version: string, state: string): string {
  const folder = join(SCREENS, provider, version);
  const name = readdirSync(folder).find((file) => file.endsWith(`-${state}.json`)) ?? '';
  const { title, lines } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
    title: string;
    lines: string[];
  };
  const file = join(world.home, `${provider}-${state}`);
  writeFileSync(file, `\x1b]2;${title}\x07\x1b[H\x1b[2J${lines.join('\r\n')}`);
  return file;
}

describe('a shell as an agent', () => {
  it.each([
    ['legacy', legacyHost],
    ['modern', modernHost],
  ] as const)('is started, works, is idle, and ends (%s client)', async (era, connect) => {
    const by = await connect(world);
    const name = `sh-${era}`;
    const started = await ok('spawn_agent', { name, provider: 'shell', role: 'QA' }, by);
    expect(started).toMatchObject({ ready: true, briefed: false, agent: { name, role: 'qa', state: 'idle', confidence: 1 } });
    const { pane } = started.agent;
    await ok('send_keys', { target: pane, text: 'sleep 3', keys: ['Enter'] }, by);
    await becomes(name, 'working');
    expect(await status(name)).toMatchObject({
      evidence: [{ source: 'process', says: 'working', rule: 'command_has_terminal', decided: true }],
    });
    await becomes(name, 'idle');
    expect((await status(name)).seq).toBe(2);
    await ok('send_keys', { target: pane, text: 'exit 0', keys: ['Enter'] }, by);
    await becomes(name, 'exited');
    await by.close();
  });

  it('is crashed when it is killed or fails', async () => {
    const { agent } = await ok('spawn_agent', { name: 'killed', provider: 'shell' });
    process.kill(await pidOf(agent.pane), 'SIGKILL');
    await becomes('killed', 'crashed');
    expect((await status('killed')).evidence).toMatchObject([{ source: 'process', rule: expect.stringMatching(/killed|exit_/) }]);
    expect((await ok('list_agents', { state: 'crashed' })).agents.map(({ name }: { name: string }) => name)).toEqual(['killed']);
  });

  it('is found by the command line, with a table and exit codes', async () => {
    const spawned = await cliJson(world, ['agent', 'spawn', 'by-cli', '--provider', 'shell']);
    expect(spawned).toMatchObject({ code: 0, data: { ready: true, agent: { name: 'by-cli', session: 'agents-operator' } } });
    const { stdout } = await cli(world, ['agent', 'list']);
    expect(stdout).toMatch(/^AGENT +STATE +ROLE +PROVIDER +PANE +SESSION +UNREAD +USES +SINCE$/m);
    expect(stdout).toMatch(/^by-cli +idle +developer +shell +%\d+ +agents-operator +0 .*20\d\d-/m);
    expect((await cli(world, ['agent', 'status', 'by-cli', '--explain'])).stdout).toMatch(/decided by +process says idle/);
    expect(await cliJson(world, ['agent', 'status', 'nobody'])).toMatchObject({ code: 3, error: { code: 'NOT_FOUND' } });
  });
}); // prettier-ignore

describe('a start', () => {
  it('is refused for what is wrong with it, and nothing is made', async () => {
    const before = (await ok('list_sessions', { detail: 'windows' })).sessions;
    const wrong: [Record<string, unknown>, string][] = [
      [{ name: 'bad name' }, 'INVALID_INPUT'],
      [{ name: '#(touch x)' }, 'INVALID_INPUT'],
      [{ name: 'x', role: 'admin' }, 'INVALID_INPUT'],
      [{ name: 'x', role: '__proto__' }, 'INVALID_INPUT'],
      [{ name: 'x', provider: 'nope' }, 'INVALID_INPUT'],
      [{ name: 'x', provider: 'constructor' }, 'INVALID_INPUT'],
      [{ name: 'x', provider: 'gemini' }, 'NOT_FOUND'],
      [{ name: 'x', briefing: 'a shell has none', provider: 'shell' }, 'INVALID_INPUT'],
      [{ name: 'x', model: '--flag', provider: 'shell' }, 'INVALID_INPUT'],
      [{ name: 'x', cwd: '/etc', provider: 'shell' }, 'DENIED'],
      [{ name: 'by-cli', provider: 'shell' }, 'CONFLICT'],
    ];
    for (const [args, code] of wrong) {
      const error = await refused('spawn_agent', args);
      expect([args, error?.code]).toEqual([args, code === 'DENIED' ? expect.stringMatching(/DENIED|INVALID_INPUT/) : code]);
      expect(error.hint.length).toBeGreaterThan(5);
    }
    expect((await ok('list_sessions', { detail: 'windows' })).sessions).toEqual(before);
  });

  it('is refused for every role of the attack set', async () => {
    const cases = JSON.parse(readFileSync(ATTACKS, 'utf8')) as { tool_kind: string; input: unknown }[];
    const roles = cases.filter(({ tool_kind }) => tool_kind === 'agent_type');
    expect(roles.length).toBeGreaterThan(8);
    const canary = join(world.home, 'canary');
    for (const { input } of roles) {
      const role = typeof input === 'string' ? input.replace('{{CANARY}}', canary) : input;
      expect([input, (await refused('spawn_agent', { name: 'x', role, provider: 'shell' }))?.code]).toEqual([input, 'INVALID_INPUT']);
    }
    expect(existsSync(canary)).toBe(false);
    expect(await refused('get_agent_status', { agent: 'x' })).toMatchObject({ code: 'NOT_FOUND' });
  }); // prettier-ignore

  it('is none for a text that the CLI would take for a command of its own', async () => {
    program('codex', `[ "$1" = --version ] && exec echo 0.169.0; printf '%s\\n' "$@" > ${world.folder}/codex-argv.part; mv ${world.folder}/codex-argv.part ${world.folder}/codex-argv; exec sleep 1000`);
    for (const briefing of ['/quit', ' !id', 'exit', ' Quit ', ':q', 'x'.repeat(131_071)])
      expect([briefing.slice(0, 9), (await refused('spawn_agent', { name: 'x', provider: 'codex', briefing }))?.code]).toEqual([briefing.slice(0, 9), 'INVALID_INPUT']);
    await ok('spawn_agent', { name: 'word', provider: 'codex', briefing: 'logout', ready_timeout_seconds: 0.5 });
    expect((await written('codex-argv')).trimEnd().split('\n').at(-1)).toBe(' logout');
  }); // prettier-ignore

  it('takes a briefing as long as an argument may be', async () => {
    program('qwen', `[ "$1" = --version ] && exec echo 0.21.1; for word; do :; done; printf %s "$word" > ${world.folder}/qwen-argv.part; mv ${world.folder}/qwen-argv.part ${world.folder}/qwen-argv; exec sleep 1000`);
    const most = 131_071 - '--prompt-interactive='.length;
    const args = { name: 'long', provider: 'qwen', ready_timeout_seconds: 0.5 };
    expect(await refused('spawn_agent', { ...args, briefing: 'x '.repeat(most).slice(0, most + 1) })).toMatchObject({ code: 'INVALID_INPUT' });
    await ok('spawn_agent', { ...args, briefing: 'x '.repeat(most).slice(0, most) });
    expect((await written('qwen-argv')).length).toBe(131_071);
  }); // prettier-ignore

  it('of several at once on a new server makes one session for all', async () => {
    const fresh = createWorld();
    const by = await legacyHost(fresh);
    const results = await Promise.all(['a', 'b', 'c'].map((name) => by.call('spawn_agent', { name, provider: 'shell' })));
    expect(results.map(({ structuredContent }) => structuredContent.error ?? structuredContent.agent.session)).toEqual(['agents', 'agents', 'agents']);
    const same = await Promise.all(['d', 'd'].map((name) => by.call('spawn_agent', { name, provider: 'shell' })));
    expect(same.map(({ structuredContent }) => structuredContent.error?.code ?? 'ok').sort()).toEqual(['CONFLICT', 'ok']);
    expect((await fresh.tmux('list-panes', '-a', '-F', '#{@orc_agent}')).split('\n').sort()).toEqual(['a', 'b', 'c', 'd']);
    await by.close();
    await fresh.close();
  }); // prettier-ignore

  it('that fails tells so with the last lines, and types the briefing into no shell', async () => {
    program('pi', 'echo "no such model"; exit 3');
    const result = await ok('spawn_agent', { name: 'failing', provider: 'pi', briefing: `touch ${world.folder}/typed` });
    expect(result).toMatchObject({ ready: false, agent: { state: 'crashed' }, last_lines: 'no such model', untrusted: true });
    expect((await status('failing')).evidence).toMatchObject([{ source: 'process', rule: 'exit_3' }]);
    expect((await cli(world, ['pane', 'run', 'agents-operator:by-cli', `ls ${world.folder}`])).stdout).not.toContain('typed');
    const again = await cliJson(world, ['agent', 'spawn', 'failing', '--provider', 'pi']);
    expect(again).toMatchObject({ code: 8, ok: true, data: { ready: false, agent: { state: 'crashed' } } });
  });

  it('gives the briefing as an argument, never as a flag', async () => {
    program('claude', `[ "$1" = --version ] && exec echo 2.1.328; printf '%s\\n' "$@" > ${world.folder}/argv.part; mv ${world.folder}/argv.part ${world.folder}/argv; exec sleep 1000`);
    const args = { name: 'argv', provider: 'claude', briefing: '--dangerous $(id) `id`', ready_timeout_seconds: 0.5 };
    expect(await ok('spawn_agent', args)).toMatchObject({ ready: false, briefed: true });
    const words = (await written('argv')).trimEnd().split('\n');
    expect(words).toEqual([
      ...['--mcp-config', expect.stringContaining('"tmux-orc"'), '--settings', expect.stringContaining('event.sh')],
      ...['--permission-mode', 'default', '--session-id', expect.any(String), ' --dangerous $(id) `id`'],
    ]);
  });

  it('without any question needs a yes', async () => {
    const asking = await legacyHost({ ...world, env: { ...world.env, TMUX_ORC_SECURITY_RISK_RULES: '[]' } });
    const args = { name: 'free', provider: 'claude', session: 'free', ready_timeout_seconds: 0.3 };
    expect(await refused('spawn_agent', { ...args, permission_mode: 'bypass' }, asking)).toMatchObject({
      ...{ code: 'CONFIRMATION_REQUIRED', details: { risk: 'high' } },
    });
    expect(await ok('spawn_agent', args, asking)).toMatchObject({ agent: { name: 'free' } });
    await asking.close();
  });

  it('is bounded in number', async () => {
    const bounded = await legacyHost({ ...world, env: { ...world.env, TMUX_ORC_AGENTS_MAX_AGENTS: '1' } });
    expect(await refused('spawn_agent', { name: 'more', provider: 'shell' }, bounded)).toMatchObject({ code: 'DENIED' });
    await bounded.close();
  });

  it('is not for an agent that works: it starts no others', async () => {
    const run = await ok('run_command', { target: 'agents-operator:by-cli', command: `node ${BIN} --json agent spawn child --provider shell` });
    expect(JSON.parse(run.output)).toMatchObject({ ok: false, error: { code: 'DENIED', details: { rule: 'spawn_depth' } } });
    const own = await ok('run_command', { target: 'agents-operator:by-cli', command: `node ${BIN} --json agent list` });
    const agents = JSON.parse(own.output.split('\n')[0]).data.agents as { name: string; state: string }[];
    // What it may not look at it does not know.
    expect(agents.find(({ name }) => name === 'argv')).toMatchObject({ state: expect.stringMatching(/unknown|starting/) });
  });
}); // prettier-ignore

describe('what runs already', () => {
  const STATES = ['idle', 'working', 'waiting_permission', 'error'] as const;
  /** Until it has shown all, a shell has the terminal, and that means that the agent has ended. */
  const replayed = (pane: string): Promise<unknown> =>
    until('the replay', async () => (await world.tmux('display-message', '-p', '-t', pane, '#{pane_current_command}')) === 'sleep');

  it.each(STATES)('is adopted and read: Claude Code, %s', async (state) => {
    const file = replay('claude', '2.1.328', state);
    program('replay', `cat "$1"; exec sleep 1000`);
    const { pane } = await ok('create_session', { name: `seen-${state}`, command: [join(world.programs, 'replay'), file], width: 120, height: 40 });
    await until('the screen', async () => (await world.tmux('capture-pane', '-p', '-t', pane.id)).includes('❯'));
    await replayed(pane.id);
    const name = `seen-${state.replaceAll('_', '-')}`;
    const adopted = await ok('adopt_agent', { target: pane.id, name, provider: 'claude' });
    expect(adopted.agent).toMatchObject({ name, provider: 'claude', state });
    const seen = await status(name);
    if (state === 'waiting_permission')
      expect(seen.dialog).toMatchObject({ title: 'Do you want to proceed?', options: [{ label: 'Yes', selected: true }, {}, {}, {}] });
    if (state === 'error') expect(seen).toMatchObject({ text: expect.stringContaining('API'), untrusted: true });
    expect(await refused('adopt_agent', { target: pane.id, name: 'other' })).toMatchObject({ code: 'CONFLICT' });
  });

  it('is told by its title where its program tells nothing, and asked for where neither does', async () => {
    const file = replay('gemini', '0.61.0', 'working');
    const { pane } = await ok('create_session', { name: 'titled', command: [join(world.programs, 'replay'), file], width: 120, height: 40 });
    await until('the title', async () => (await world.tmux('display-message', '-p', '-t', pane.id, '#{pane_title}')).includes('Working'));
    await replayed(pane.id);
    expect((await ok('adopt_agent', { target: pane.id, name: 'titled' })).agent).toMatchObject({ provider: 'gemini', state: 'working' });
    await ok('create_session', { name: 'plain', command: ['cat'] });
    expect(await refused('adopt_agent', { target: 'plain', name: 'plain' })).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('is not read from what is no small plain file, which could hold up everything', async () => {
    program('claude', '[ "$1" = --version ] && exec echo 2.1.328; exec sleep 1000');
    const { agent } = await ok('spawn_agent', { name: 'fifo', provider: 'claude', ready_timeout_seconds: 0.3 });
    const folder = join(world.home, '.claude', 'sessions');
    mkdirSync(folder, { recursive: true });
    execFileSync('mkfifo', [join(folder, `${String(await pidOf(agent.pane))}.json`)]);
    expect(await status('fifo')).toMatchObject({ state: expect.stringMatching(/starting|unknown/) });
  });

  it('is one agent only, and shows nobody when it becomes none', async () => {
    const { pane } = await ok('create_session', { name: 'taken', command: ['cat'] });
    expect(await refused('adopt_agent', { target: pane.id, name: 'titled', provider: 'codex' })).toMatchObject({ code: 'CONFLICT' });
    expect(await world.tmux('display-message', '-p', '-t', pane.id, '#{@orc_agent}#{@orc_role}')).toBe('');
    const asking = await legacyHost({ ...world, env: { ...world.env, TMUX_ORC_SECURITY_RISK_RULES: '[]' } });
    const foreign = await world.tmux('new-session', '-d', '-P', '-F', '#{pane_id}', '-s', 'theirs', 'cat');
    expect(await refused('adopt_agent', { target: foreign, name: 'theirs', provider: 'codex' }, asking)).toMatchObject({ code: 'CONFIRMATION_REQUIRED' });
    expect((await cli(world, ['security', 'approvals'])).stdout.replaceAll(/\s+/g, ' ')).toContain('take it over as the agent "theirs"');
    await asking.close();
  }); // prettier-ignore

  it('is unknown when its screen is, and nothing is done to it', async () => {
    const { pane } = await ok('create_session', { name: 'odd', command: ['sh', '-c', 'echo some new look; exec sleep 1000'] });
    await replayed(pane.id);
    expect((await ok('adopt_agent', { target: 'odd', name: 'odd', provider: 'codex' })).agent).toMatchObject({ state: 'unknown', confidence: 0 });
  });
}); // prettier-ignore
