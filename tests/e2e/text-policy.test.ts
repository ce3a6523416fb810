import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawn, drawnWorld } from '../support/drawn-agents.js';
import { hosted } from '../support/hosted.js';
import { refused, screen, shellPane } from '../support/panes.js';
import { type Host, legacyHost, okOf, type ToolResult } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

/** Whether text that is typed passes, or which code and message it is refused with. */
const outcome = (result: ToolResult): unknown =>
  result.isError === true ? [result.structuredContent.error.code, result.structuredContent.error.message] : 'sent';

describe('strict_for_shells', () => {
  let world: World;
  let host: Host;
  let shell: string;
  let program: string;
  beforeAll(async () => {
    world = createWorld({ TMUX_ORC_SECURITY_SANITIZER_MESSAGE_POLICY: 'strict_for_shells' });
    host = await legacyHost(world);
    shell = await shellPane(host, world, 'bash', 'shell');
    const made = await host.call('create_session', { name: 'program', command: ['cat'] });
    program = made.structuredContent.pane.id;
  });
  afterAll(async () => {
    await host.close();
    await world.close();
  });
  const type = async (target: string, text: string): Promise<unknown> =>
    outcome(await host.call('send_keys', { target, text }));

  it('refuses what a shell would replace where a shell reads it, and only there', async () => {
    const before = await screen(world, shell);
    for (const [text, what] of [
      ['echo $(id)', 'a command substitution, "$(" at offset 5'],
      ['echo `id`', 'a backtick at offset 5'],
      ['echo $HOME', 'a variable at offset 5'],
      ['echo a\necho b', 'a line end at offset 6'],
    ] as const) {
      expect(await type(shell, text)).toEqual(['INVALID_INPUT', `text: has ${what}, refused for a shell.`]);
      expect(await type(program, text)).toBe('sent');
    }
    expect(await screen(world, shell)).toBe(before);
    expect(await type(shell, "it's 5 > 4, costs $5")).toBe('sent');
  });

  it('does not type into a shell what was meant for the program before it', async () => {
    const pane = await shellPane(host, world, 'bash', 'changing');
    await host.call('send_keys', { target: pane, text: 'cat', keys: ['Enter'] });
    const command = (): Promise<string> => world.tmux('display-message', '-p', '-t', pane, '#{pane_current_command}');
    await until('cat', async () => (await command()) === 'cat');
    // C-d ends the program, so some of these find the shell again; none may reach it.
    const sends = Array.from({ length: 20 }, (_, n) => type(pane, `echo $((1000+${String(n)}))\n`));
    const end = world.tmux('send-keys', '-t', pane, 'C-d');
    const outcomes = await Promise.all(sends);
    await end;
    await until('the shell', async () => (await command()) === 'bash');
    const late = await type(pane, 'echo $((1000+20))\n');
    expect(late).toEqual(['INVALID_INPUT', expect.stringContaining('refused for a shell')]);
    for (const result of outcomes)
      if (result !== 'sent') expect(result).toEqual([expect.stringMatching(/^(?:INVALID_INPUT|CONFLICT)$/), expect.any(String)]); // prettier-ignore
    expect(await screen(world, pane)).not.toMatch(/^10[0-2][0-9]$/m);
  });
});

describe('sizes', () => {
  let world: World;
  let host: Host;
  let pane: string;
  beforeAll(async () => {
    world = createWorld({
      TMUX_ORC_SECURITY_SANITIZER_MAX_MESSAGE_BYTES: '100',
      TMUX_ORC_SECURITY_SANITIZER_MAX_COMMAND_BYTES: '200',
      TMUX_ORC_SECURITY_SANITIZER_MAX_PATH_CHARS: '150',
    });
    host = await legacyHost(world);
    pane = await shellPane(host, world, 'bash', 'shell');
  });
  afterAll(async () => {
    await host.close();
    await world.close();
  });

  it.each([
    ['send_keys', (n: number) => ({ target: pane, text: 'é'.repeat(n) }), 50, /^text: 102 bytes, more than/],
    ['run_command', (n: number) => ({ target: pane, command: `: ${'x'.repeat(n)}` }), 198, /^command: more than 200 bytes/],
    ['create_window', (n: number) => ({ session: 'shell', command: ['true', 'x'.repeat(n)] }), 194, /^command: more than 200 bytes in all/],
  ] as const)('%s takes as much as the config says, and no more', async (tool, args, most, message) => {
    expect((await host.call(tool, args(most))).isError).not.toBe(true);
    expect((await refused(host, tool, args(most + 1))).message).toMatch(message);
  }); // prettier-ignore

  it('a path has its bound', async () => {
    const error = await refused(host, 'create_window', { session: 'shell', cwd: `/${'x'.repeat(150)}` });
    expect(error).toMatchObject({ code: 'INVALID_INPUT', message: 'cwd: longer than 150 characters.' });
  });

  it('text is up to 1 MiB where nobody has set a bound', async () => {
    const plain = createWorld();
    const other = await legacyHost(plain);
    try {
      const made = await other.call('create_session', { name: 's', command: ['sh', '-c', 'stty raw; exec cat >/dev/null'] }); // prettier-ignore
      const target = made.structuredContent.pane.id as string;
      const result = await other.call('send_keys', { target, text: 'x'.repeat(1_048_576) });
      expect(result.structuredContent.bytes_sent).toBe(1_048_576);
      expect(await refused(other, 'send_keys', { target, text: 'x'.repeat(1_048_577) })).toMatchObject({ code: 'INVALID_INPUT' }); // prettier-ignore
    } finally {
      await other.close();
      await plain.close();
    }
  });
});

describe('words and variables of a new pane', () => {
  const here = hosted();

  it.each([
    [{ command: ['echo', 'a\0b'] }, 'command[1]: not valid text.'],
    [{ command: ['echo', 'x'.repeat(131_072)] }, 'command[1]: more than 131071 bytes.'],
    [{ command: ['echo', ...Array(900).fill('x'.repeat(5000))] }, 'command: more than 1048576 bytes in all.'],
    [{ env: { LD_PRELOAD: '/x' } }, 'env: LD_PRELOAD may not be set for a pane.'],
    [{ env: { 'A B': '' } }, 'env: "A B" is not a variable name.'],
    [{ env: { A: 'a\0b' } }, 'env: the value of A is not valid text.'],
    [{ env: Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`V${String(n)}`, 'x'.repeat(32_000)])) }, 'env: more than 524288 bytes in all.'],
  ])('that no process can get, or that change what it loads, are refused and start nothing: %#', async (args, message) => {
    expect(await refused(here.host, 'create_session', { name: 'x', ...args })).toMatchObject({ code: 'INVALID_INPUT', message });
    expect((await here.host.call('list_sessions')).structuredContent.sessions).toEqual([]);
  }); // prettier-ignore

  it('that are as large as they may be reach the program together', async () => {
    const env = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`V${String(n)}`, 'x'.repeat(32_768)]));
    const count = 'printf "%s %s" "$#" "$(env | grep -c "^V[0-9]")"; exec sleep 1000';
    const words = Array<string>(7).fill('x'.repeat(131_071));
    const made = await here.host.call('create_session', {
      name: 'large',
      command: ['sh', '-c', count, 'sh', ...words],
      env,
    });
    expect(made.isError).not.toBe(true);
    await until(
      'the program',
      async () => (await screen(here.world, made.structuredContent.pane.id)).trim() === '7 15',
    );
  });
});

describe('a message to an agent', () => {
  const here = hosted(() => drawnWorld({ TMUX_ORC_SECURITY_SANITIZER_MESSAGE_POLICY: 'strict' }));

  it('is text that is typed; to a shell it is a command', async () => {
    const { name } = await drawn(here.world, here.host);
    const error = await refused(here.host, 'send_message', { agent: name, message: 'look at `id`' });
    expect(error).toMatchObject({ code: 'INVALID_INPUT', message: 'message: has a backtick at offset 8, refused.' });
    expect((await okOf(here.host, 'read_inbox', { agent: name })).messages).toEqual([]);
    await okOf(here.host, 'spawn_agent', { name: 'sh', provider: 'shell' });
    const { receipt } = await okOf(here.host, 'send_message', { agent: 'sh', message: 'echo `id`' });
    expect(receipt).toMatchObject({ state: 'submitted' });
  });
});
