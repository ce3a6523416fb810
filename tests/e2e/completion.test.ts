import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../src/operations/index.js';
import { withOtherTmux } from '../support/other-tmux.js';
import { BIN, cli } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

const run = promisify(execFile);

/** A world in which `tmux-orc` is a command. */
function withCommand(world: World): World {
  const folder = join(world.folder, 'bin');
  mkdirSync(folder);
  symlinkSync(BIN, join(folder, 'tmux-orc'));
  return { ...world, env: { ...world.env, PATH: `${folder}${delimiter}${world.env.PATH ?? ''}` } };
}

interface Asked {
  readonly values: readonly string[];
  readonly lines: readonly string[];
  readonly ms: number;
}

/** Asks what may stand after these words; the last one is the current one. */
async function complete(world: World, ...words: string[]): Promise<Asked> {
  const started = performance.now();
  const { code, stdout, stderr } = await cli(world, ['__complete', '--', ...words]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.split('\n').slice(0, -1);
  return { lines, values: lines.map((line) => line.split('\t')[0] ?? ''), ms: performance.now() - started };
}

describe('what may stand on a command line', () => {
  let world: World;
  beforeAll(() => {
    world = createWorld();
  });
  afterAll(async () => {
    await world.close();
  });
  const values = async (...words: string[]): Promise<readonly string[]> => (await complete(world, ...words)).values;

  it('are all nouns, words and verbs that there are, with what they do', async () => {
    const words = await complete(world, '');
    for (const first of new Set(operations.map(({ cli: { path } }) => path[0]))) expect(words.values).toContain(first);
    for (const word of ['serve', 'doctor', 'completion', 'status']) expect(words.values).toContain(word);
    for (const hidden of ['__complete', 'help']) expect(words.values).not.toContain(hidden);
    for (const line of words.lines) expect(line).toMatch(/^[a-z]+\t.{3,72}$/);
    expect(await values('pane', '')).toEqual(
      operations.filter(({ cli: { path } }) => path[0] === 'pane').map(({ cli: { path } }) => path[1]),
    );
  });

  it('are flags of the command and of all', async () => {
    const flags = await values('pane', 'capture', 'x', '--');
    expect(flags).toEqual(expect.arrayContaining(['--lines', '--ansi', '--help', '--json', '--socket-name']));
    expect(flags).not.toContain('--direction');
    expect(new Set(flags).size).toBe(flags.length);
    // Nothing else is left to give.
    expect(await values('pane', 'capture', 'x', '')).toEqual(flags);
    expect(await values('--')).toContain('--profile');
  });

  it('are the values that a parameter allows, behind a space or "="', async () => {
    expect(await values('pane', 'split', 'x', '--direction', '')).toEqual(['right', 'down']);
    expect(await values('pane', 'split', 'x', '--direction=')).toEqual(['--direction=right', '--direction=down']);
    expect(await values('--json', 'session', 'list', '--detail', 'p')).toEqual(['sessions', 'windows', 'panes']);
    expect(await values('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(await values('pane', 'capture', 'x', '--lines', '')).toEqual([]);
  });

  it('are left to the shell where they are paths', async () => {
    expect(await values('session', 'create', 'x', '--cwd', '')).toEqual([':folders']);
    expect(await values('--socket-path', '')).toEqual([':files']);
    expect(await values('session', 'create', 'x', '--', 'vi', '')).toEqual([':files']);
  });

  it('are the keys of the config', async () => {
    const keys = await values('--set', '');
    expect(keys[0]).toBe(':open');
    expect(keys).toContain('tmux.scope=');
  });

  it('are none where nobody knows, without a word of complaint', async () => {
    for (const words of [['nonsense', ''], ['pane', 'nonsense', ''], ['session', 'create', ''], ['status', '--nope', '']])
      expect((await values(...words)).filter((value) => !value.startsWith('--'))).toEqual([]);
    for (const env of [{ TMUX_ORC_LOG_LEVEL: 'loud' }, { PATH: '/nowhere' }])
      expect((await complete({ ...world, env: { ...world.env, ...env } }, 'pane', 'capture', '')).values).toEqual([]);
    expect((await cli(world, ['__complete'])).stderr).toBe('');
  }); // prettier-ignore

  it('starts no server', async () => {
    expect(await values('pane', 'capture', '')).toEqual([]);
    expect(existsSync(world.socketPath)).toBe(false);
  });

  it('gives up soon on a tmux that does not answer', async () => {
    const asked = await complete(withOtherTmux(world, 'exec sleep 60'), 'pane', 'capture', '');
    expect(asked.values).toEqual([]);
    expect(asked.ms).toBeLessThan(10_000);
  });
});

/** Names that shells and tmux act on, by their first letter, and what may be typed of them. */
const NAMES = ['a b;touch pwn', 'b$(touch pwn)`touch pwn`', `c'd"e`, 'd!!{x,y}*?[z]#&|<>(f) ~', '日本 語'];
const TYPED = ['a', 'b', 'c', 'd', '日', '"a', "'b", "'d"];
const HIDDEN = ['%7', '-x', '=y', 'r\u202el'];

async function makeSessions(world: World): Promise<Map<string, string>> {
  // The size of the first is that of the terminals below.
  await world.tmux('new-session', '-d', '-s', 'work', '-n', 'main', '-x', '180', '-y', '50', 'sleep 1000');
  await world.tmux('new-window', '-d', '-t', 'work:', '-n', 'types & co', 'sleep 1000');
  await world.tmux('new-window', '-d', '-t', 'work:', '-n', 'evil\n\u001b[31mname', 'sleep 1000');
  for (const name of [...NAMES, ...HIDDEN]) await world.tmux('new-session', '-d', '-s', name, 'sleep 1000');
  const rows = await world.tmux('list-sessions', '-F', '#{session_id} #{session_name}');
  return new Map(rows.split('\n').map((row): [string, string] => [row.slice(row.indexOf(' ') + 1), row.split(' ')[0]!]));
} // prettier-ignore

describe('names of what runs', () => {
  let world: World;
  let ids: Map<string, string>;
  beforeAll(async () => {
    world = createWorld();
    ids = await makeSessions(world);
  });
  afterAll(async () => {
    await world.close();
  });

  it('are sessions, windows and panes for a target, with what they are', async () => {
    const { lines } = await complete(world, 'pane', 'capture', '');
    expect(lines).toEqual(
      expect.arrayContaining(['work\t3 windows', 'work:main\tsleep', 'work:types & co\tsleep', '%0\twork:0.0 sleep']),
    );
    for (const line of lines) expect(line).toMatch(/^[^\p{Cc}\p{Cf}]+\t[^\p{Cc}\p{Cf}]*$/u);
  });

  it('leave out what holds control or hidden characters, or would be read as something else', async () => {
    expect((await complete(world, 'session', 'kill', '')).values.toSorted()).toEqual(['work', ...NAMES].toSorted());
    const { lines } = await complete(world, 'window', 'kill', 'work:');
    // Its index is offered, its name is shown without what it hides.
    expect(lines).toContain('work:2\tevil??[31mname');
    expect((await complete(world, 'window', 'kill', 'work:2')).values).toContain('work:0');
  });

  it('can all be used as they are given', async () => {
    for (const name of (await complete(world, 'session', 'kill', '')).values) {
      const found = JSON.parse((await cli(world, ['--json', 'session', 'list', '--session', name])).stdout);
      expect(found.data.sessions).toMatchObject([{ id: ids.get(name), name }]);
    }
  });

  it('come from the server that the line names, and from what may be seen', async () => {
    expect((await complete(world, '--socket-name', 'other', 'session', 'kill', '')).values).toEqual([]);
    expect((await complete(world, 'session', 'kill', '--socket-name=other', '')).values).toEqual([]);
    expect((await complete(world, '--set', 'tmux.scope=owned', 'session', 'kill', '')).values).toEqual([]);
    expect((await complete(world, '--set', 'tmux.scope=all', 'session', 'kill', '')).values).toContain('work');
  });

  it('are given up soon when the server is stopped', async () => {
    const pid = Number(await world.tmux('display-message', '-p', '#{pid}'));
    process.kill(pid, 'SIGSTOP');
    try {
      const asked = await complete(world, 'session', 'kill', '');
      expect(asked.values).toEqual([]);
      expect(asked.ms).toBeLessThan(10_000);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });
});

describe('the function of bash', () => {
  let world: World;
  beforeAll(async () => {
    world = createWorld();
    await makeSessions(world);
  });
  afterAll(async () => {
    await world.close();
  });

  /** What it puts into COMPREPLY for a line with the cursor at its end. */
  async function reply(line: string, piece: string): Promise<string[]> {
    const script = 'eval "$("$NODE" "$BIN" completion bash)"; COMP_LINE=$1; COMP_POINT=${#1}; _tmux_orc tmux-orc "$2" ""; printf "%s\\n" "${COMPREPLY[@]}"'; // prettier-ignore
    const env = { ...world.env, NODE: process.execPath, BIN, LC_ALL: 'C.UTF-8' };
    const { stdout, stderr } = await run('bash', ['--norc', '-c', script, 'bash', line, piece], { env, cwd: world.folder }); // prettier-ignore
    expect(stderr).toBe('');
    return stdout.split('\n').filter((word) => word !== '');
  }

  it('completes words, flags and values, the script asking the program that printed it', async () => {
    expect(await reply('tmux-orc pane ca', 'ca')).toEqual(['capture', 'cancel']);
    expect(await reply('tmux-orc pane split x --direction=r', 'r')).toEqual(['right']);
    expect(await reply('tmux-orc pane split x --dir', '--dir')).toEqual(['--direction']);
    expect(await reply('tmux-orc nonsense ', '')).toEqual([]);
  });

  it('completes the piece behind a colon, quoted', async () => {
    expect(await reply('tmux-orc pane capture work:ty', 'ty')).toEqual([String.raw`types\ \&\ co`]);
    expect(await reply('tmux-orc pane capture "work:ty', 'work:ty')).toEqual(['work:types & co']);
    expect(await reply('tmux-orc session kill b', 'b')).toEqual([String.raw`b\$\(touch\ pwn\)\`touch\ pwn\``]);
  });
});

interface Terminal {
  readonly shell: string;
  readonly argv: string;
  readonly setUp: readonly string[];
}

const TERMINALS: readonly Terminal[] = [
  { shell: 'bash', argv: "env PS1='> ' bash --norc -i", setUp: ['eval "$(tmux-orc completion bash)"'] },
  {
    shell: 'zsh',
    argv: "env PS1='> ' zsh -f -i",
    setUp: ['autoload -U compinit; compinit -u -D', 'eval "$(tmux-orc completion zsh)"'],
  },
  { shell: 'fish', argv: 'fish --no-config', setUp: ['function fish_prompt; echo "> "; end', 'tmux-orc completion fish | source'] },
]; // prettier-ignore

describe.each(TERMINALS)('a TAB in $shell', ({ argv, setUp }) => {
  let world: World;
  let pane: string;
  let ids: Map<string, string>;
  const screen = (): Promise<string> => world.tmux('capture-pane', '-p', '-J', '-t', pane);
  const type = (text: string, ...keys: string[]): Promise<unknown> =>
    world.tmux('send-keys', '-t', pane, '-l', text).then(() => (keys.length > 0 ? world.tmux('send-keys', '-t', pane, ...keys) : '')); // prettier-ignore
  const shown = (what: string, pattern: RegExp): Promise<string> =>
    until(what, async () => { const text = await screen(); return pattern.test(text) && text; }, 20_000); // prettier-ignore

  beforeAll(async () => {
    world = withCommand(createWorld({ LC_ALL: 'C.UTF-8' }));
    ids = await makeSessions(world);
    const start = `export PATH='${world.env.PATH!}' LC_ALL=C.UTF-8; exec ${argv}`;
    pane = await world.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', '-t', 'work:', start);
    await shown('the prompt', /[>#$] *$/);
    for (const line of setUp) await type(line, 'Enter');
    await type('echo rea""dy', 'Enter');
    await shown('the set-up', /^ready$/m);
  });
  afterAll(async () => {
    await world.close();
  });

  /** What an earlier test left on the screen must not be taken for an answer. */
  async function clear(): Promise<void> {
    await type('clear', 'Enter');
    await until('a screen without an answer', async () => !(await screen()).includes('"ok":'));
  }

  it.each(TYPED)('names the session that begins with %s, and nothing of its name is run', async (typed) => {
    await clear();
    await type(`tmux-orc --json session list --session ${typed}`, 'Tab');
    const name = NAMES.find((candidate) => candidate.startsWith(typed.replace(/^["']/, '')))!;
    // The last letters stand there in any way of quoting.
    const end = new RegExp(`--session .*${/[\p{L}~]/u.exec(Array.from(name).toReversed().join(''))![0]}`, 'u');
    await shown('the completed name', end);
    await type('', 'Enter');
    const text = await shown('the answer', /"ok":(?:true|false)/);
    const answer = JSON.parse(/\{"ok":.*\}/.exec(text.replaceAll('\n', ''))![0]);
    expect(answer.data?.sessions, text).toMatchObject([{ id: ids.get(name), name }]);
    expect(existsSync(join(world.folder, 'pwn'))).toBe(false);
  });

  it('shows what there is to choose from', async () => {
    await type('clear', 'Enter');
    await type('tmux-orc pane capture work:', 'Tab', 'Tab');
    const text = await shown('the windows', /types/);
    expect(text).toMatch(/main/);
    expect(text).not.toMatch(/evil\n/);
    await type('', 'C-c');
  });

  it('completes commands', async () => {
    await type('clear', 'Enter');
    await type('tmux-orc ses', 'Tab');
    await shown('the noun', /tmux-orc session/);
    await type('ren', 'Tab');
    await shown('the verb', /tmux-orc session rename/);
    await type('', 'C-c');
  });

  it('leaves folders to the shell', async () => {
    mkdirSync(join(world.folder, 'only-folder'), { recursive: true });
    writeFileSync(join(world.folder, 'only-file'), '');
    await type('clear', 'Enter');
    await type('tmux-orc session create x --cwd only-', 'Tab');
    await shown('the folder', /--cwd only-folder/);
    await type('', 'C-c');
  });
});

describe('tmux-orc completion', () => {
  it('prints a script that its shell accepts, also as JSON, and refuses other shells', async () => {
    const world = createWorld();
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout } = await cli(world, ['completion', shell]);
      expect(code).toBe(0);
      await expect(run(shell, ['-n', '-c', stdout])).resolves.toMatchObject({ stderr: '' });
      const json = JSON.parse((await cli(world, ['completion', shell, '--json'])).stdout);
      expect(json.data).toEqual({ shell, script: stdout });
    }
    expect((await cli(world, ['completion', 'tcsh'])).code).toBe(2);
    expect((await cli(world, ['completion'])).code).toBe(2);
    await world.close();
  });
});
