import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BIN, cli } from '../support/program.js';
import { createDesk, type Desk, type PersonTerminal, type TerminalOptions } from '../support/terminal.js';
import { createWorld, until, type World } from '../support/world.js';

let world: World;
let desk: Desk;
const opened: PersonTerminal[] = [];
const piped: ChildProcess[] = [];

async function watch(argv: readonly string[] = [], options: TerminalOptions = {}): Promise<PersonTerminal> {
  const terminal = await desk.run(['watch', ...argv], options);
  opened.push(terminal);
  await terminal.shows('q quit');
  return terminal;
}

/** A pane of the world in which nothing echoes: what is typed into it comes out once. */
function pane(session: string, command = 'stty -echo; exec cat'): Promise<string> {
  const make = ['new-session', '-d', '-P', '-F', '#{pane_id}', '-s', session, '-x', '80', '-y', '24', command];
  // A new server cannot begin while the old one ends.
  return until('a new pane', () => world.tmux(...make).catch(() => undefined));
}

async function say(target: string, ...lines: string[]): Promise<void> {
  for (const line of lines) await world.tmux('send-keys', '-l', '-t', target, `${line}\n`);
}

const RESTORED = { alternate: false, cursor: true, wrap: true };
const TAKEN = { alternate: true, cursor: false, wrap: false };

async function isRestored(terminal: PersonTerminal, status: number): Promise<void> {
  expect(await terminal.ended()).toEqual({ status, sameTty: true });
  expect(await terminal.modes()).toEqual(RESTORED);
  // The screen of before is back, and nothing was left on it.
  expect(await terminal.screen()).toMatch(/^line before\nstatus=\d+ tty=same$/);
}

beforeAll(() => {
  world = createWorld();
  desk = createDesk(world);
});
beforeEach(async () => {
  await pane('main');
  // A machine that is busy delivers keys so close together that tmux takes them for pasted text.
  await world.tmux('set-option', '-g', 'assume-paste-time', '0');
});
afterEach(async () => {
  for (const child of piped.splice(0)) child.kill();
  for (const terminal of opened.splice(0)) await terminal.close().catch(() => undefined);
  await world.tmux('kill-server').catch(() => undefined);
});
afterAll(async () => {
  await desk.close();
  await world.close();
});

describe('the screen', () => {
  it('shows panes with what they print, as it comes', async () => {
    await world.tmux('set-option', '-g', 'remain-on-exit', 'on');
    await pane('failed', 'echo last words; sleep 0.2; exit 3');
    const terminal = await watch();
    expect(await terminal.modes()).toEqual(TAKEN);
    await terminal.shows(/─ failed:0\.0 ended \(3\) .*%\d+ ─+[\s\S]*^last words$/m);
    expect(await terminal.screen()).not.toContain('Pane is dead');
    await say('main', 'first light', '日本語も');
    await terminal.shows(/main:0\.0 cat %\d+ [─━]+ (?:now|\d s) [─━]\nfirst light\n日本語も$/m);
    await terminal.keys('q');
    await isRestored(terminal, 0);
  });

  it('keeps colours, and gives none where none are wanted', async () => {
    await pane('red', "printf '\\033[31mcoloured\\n'; exec cat");
    const terminal = await watch();
    await terminal.shows('coloured');
    expect(await terminal.painted()).toMatch(/\x1b\[31m(?:\x1b\[\d+m)*coloured/);
    const without = await watch([], { env: { NO_COLOR: '1' } });
    await without.shows('coloured');
    expect(await without.painted()).not.toContain('\x1b[');
  });

  it('fits a new size at once, down to a very small one', async () => {
    await say('main', 'x'.repeat(200));
    const terminal = await watch();
    await terminal.shows(new RegExp(`^x{79}…$`, 'm'));
    await terminal.resize(40, 10);
    await terminal.shows(new RegExp(`^x{39}…$`, 'm'));
    await terminal.resize(20, 5);
    await terminal.shows(/^x{19}…\n/m);
    await terminal.resize(120, 30);
    await terminal.shows(new RegExp(`^x{119}…$`, 'm'));
    await terminal.keys('C-c');
    await isRestored(terminal, 0);
  });

  it('gives the terminal back at every signal', async () => {
    for (const [signal, status] of [['SIGTERM', 143], ['SIGINT', 130], ['SIGHUP', 129]] as const) {
      const terminal = await watch();
      process.kill(terminal.pid, signal);
      await isRestored(terminal, status);
    } // prettier-ignore
  });

  it('ends with its terminal', async () => {
    const terminal = await watch();
    await terminal.close();
    await until('the process to be gone', () => !alive(terminal.pid));
  });

  it('gives the terminal back while it is stopped, and takes it again', async () => {
    const shell = await desk.open(['env', 'PS1=ready> ', `NODE=${process.execPath}`, `BIN=${BIN}`, 'bash', '--norc', '-i']); // prettier-ignore
    opened.push(shell);
    await shell.shows('ready>');
    await shell.keys('"$NODE" "$BIN" watch', 'Enter');
    await shell.shows('q quit');
    await shell.keys('C-z');
    await shell.shows(/Stopped[\s\S]*ready>/);
    expect(await shell.modes()).toEqual(RESTORED);
    await shell.keys('fg', 'Enter');
    await shell.shows('q quit');
    expect(await shell.modes()).toEqual(TAKEN);
    await shell.keys('q');
    expect(await shell.shows(/ready> *$/)).not.toContain('q quit');
    expect(await shell.modes()).toEqual(RESTORED);
  });

  it('is left alone by whatever a pane prints', async () => {
    const hostile = [
      '\\033]0;OWNED-TITLE\\007\\033]2;OWNED-TITLE\\033\\\\',
      '\\033[?1049h\\033[?25h\\033[?7h\\033[?1000h\\033[2J\\033[H\\033c',
      '\\033[?1049l\\033[3J\\033[10;10Hmoved\\033[0m\\033]52;c;T1dORUQ=\\007\\033P$q\\033\\\\',
      '\\2339999;1H\\2332J\\r\\n\\033[8mhidden words\\033[0m\\r\\n',
    ];
    await pane('hostile', `while :; do printf '${hostile.join('')}'; sleep 0.2; done`);
    const terminal = await watch();
    await terminal.shows('hidden words');
    await terminal.shows('main:0.0');
    for (let look = 0; look < 10; look++) {
      expect(await terminal.modes()).toEqual(TAKEN);
      const facts = await desk.tmux('display-message', '-p', '-t', terminal.pane, '#{pane_title} #{mouse_any_flag}');
      expect(facts).not.toContain('OWNED');
      expect(facts).toMatch(/ 0$/);
      await say('main', `tick ${String(look)}`);
      const screen = await terminal.shows(`tick ${String(look)}`);
      expect(screen.split('\n').at(-1)).toMatch(/^q quit .* 2 panes$/);
    }
    await terminal.keys('q');
    await isRestored(terminal, 0);
  });

  it('sees panes and the server go, and come back', async () => {
    await pane('second');
    const terminal = await watch();
    await terminal.shows('second:0.0');
    await world.tmux('kill-session', '-t', '=second');
    await until('the pane to go', async () => !(await terminal.screen()).includes('second:0.0'));
    await world.tmux('kill-server');
    await terminal.shows(/No panes\.[\s\S]*0 panes/);
    await pane('again');
    await say('again', 'I am back');
    await terminal.shows(/again:0\.0[\s\S]*I am back/);
    await terminal.keys('q');
    await isRestored(terminal, 0);
  });

  it('shows only what was named, all panes of a session, and nothing that the configuration hides', async () => {
    await world.tmux('split-window', '-d', '-t', 'main:0', 'exec cat');
    await pane('mainly');
    const named = await watch(['main']);
    expect(await named.shows('main:0.1')).not.toContain('mainly');
    const owned = await watch([], { env: { TMUX_ORC_TMUX_SCOPE: 'owned' } });
    await owned.shows('No panes.');
    for (const [target, status] of [['mai', 3], ['main:5', 3], ['%999', 3], ['=main', 2]] as const) {
      const terminal = await desk.run(['watch', target]);
      opened.push(terminal);
      expect(await terminal.ended()).toEqual({ status, sameTty: true });
    } // prettier-ignore
  });

  it('does not watch itself', async () => {
    const own = await world.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', '-t', 'main', 'env', `TMUX_ORC_TMUX_SOCKET_NAME=${world.socketName}`, process.execPath, BIN, 'watch'); // prettier-ignore
    await until('the screen', async () => (await world.tmux('capture-pane', '-p', '-t', own)).includes('1 pane'));
    expect(await world.tmux('capture-pane', '-p', '-t', own)).not.toContain('main:1.0');
  });
});

describe('the keys', () => {
  it('select a pane and attach to it; detaching comes back', async () => {
    await pane('second');
    const terminal = await watch();
    await terminal.shows(/❯ main:0\.0[\s\S]*─ second:0\.0/);
    await terminal.keys('Down');
    await terminal.shows('❯ second:0.0');
    await terminal.keys('k');
    await terminal.shows('❯ main:0.0');
    await terminal.keys('j', 'Enter');
    await until('the client', async () => (await world.tmux('list-clients', '-F', '#{client_session} #{client_control_mode}')).includes('second 0')); // prettier-ignore
    await terminal.shows(/^\[second\]/m);
    await say('main', 'meanwhile');
    await terminal.keys('C-b', 'd');
    await terminal.shows(/meanwhile[\s\S]*❯ second:0\.0[\s\S]*q quit/);
    expect(await terminal.modes()).toEqual(TAKEN);
    await terminal.keys('q');
    expect(await terminal.ended()).toEqual({ status: 0, sameTty: true });
    expect(await terminal.modes()).toEqual(RESTORED);
  });

  it('give the terminal back when the program is told to end while a pane is attached', async () => {
    const terminal = await watch();
    await terminal.shows('❯ main:0.0');
    await terminal.keys('Enter');
    await terminal.shows(/^\[main\]/m);
    process.kill(terminal.pid, 'SIGTERM');
    expect(await terminal.ended()).toEqual({ status: 143, sameTty: true });
    expect(await terminal.modes()).toEqual(RESTORED);
  });

  it('pause and go on, show help', async () => {
    const terminal = await watch();
    await terminal.shows('main:0.0');
    await terminal.keys('p');
    await terminal.shows('PAUSED');
    await say('main', 'unseen');
    await terminal.keys('?');
    await terminal.shows('attach to it');
    await terminal.keys('Escape');
    await terminal.shows('main:0.0');
    expect(await terminal.screen()).not.toContain('unseen');
    await terminal.keys('p');
    await terminal.shows('unseen');
  });

  it('say what to do inside of another server', async () => {
    const terminal = await watch([], { env: { TMUX: '/nowhere/else,1,0' }, columns: 90 });
    await terminal.shows('❯ main:0.0');
    await terminal.keys('Enter');
    await terminal.shows(`or run: env -u TMUX tmux -L ${world.socketName} attach -t`);
  });
});

describe('what it costs', () => {
  it('draws only what changed, at most ten times a second, and starts no process for it', async () => {
    await say('main', 'still', 'quiet');
    await pane('busy', 'while :; do date +%N; sleep 0.01; done');
    const terminal = await watch();
    await terminal.shows(/^still\nquiet\n─ busy.*\n(?:^\d{9}\n){19}/m);
    const before = children(terminal.pid);
    const record = join(world.folder, 'drawn');
    await desk.tmux('pipe-pane', '-o', '-t', terminal.pane, `exec cat > '${record}'`);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await desk.tmux('pipe-pane', '-t', terminal.pane);
    const drawn = readFileSync(record, 'latin1');
    expect(drawn).not.toContain('\x1b[2J');
    const rows = drawn.match(/\x1b\[\d+;1H/g) ?? [];
    const counts = new Map(rows.map((row) => [row, rows.filter((other) => other === row).length]));
    expect(Math.max(...counts.values())).toBeGreaterThan(3);
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(33);
    // The header of the quiet pane tells its age once a second; below it nothing is drawn.
    expect(counts.get('\x1b[1;1H') ?? 0).toBeLessThanOrEqual(5);
    expect([counts.get('\x1b[2;1H'), counts.get('\x1b[3;1H')]).toEqual([undefined, undefined]);
    expect(children(terminal.pid)).toEqual(before);
    expect(before).toHaveLength(1);
  });
});

describe('piped', () => {
  function follow(argv: readonly string[]): {
    readonly text: () => string;
    readonly errors: () => string;
    readonly interrupt: (signal: NodeJS.Signals) => void;
    readonly code: Promise<number | null>;
  } {
    const child = spawn(process.execPath, [BIN, 'watch', ...argv], { env: world.env, cwd: world.folder });
    piped.push(child);
    let [text, errors] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (data: string) => (text += data));
    child.stderr.setEncoding('utf8').on('data', (data: string) => (errors += data));
    child.stdin.end();
    const code = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { text: () => text, errors: () => errors, interrupt: (signal) => child.kill(signal), code };
  }

  it('prints what is new, line by line, until the last pane is gone', async () => {
    await say('main', 'old');
    await world.tmux('set-option', '-g', 'remain-on-exit', 'on');
    const watching = follow([]);
    // Nothing tells that it has begun, so it is spoken to until it hears.
    let n = 0;
    await until('the first line', async () => {
      await say('main', `line ${String(++n)}`);
      return watching.text() !== '';
    });
    await say('main', '\x1b[31mred\x1b[0m \x07bell');
    // tmux drops what a program has printed and it has not read yet, when it hears first that the program has ended.
    await pane('late', 'echo from the beginning; sleep 0.2; exit 4');
    await until('the new pane', () => watching.text().includes('late:0.0: from the beginning\n'));
    await until('its end', () => watching.errors().includes('late:0.0: ended (4)\n'));
    await until('the words', () => watching.text().includes('bell\n'));
    await world.tmux('kill-server');
    expect(await watching.code).toBe(0);
    expect(watching.errors()).toContain('main:0.0: gone\n');
    const lines = watching.text().split('\n').slice(0, -1);
    expect(lines.every((line) => /^(?:main|late):0\.0: /.test(line))).toBe(true);
    expect(watching.text()).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]|old|Pane is dead/);
    // Nothing twice, and nothing between the first and the last is missing.
    const numbers = lines.flatMap((line) => /^main:0\.0: line (\d+)$/.exec(line)?.[1] ?? []).map(Number);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, at) => (numbers[0] ?? 0) + at));
    expect(numbers.at(-1)).toBe(n);
  });

  it('hears the others while one pane floods', async () => {
    await pane('flood', 'yes');
    const watching = follow([]);
    await until('the flood', () => watching.text().includes('flood:0.0: y'), 20_000);
    await say('main', 'still heard');
    await until('the other', () => watching.text().includes('main:0.0: still heard\n'), 20_000);
    await world.tmux('kill-session', '-t', '=flood');
    watching.interrupt('SIGTERM');
    expect(await watching.code).toBe(143);
  });

  it('prints one JSON object for each change', async () => {
    await say('main', 'one', 'two', 'three');
    const watching = follow(['--json', '--lines', '2', 'main']);
    await until('the first lines', () => watching.text().includes('\n'));
    await pane('other');
    await say('other', 'not asked for');
    await say('main', 'four');
    await until('the next line', () => watching.text().split('\n').length > 2);
    watching.interrupt('SIGINT');
    expect(await watching.code).toBe(130);
    const id = await world.tmux('display-message', '-p', '-t', 'main', '#{pane_id}');
    const events = watching.text().trimEnd().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
    expect(events).toEqual([
      { at: expect.stringMatching(/Z$/), pane: id, target: 'main:0.0', event: 'output', text: 'two\nthree', lines_missed: 0 }, // prettier-ignore
      { at: expect.stringMatching(/Z$/), pane: id, target: 'main:0.0', event: 'output', text: 'four', lines_missed: 0 },
    ]);
    expect(watching.errors()).toBe('');
  });

  it('refuses what it does not understand', async () => {
    expect(await cli(world, ['watch', 'nobody'])).toMatchObject({ code: 3, stdout: '' });
    expect(await cli(world, ['watch', '--interval', '1'])).toMatchObject({ code: 2, stdout: '' });
    expect(await cli(world, ['watch', '--lines', 'many'])).toMatchObject({ code: 2, stdout: '' });
    const json = await cli(world, ['watch', '--json', 'main', 'nobody']);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
  });

  it('ends at once where there is nothing', async () => {
    await world.tmux('kill-server');
    expect(await cli(world, ['watch'])).toMatchObject({ code: 0, stdout: '' });
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Processes that a process has started, by proc(5). */
function children(pid: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[1] === String(pid);
      } catch {
        return false;
      }
    });
}
