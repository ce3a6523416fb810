import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliJson, type Host, legacyHost, modernHost, type ToolResult } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

type Outcome = { ok: true; data: any } | { ok: false; code: string; error: any };

/** The same operations through each front door. */
interface Door {
  readonly name: string;
  readonly open: (
    world: World,
  ) => Promise<{ call: (tool: string, args: Record<string, unknown>) => Promise<Outcome>; close: () => Promise<void> }>;
}

const POSITIONAL: Record<string, string[]> = {
  create_session: ['name'], rename_session: ['session', 'new_name'], kill_session: ['session'], create_window: ['session'], rename_window: ['window', 'new_name'],
  kill_window: ['window'], split_pane: ['target'], kill_pane: ['target'], capture_pane: ['target'], send_keys: ['target', 'keys'],
}; // prettier-ignore
const NOUNS: Record<string, string[]> = {
  list_sessions: ['session', 'list'], create_session: ['session', 'create'], rename_session: ['session', 'rename'], kill_session: ['session', 'kill'],
  create_window: ['window', 'create'], rename_window: ['window', 'rename'], kill_window: ['window', 'kill'],
  split_pane: ['pane', 'split'], kill_pane: ['pane', 'kill'], capture_pane: ['pane', 'capture'], send_keys: ['pane', 'keys'],
}; // prettier-ignore

function commandLine(tool: string, args: Record<string, unknown>): string[] {
  const positional = POSITIONAL[tool] ?? [];
  const argv = [...(NOUNS[tool] ?? [])];
  for (const name of positional) if (args[name] !== undefined) argv.push(...[args[name]].flat().map(String));
  for (const [name, value] of Object.entries(args)) {
    if (positional.includes(name) || name === 'command') continue;
    const flag = `--${name.replaceAll('_', '-')}`;
    if (value === true) argv.push(flag);
    else if (typeof value === 'object')
      for (const [key, item] of Object.entries(value!)) argv.push(flag, `${key}=${String(item)}`);
    else argv.push(flag, `${value as string | number}`);
  }
  if (args.command !== undefined) argv.push('--', ...(args.command as string[]));
  return argv;
}

function outcome(result: ToolResult): Outcome {
  if (result.isError !== true) return { ok: true, data: result.structuredContent };
  const { error } = result.structuredContent;
  expect(result.content[0]?.text).toBe(`${error.code}: ${error.message}\n${error.hint}`);
  return { ok: false, code: error.code, error };
}

const hostDoor = (name: string, connect: (world: World) => Promise<Host>): Door => ({
  name,
  open: async (world) => {
    const host = await connect(world);
    return { call: async (tool, args) => outcome(await host.call(tool, args)), close: host.close };
  },
});

const doors: Door[] = [
  hostDoor('MCP, legacy client', legacyHost),
  hostDoor('MCP, modern client', modernHost),
  {
    name: 'CLI',
    open: async (world) => ({
      call: async (tool, args) => {
        const result = await cliJson(world, commandLine(tool, args));
        return result.ok ? result : { ok: false, code: result.error.code, error: result.error };
      },
      close: async () => undefined,
    }),
  },
];

describe.each(doors)('tmux tools through $name', ({ open }) => {
  let world: World;
  let door: Awaited<ReturnType<Door['open']>>;
  const call = (tool: string, args: Record<string, unknown> = {}): Promise<Outcome> => door.call(tool, args);
  const ok = async (tool: string, args: Record<string, unknown> = {}): Promise<any> => {  
    const result = await call(tool, args);
    if (!result.ok) throw new Error(`${tool}: ${JSON.stringify(result.error)}`);
    return result.data;
  }; // prettier-ignore
  const refused = async (tool: string, args: Record<string, unknown>, code: string): Promise<any> => {  
    const result = await call(tool, args);
    expect(result).toMatchObject({ ok: false, code });
    const { error } = result as Extract<Outcome, { ok: false }>;
    expect(error.message.length).toBeGreaterThan(5);
    expect(error.hint.length).toBeGreaterThan(5);
    expect(error.correlation_id).toMatch(/^[0-9a-f-]{36}$/);
    return error;
  }; // prettier-ignore

  beforeAll(async () => {
    world = createWorld();
    door = await open(world);
  });
  afterAll(async () => {
    await door.close();
    await world.close();
  });

  it('lists nothing, and starts no server, where none runs', async () => {
    expect(await ok('list_sessions')).toEqual({ sessions: [] });
    await refused('kill_session', { session: 'none' }, 'NOT_FOUND');
    await refused('capture_pane', { target: '%0' }, 'NOT_FOUND');
    await expect(world.tmux('-N', 'list-sessions')).rejects.toThrow();
  });

  it('creates a session with names, size, variables and folder', async () => {
    const made = await ok('create_session', {
      name: 'my.app',
      cwd: world.folder,
      window_name: 'Claude PM',
      width: 100,
      height: 30,
      env: { GREETING: 'a b;c' },
    });
    expect(made).toMatchObject({
      session: { id: '$0', name: 'my_app' },
      window: { id: '@0', index: 0, name: 'Claude PM' },
      pane: { id: '%0' },
    });
    const shape = await world.tmux(
      'display-message',
      '-p',
      '-t',
      '%0',
      '#{session_name}|#{window_name}|#{window_width}x#{window_height}|#{pane_current_path}',
    );
    expect(shape).toBe(`my_app|Claude PM|100x30|${world.folder}`);
    await ok('send_keys', { target: 'my_app', text: 'echo "<$GREETING>"', keys: ['Enter'] });
    await until('the variable', async () => (await ok('capture_pane', { target: '%0' })).text.includes('\n<a b;c>'));
  });

  it('refuses names that exist, are malformed or reserved, and folders that are not allowed', async () => {
    await refused('create_session', { name: 'my_app' }, 'CONFLICT');
    for (const name of ['a b', '#(id)', '', '$1', '_orc_x']) await refused('create_session', { name }, 'INVALID_INPUT');
    for (const cwd of ['/etc', `${world.folder}/none`, `${world.folder}/../x`])
      await refused('create_session', { name: 'other', cwd }, 'INVALID_INPUT');
    await refused('create_session', { name: 'other', env: { LD_PRELOAD: '/x' } }, 'INVALID_INPUT');
    await refused('create_session', { name: 'other', command: ['no-such-program'] }, 'INVALID_INPUT');
    await refused('create_session', { name: 'other', width: 5 }, 'INVALID_INPUT');
    expect((await ok('list_sessions')).sessions).toHaveLength(1);
  });

  it.each([
    [
      'that leaves its terminal a moment before it ends',
      `trap '' HUP; exec </dev/null >/dev/null 2>&1; sleep 0.1; exit 4`,
      4,
    ],
    ['that a signal ends', 'kill -9 $$', undefined],
  ])('tells the exit status of a program %s, whenever it is asked', async (_what, script, status) => {
    await world.tmux('set-option', '-g', 'remain-on-exit', 'on');
    const id = await world.tmux('new-window', '-d', '-t', '=my_app:', '-P', '-F', '#{pane_id}', 'sh', '-c', script);
    // The first listing in which it is dead, and each after that.
    for (let seen = 0; seen < 3;) {
      const { sessions } = await ok('list_sessions', { detail: 'panes', session: 'my_app' });
      const row = sessions[0].windows.flatMap((window: any) => window.panes).find((one: any) => one.id === id);
      if (!row.dead) continue;
      expect(row.exit_status).toBe(status);
      seen++;
    }
    await world.tmux('set-option', '-gu', 'remain-on-exit');
    await ok('kill_pane', { target: id });
  });

  it('runs argv without a shell, one element included, and keeps the pane with its exit status', async () => {
    const made = await ok('create_window', {
      session: 'my_app',
      name: 'argv',
      command: ['sh', '-c', 'printf "%s\\n" "$@"; exec sleep 1000', 'sh', '$HOME;`id` a', 'x'],
    });
    await until('the output', async () =>
      (await ok('capture_pane', { target: made.pane.id })).text.startsWith('$HOME;`id` a\nx'),
    );
    const single = await ok('create_window', { session: 'my_app', command: ['false'] });
    const pane = await until('the end', async () => {
      const { sessions } = await ok('list_sessions', { detail: 'panes', session: 'my_app' });
      return sessions[0].windows
        .flatMap((window: any) => window.panes)
        .find((row: any) => row.id === single.pane.id && row.dead);
    });
    expect(pane).toMatchObject({ dead: true, exit_status: 1 });
    await refused('send_keys', { target: single.pane.id, text: 'x' }, 'CONFLICT');
    await refused('create_window', { session: 'nope', name: 'x' }, 'NOT_FOUND');
    await refused('create_window', { session: 'my_app', name: 'a;b' }, 'INVALID_INPUT');
    await ok('kill_window', { window: single.window.id });
  });

  it('lists by depth and session, and pages', async () => {
    await ok('create_session', { name: 'second', command: ['sleep', '1000'] });
    const shallow = await ok('list_sessions', { detail: 'sessions' });
    expect(shallow.sessions.map((row: any) => row.name)).toEqual(['my_app', 'second']);
    expect(shallow.sessions[0]).not.toHaveProperty('windows');
    expect(shallow.sessions[0]).toMatchObject({ id: '$0', attached_clients: 0 });
    const first = await ok('list_sessions', { limit: 1 });
    expect(first.sessions).toHaveLength(1);
    const second = await ok('list_sessions', { limit: 1, cursor: first.next_cursor });
    expect(second.sessions[0].name).toBe('second');
    expect(second.next_cursor).toBeUndefined();
    // The program takes the place of the shell that starts it.
    const pane = await until('the program', async () => {
      const { sessions } = await ok('list_sessions', { detail: 'panes', session: '$1' });
      const row = sessions[0].windows[0].panes[0];
      return row.command === 'sleep' && row;
    });
    expect(pane).toMatchObject({ index: 0, active: true, dead: false, cwd: world.folder, width: 80, height: 24 });
    await refused('list_sessions', { session: 'secon' }, 'NOT_FOUND');
    await refused('list_sessions', { cursor: 'x' }, 'INVALID_INPUT');
    await refused('list_sessions', { limit: 501 }, 'INVALID_INPUT');
  });

  it('renames sessions and windows', async () => {
    expect(await ok('rename_session', { session: 'second', new_name: 'two.x' })).toEqual({
      session: { id: '$1', name: 'two_x' },
    });
    await refused('rename_session', { session: '$1', new_name: 'my_app' }, 'CONFLICT');
    await refused('rename_session', { session: 'second', new_name: 'z' }, 'NOT_FOUND');
    await refused('rename_session', { session: '$1', new_name: '#{pid}' }, 'INVALID_INPUT');
    expect(await ok('rename_window', { window: 'two_x:0', new_name: 'a b.c' })).toMatchObject({
      window: { index: 0, name: 'a b.c' },
    });
    await refused('rename_window', { window: 'two_x:a b', new_name: 'x' }, 'NOT_FOUND');
    await refused('rename_window', { window: 'two_x', new_name: 'x' }, 'INVALID_INPUT');
    await refused('rename_window', { window: 'two_x:0', new_name: 'x;' }, 'INVALID_INPUT');
  });

  it('splits panes in folder, direction and size', async () => {
    const right = await ok('split_pane', {
      target: 'two_x',
      direction: 'right',
      size_percent: 25,
      cwd: world.home,
      command: ['sleep', '1000'],
    });
    await until(
      'its folder',
      async () =>
        (await world.tmux(
          'display-message',
          '-p',
          '-t',
          right.pane.id,
          '#{pane_width}x#{pane_height}|#{pane_current_path}|#{pane_at_right}',
        )) === `20x24|${world.home}|1`,
    );
    await refused('split_pane', { target: 'two_x:9' }, 'NOT_FOUND');
    await refused('split_pane', { target: 'two_x', size_percent: 100 }, 'INVALID_INPUT');
    await refused('split_pane', { target: 'two_x', direction: 'left' }, 'INVALID_INPUT');
    let last: Outcome = { ok: true, data: {} };
    for (let n = 0; n < 30 && last.ok; n++)
      last = await call('split_pane', { target: right.pane.id, command: ['sleep', '1000'] });
    expect(last).toMatchObject({ ok: false, code: 'TMUX_FAILED' });
  });

  it('captures the end of the history, joined and bounded', async () => {
    const wide = 'w'.repeat(300);
    await ok('send_keys', {
      target: '%0',
      text: `clear; for i in $(seq 1 200); do echo line-$i; done; echo ${wide}; echo end`,
      keys: ['Enter'],
    });
    await until('the end', async () => (await ok('capture_pane', { target: '%0', lines: 5 })).text.includes('\nend\n'));
    const some = await ok('capture_pane', { target: '%0', lines: 4 });
    expect(some.text.split('\n').slice(0, 3)).toEqual(['line-200', wide, 'end']);
    expect(some).toMatchObject({ pane: { id: '%0' }, line_count: 4, truncated: true, stripped_sequences: 0 });
    expect((await ok('capture_pane', { target: '%0', lines: 5000 })).text).toContain('line-1\nline-2\n');
    await refused('capture_pane', { target: '%0', lines: 5001 }, 'INVALID_INPUT');
    await refused('capture_pane', { target: '%99' }, 'NOT_FOUND');
  });

  it('keeps colours only when asked to', async () => {
    await ok('send_keys', { target: '%0', text: String.raw`clear; printf '\033[31mred\033[0m\n'`, keys: ['Enter'] });
    await until('red', async () => (await ok('capture_pane', { target: '%0' })).text.split('\n').includes('red'));
    expect((await ok('capture_pane', { target: '%0', ansi: true })).text).toContain('\u001b[31mred');
  });

  it('types text and presses keys, text never being a key', async () => {
    await ok('send_keys', { target: '%0', keys: ['C-l'] });
    const sent = await ok('send_keys', { target: '%0', text: 'echo C-c Enter \u001b[31m\u0007x' });
    expect(sent).toMatchObject({ pane: { id: '%0' }, bytes_sent: 16, removed: { escapes: 1, controls: 1, hidden: 0 } });
    await ok('send_keys', { target: '%0', keys: ['BSpace', 'y', 'enter'] });
    await until('the line', async () => (await ok('capture_pane', { target: '%0' })).text.includes('\nC-c Enter y\n'));
    expect(await world.tmux('show-options', '-pqv', '-t', '%0', '@orc_last')).not.toBe(sent.receipt);
    await refused('send_keys', { target: '%0' }, 'INVALID_INPUT');
    await refused('send_keys', { target: '%0', keys: ['Ctrl-C'] }, 'INVALID_INPUT');
    await refused('send_keys', { target: 'two', text: 'x' }, 'NOT_FOUND');
  });

  it('kills exactly what is named', async () => {
    await ok('create_session', { name: 'pro' });
    await ok('create_session', { name: 'prod' });
    expect(await ok('kill_session', { session: 'pro' })).toMatchObject({ killed: { name: 'pro' }, agents: [] });
    await refused('kill_session', { session: 'pro' }, 'NOT_FOUND');
    expect((await ok('list_sessions', { session: 'prod' })).sessions).toHaveLength(1);
    const split = await ok('split_pane', { target: 'prod' });
    expect(await ok('kill_pane', { target: split.pane.id })).toEqual({ killed: { id: split.pane.id } });
    await refused('kill_pane', { target: split.pane.id }, 'NOT_FOUND');
    await refused('kill_window', { window: 'prod:7' }, 'NOT_FOUND');
    await refused('kill_window', { window: '%0' }, 'INVALID_INPUT');
    await ok('kill_window', { window: 'prod:0' });
    await refused('kill_session', { session: 'prod' }, 'NOT_FOUND');
    for (const session of ['$0', '$1']) await ok('kill_session', { session });
    expect(await ok('list_sessions')).toEqual({ sessions: [] });
  });
});
