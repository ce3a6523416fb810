import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { displayWidth } from '../../src/kernel/width.js';
import { versioned, withOtherTmux } from '../support/other-tmux.js';
import { BIN, cli } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

const IS_ROOT = process.getuid?.() === 0;

interface Diagnosis {
  readonly code: number | null;
  readonly healthy: boolean;
  readonly summary: Record<'pass' | 'warn' | 'fail', number>;
  readonly checks: readonly Finding[];
  readonly ms: number;
}

async function doctor(world: World, argv: readonly string[] = []): Promise<Diagnosis> {
  const started = performance.now();
  const { code, stdout, stderr } = await cli(world, ['doctor', '--json', ...argv]);
  expect(stderr).toBe('');
  expect(stdout.trimEnd()).not.toContain('\n');
  const envelope = JSON.parse(stdout);
  expect(envelope).toMatchObject({
    ok: true,
    meta: { correlation_id: expect.any(String), duration_ms: expect.any(Number) },
  });
  const data = envelope.data as Omit<Diagnosis, 'code' | 'ms'>;
  // What holds for every diagnosis.
  for (const { verdict, advice = '' } of data.checks) {
    if (verdict === 'pass') expect(advice).toBe('');
    else expect(advice.length).toBeGreaterThan(10);
  }
  expect(data.healthy).toBe(data.summary.fail === 0);
  expect(code).toBe(data.healthy ? 0 : 1);
  return { code, ms: performance.now() - started, ...data };
}

/** The one line of a check that has this verdict. */
function line(diagnosis: Diagnosis, check: string, verdict: Finding['verdict']): Finding {
  const found = diagnosis.checks.filter((finding) => finding.check === check);
  expect(
    found.map((finding) => finding.verdict),
    JSON.stringify(found),
  ).toContain(verdict);
  return found.find((finding) => finding.verdict === verdict)!;
}

const failures = ({ checks }: Diagnosis): string[] => checks.filter(({ verdict }) => verdict === 'fail').map(({ check }) => check); // prettier-ignore

function having(world: World, changes: Record<string, string | undefined>): World {
  const entries = Object.entries({ ...world.env, ...changes }).filter((entry): entry is [string, string] => entry[1] !== undefined); // prettier-ignore
  return { ...world, env: Object.fromEntries(entries) };
}

// A server of its own for each test: one that is still ending could take the clients of the next.
let world: World;
beforeEach(() => {
  world = createWorld({ LANG: 'C.UTF-8' });
});
afterEach(async () => {
  await world.close();
});

const stateFolder = (): string => join(world.env.XDG_STATE_HOME!, 'tmux-orchestrator');

/** Puts something in the place of the state folder. */
function placeState(make: (folder: string) => void): void {
  mkdirSync(world.env.XDG_STATE_HOME!);
  make(stateFolder());
}

describe('doctor where all is well', () => {
  it('passes, changes nothing and starts no server', async () => {
    const found = await doctor(withOtherTmux(world, versioned('3.7')));
    expect(failures(found)).toEqual([]);
    expect(found.summary).toEqual({ pass: found.checks.length, warn: 0, fail: 0 });
    const names = ['node', 'tmux', 'inside tmux', 'socket', 'tmux server', 'control mode', 'locale', 'config', 'home', 'state folder', 'shells'];
    expect(found.checks.map(({ check }) => check)).toEqual(names);
    expect(line(found, 'tmux server', 'pass').found).toMatch(/none runs.*fine/);
    expect(existsSync(world.socketPath)).toBe(false);
    expect(existsSync(stateFolder())).toBe(false);
    expect(readdirSync(world.home)).toEqual([]);
  }); // prettier-ignore

  it('asks a running server over both ways, and leaves it as it was', async () => {
    await world.tmux('new-session', '-d', '-s', 'work', 'sleep 1000');
    const clients = (): Promise<string> => world.tmux('list-clients', '-F', '#{client_pid}');
    const look = (): Promise<string[]> =>
      Promise.all([
        world.tmux('list-panes', '-a', '-F', '#{pane_id} #{window_width} #{window_height}'),
        world.tmux('show-environment', '-t', 'work'),
        world.tmux('show-options', '-s'),
      ]);
    const before = await look();
    const found = await doctor(world);
    expect(failures(found)).toEqual([]);
    const pid = await world.tmux('display-message', '-p', '#{pid}');
    expect(line(found, 'tmux server', 'pass').found).toContain(`pid ${pid}`);
    expect(line(found, 'control mode', 'pass').found).toMatch(/^connects in [0-9.]+ ms, answers in [0-9.]+ ms$/);
    expect(line(found, 'fall-back', 'pass').found).toMatch(/answers in [0-9.]+ ms$/);
    await until('the client to leave', async () => (await clients()) === '');
    expect(await look()).toEqual(before);
  });

  it('leaves no probe in a state folder', async () => {
    placeState((folder) => mkdirSync(folder, { mode: 0o700 }));
    expect(line(await doctor(world), 'state folder', 'pass').found).toMatch(/tmux-orchestrator, .*free$/);
    expect(readdirSync(stateFolder())).toEqual([]);
  });

  it('knows the pane it runs in, and when it talks to another server', async () => {
    await world.tmux('new-session', '-d', '-s', 'work', 'sleep 1000');
    const inside = { TMUX: `${world.socketPath},1,0`, TMUX_PANE: '%0' };
    const same = await doctor(having(world, { ...inside, TMUX_ORC_TMUX_SOCKET_NAME: undefined }));
    expect(line(same, 'inside tmux', 'pass').found).toBe('yes, in pane %0; talks to the same server');
    symlinkSync(dirname(world.socketPath), join(world.folder, 'linked'));
    const linked = { ...inside, TMUX_ORC_TMUX_SOCKET_PATH: join(world.folder, 'linked', world.socketName) };
    const through = await doctor(having(world, { ...linked, TMUX_ORC_TMUX_SOCKET_NAME: undefined }));
    expect(line(through, 'inside tmux', 'pass').found).toBe('yes, in pane %0; talks to the same server');
    const other = await doctor(having(world, inside), ['--socket-name', 'other']);
    expect(line(other, 'inside tmux', 'pass').found).toMatch(
      /another server: .*\/other \(tmux.socket_name from flag\)$/,
    );
    expect(line(await doctor(world), 'inside tmux', 'pass').found).toMatch(
      /^no; talks to .*socket_name from environment/,
    );
  });
});

describe('doctor finds in tmux', () => {
  it('that there is none', async () => {
    const empty = join(world.folder, 'only-sh');
    mkdirSync(empty);
    symlinkSync('/bin/sh', join(empty, 'sh'));
    const found = await doctor(having(world, { PATH: empty }));
    expect(failures(found)).toEqual(['tmux']);
    expect(line(found, 'tmux', 'fail').advice).toMatch(/^Install tmux 3\.2 or newer.*apt-get install tmux.*PATH/);
    // What cannot be looked at without it is left out, the rest is not.
    expect(found.checks.map(({ check }) => check)).toEqual(['node', 'tmux', 'locale', 'config', 'home', 'state folder', 'shells']);
    expect(line(found, 'shells', 'pass').found).toMatch(/^sh; yours is/);
  }); // prettier-ignore

  it('that it is too old', async () => {
    const found = await doctor(withOtherTmux(world, versioned('3.1c')));
    expect(failures(found)).toEqual(['tmux']);
    expect(line(found, 'tmux', 'fail')).toMatchObject({ found: expect.stringMatching(/^3\.1c, \/.*needs 3\.2$/), advice: expect.stringContaining('3.2 or newer') }); // prettier-ignore
  });

  it.each([
    ['3.3a', /CVE-2022-47016.*dead pane.*select-layout/],
    ['3.5a', /CVE-2026-11623/],
    ['3.6a', /format.*%exit/],
    ['openbsd-7.6', /no release number/],
  ])('what is known of %s', async (version, says) => {
    const found = await doctor(withOtherTmux(world, versioned(version)));
    expect(found.code).toBe(0);
    const warning = line(found, 'tmux', 'warn');
    expect(warning.found).toMatch(says);
    expect(warning.advice).toMatch(/3\.7|3\.2/);
  });

  it('that the running server is of another version', async () => {
    await world.tmux('new-session', '-d', '-s', 'work', 'sleep 1000');
    const found = await doctor(withOtherTmux(world, versioned('9.9')));
    const warning = line(found, 'tmux server', 'warn');
    expect(warning.found).toContain('the tmux program is 9.9');
    expect(warning.advice).toContain(`tmux -L ${world.socketName} kill-server`);
  });

  it('that it hangs, within bounded time', async () => {
    const silent = await doctor(withOtherTmux(world, 'exec sleep 60'));
    expect(failures(silent)).toEqual(['tmux']);
    expect(line(silent, 'tmux', 'fail').advice).toContain('tmux -V');
    expect(silent.ms).toBeLessThan(15_000);
    const half = await doctor(withOtherTmux(world, `${versioned('3.7')}\nexec sleep 60`));
    expect(failures(half)).toEqual(['tmux server']);
    expect(line(half, 'tmux server', 'fail').advice).toContain('list-sessions');
    expect(half.ms).toBeLessThan(20_000);
  });

  it('a server that is stopped, and how it goes on', async () => {
    await world.tmux('new-session', '-d', '-s', 'work', 'sleep 1000');
    const pid = await world.tmux('display-message', '-p', '#{pid}');
    process.kill(Number(pid), 'SIGSTOP');
    try {
      const found = await doctor(world);
      expect(failures(found)).toEqual(['tmux server']);
      expect(line(found, 'tmux server', 'fail')).toMatchObject({ found: `process ${pid} is stopped, so it answers nothing`, advice: `Let it go on: kill -CONT ${pid}` }); // prettier-ignore
      expect(found.ms).toBeLessThan(20_000);
    } finally {
      process.kill(Number(pid), 'SIGCONT');
    }
  });

  it('that no session may be attached, or that there is none', async () => {
    await world.tmux('new-session', '-d', '-s', 'work', 'sleep 1000');
    await world.tmux('set-option', '-g', 'exit-empty', 'off');
    // Only an attached session outlives the option.
    const client = spawn('tmux', ['-L', world.socketName, '-C', 'attach-session', '-t', 'work'], { env: world.env });
    await until('the client', async () => (await world.tmux('list-clients')) !== '');
    await world.tmux('set-option', '-g', 'destroy-unattached', 'on');
    const warning = line(await doctor(world), 'control mode', 'warn');
    expect(warning.advice).toContain('destroy-unattached');
    expect(await world.tmux('list-sessions', '-F', '#{session_name}')).toBe('work');
    // tmux 3.3a may crash when a client takes its session with it, so the client leaves first.
    await world.tmux('set-option', '-g', 'destroy-unattached', 'off');
    client.stdin.end();
    await until('the client to leave', async () => (await world.tmux('list-clients')) === '');
    await world.tmux('kill-session', '-t', 'work');
    expect(line(await doctor(world), 'control mode', 'pass').found).toMatch(/no session/);
  });
});

describe('doctor finds at the socket', () => {
  /** A place for sockets with what is wrong in it. */
  function place(make: (folder: string, socket: string) => void): World {
    const tmpdir = join(world.folder, `t${String(readdirSync(world.folder).length)}`);
    const folder = join(tmpdir, `tmux-${String(process.getuid?.())}`);
    mkdirSync(tmpdir);
    mkdirSync(folder, { mode: 0o700 });
    make(folder, join(folder, world.socketName));
    return having(world, { TMUX_TMPDIR: tmpdir });
  }

  it('a folder that others may enter', async () => {
    const found = await doctor(place((folder) => chmodSync(folder, 0o755)));
    expect(failures(found)).toEqual(['socket']);
    expect(line(found, 'socket', 'fail')).toMatchObject({ found: expect.stringContaining('mode 0755'), advice: expect.stringMatching(/^Close the folder: chmod 700 \//) }); // prettier-ignore
  });

  it('a plain file, which it leaves alone', async () => {
    let path = '';
    const spoilt = place((_folder, socket) => {
      path = socket;
      writeFileSync(socket, 'precious');
    });
    const found = await doctor(spoilt);
    expect(failures(found)).toEqual(['socket']);
    expect(line(found, 'socket', 'fail')).toMatchObject({ found: `${path} is no socket`, advice: expect.stringContaining(`mv ${path} ${path}.old`) }); // prettier-ignore
    expect(existsSync(path)).toBe(true);
  });

  it.runIf(IS_ROOT)('a folder of another user', async () => {
    const found = await doctor(place((folder) => chownSync(folder, 65_534, 65_534)));
    expect(line(found, 'socket', 'fail')).toMatchObject({ found: expect.stringContaining('another user'), advice: expect.stringContaining('TMUX_TMPDIR') }); // prettier-ignore
  });

  it('a TMUX_TMPDIR that does not exist, and a path that is too long', async () => {
    const gone = await doctor(having(world, { TMUX_TMPDIR: join(world.folder, 'gone') }));
    expect(line(gone, 'socket', 'fail').advice).toMatch(/^Make the folder, or unset TMUX_TMPDIR: mkdir /);
    const long = join(world.folder, 'l'.repeat(60));
    mkdirSync(long);
    expect(line(await doctor(having(world, { TMUX_TMPDIR: long })), 'socket', 'fail').advice).toContain('shorter');
  });

  it.runIf(process.platform === 'linux')('that it was removed under a running server, and what brings it back', async () => {
    await world.tmux('new-session', '-d', '-s', 'work', 'sleep 1000');
    const pid = await world.tmux('display-message', '-p', '#{pid}');
    rmSync(world.socketPath);
    const failure = line(await doctor(world), 'socket', 'fail');
    expect(failure.advice).toBe(`Let it make the socket anew: kill -USR1 ${pid}`);
    process.kill(Number(pid), 'SIGUSR1');
    await until('the socket', () => existsSync(world.socketPath));
    expect(line(await doctor(world), 'tmux server', 'pass').found).toContain(pid);
  }); // prettier-ignore

  it('a TMUX of a server that is gone', async () => {
    const stale = having(world, { TMUX: join(dirname(world.socketPath), 'gone,1,0'), TMUX_ORC_TMUX_SOCKET_NAME: undefined }); // prettier-ignore
    expect(line(await doctor(stale), 'inside tmux', 'warn').advice).toContain('unset TMUX');
  });
});

describe('doctor finds in the surroundings', () => {
  it('a locale that is not UTF-8, or none', async () => {
    const found = await doctor(having(world, { LANG: 'C' }));
    expect(found.code).toBe(0);
    expect(line(found, 'locale', 'warn')).toMatchObject({ found: expect.stringMatching(/^LANG=C, which is not UTF-8/), advice: 'Set a UTF-8 one: export LANG=C.UTF-8' }); // prettier-ignore
    expect(line(await doctor(having(world, { LC_ALL: 'POSIX' })), 'locale', 'warn').advice).toContain('LC_ALL=C.UTF-8');
    expect(line(await doctor(having(world, { LANG: undefined })), 'locale', 'warn').found).toMatch(/^none is set/);
    expect(line(await doctor(having(world, { LANG: 'C', LC_CTYPE: 'de_DE.utf8' })), 'locale', 'pass').found).toBe('LC_CTYPE=de_DE.utf8'); // prettier-ignore
  });

  it('a config that is refused, and talks to the right server all the same', async () => {
    await world.tmux('new-session', '-d', '-s', 'work', 'sleep 1000');
    const found = await doctor(having(world, { TMUX_ORC_LOG_LEVEL: 'secret-loud' }));
    expect(failures(found)).toEqual(['config']);
    const failure = line(found, 'config', 'fail');
    expect(failure.found).toMatch(/TMUX_ORC_LOG_LEVEL.*one of debug, info, warn, error/);
    expect(failure.advice).toContain('TMUX_ORC_LOG_LEVEL');
    expect(JSON.stringify(found)).not.toContain('secret-loud');
    expect(line(found, 'socket', 'pass').found).toBe(world.socketPath);
    line(found, 'control mode', 'pass');
  });

  it('config files that are broken, or may not do what they want', async () => {
    const user = join(world.env.XDG_CONFIG_HOME!, 'tmux-orchestrator');
    const project = join(world.folder, '.tmux_orchestrator');
    for (const folder of [user, project]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(user, 'config.yaml'), 'log: {level: warn}\nsecurty: {}\n');
    writeFileSync(join(project, 'config.yaml'), 'security: {timeouts: {tmux_ms: 60000}}\n');
    const found = await doctor(world);
    expect(failures(found)).toEqual(['config', 'config']);
    const [first, second] = found.checks.filter(({ check }) => check === 'config');
    expect(first).toMatchObject({ found: expect.stringMatching(/config\.yaml: securty.*security/), advice: expect.stringContaining('config.yaml') }); // prettier-ignore
    expect(second).toMatchObject({ found: expect.stringContaining('tmux_ms'), advice: expect.stringContaining('tmux-orc config trust') }); // prettier-ignore
    writeFileSync(join(user, 'config.yaml'), 'log: {level: warn}\n');
    writeFileSync(join(project, 'config.yaml'), 'security: {timeouts: {tmux_ms: 4000}}\n');
    expect(line(await doctor(world), 'config', 'pass').found).toMatch(
      /, [0-9] settings changed, user file .*, project file .*config\.yaml \(not trusted, so it can only tighten\)$/,
    );
    writeFileSync(join(user, 'config.yaml'), '{');
    expect(line(await doctor(world), 'config', 'fail').found).toMatch(/config\.yaml: line [0-9]+/);
  });

  it('a flag that is refused', async () => {
    expect(failures(await doctor(world, ['--set', 'no.such.key=1']))).toEqual(['config']);
    expect(failures(await doctor(world, ['--socket-name', '../x']))).toEqual(['config']);
  });

  it('an unknown variable of ours', async () => {
    const found = await doctor(having(world, { TMUX_ORC_LOG_LEVLE: 'info' }));
    expect(found.code).toBe(0);
    const warning = line(found, 'config', 'warn');
    expect(warning.found).toMatch(/TMUX_ORC_LOG_LEVLE.*Did you mean "TMUX_ORC_LOG_LEVEL"/);
    expect(warning.advice).toContain('unset');
  });

  it('that there is no home', async () => {
    const found = await doctor(having(world, { HOME: undefined }));
    expect(found.code).toBe(0);
    expect(line(found, 'home', 'warn').advice).toMatch(/^Set HOME/);
    const empty = await doctor(having(world, { HOME: '', XDG_STATE_HOME: undefined }));
    expect(failures(empty)).toEqual(['home', 'state folder']);
    expect(line(await doctor(having(world, { HOME: '/no/such' })), 'home', 'fail').advice).toMatch(/^Set HOME/);
  });

  it('a shell that run_command does not know', async () => {
    const shell = join(world.folder, 'tcsh');
    writeFileSync(shell, '#!/bin/sh\n', { mode: 0o755 });
    const warning = line(await doctor(having(world, { SHELL: shell })), 'shells', 'warn');
    expect(warning.found).toMatch(/bash.*; yours is tcsh/);
    expect(warning.advice).toMatch(/tmux-orc session create NAME -- bash/);
  });
});

describe('doctor finds at the state folder', () => {
  it.each<[string, (folder: string) => void, 'warn' | 'fail', RegExp, RegExp]>([
    ['a symbolic link', (folder) => { symlinkSync(world.home, folder); }, 'fail', /symbolic link/, /real folder.*XDG_STATE_HOME/],
    ['a file', (folder) => { writeFileSync(folder, ''); }, 'fail', /no folder/, /mv /],
    ['mode 0755', (folder) => mkdirSync(folder, { mode: 0o755 }), 'warn', /0755.*read/, /chmod 700 \//],
    ['mode 0770', (folder) => { mkdirSync(folder); chmodSync(folder, 0o770); }, 'fail', /0770.*write/, /chmod 700 \//],
    ['read-only', (folder) => { mkdirSync(folder); chmodSync(folder, 0o500); }, 'fail', /0500.*not writable/, /chmod 700 \//],
  ])('%s', async (_name, make, verdict, says, advice) => {
    placeState(make);
    const finding = line(await doctor(world), 'state folder', verdict);
    expect(finding.found).toMatch(says);
    expect(finding.advice).toMatch(advice);
  }); // prettier-ignore

  it('no place for it', async () => {
    const file = join(world.folder, 'a-file');
    writeFileSync(file, '');
    const found = await doctor(having(world, { XDG_STATE_HOME: file }));
    expect(line(found, 'state folder', 'fail')).toMatchObject({ found: expect.stringMatching(/cannot be made: .*a-file is no folder/), advice: expect.stringContaining('XDG_STATE_HOME') }); // prettier-ignore
    expect(line(await doctor(having(world, { XDG_STATE_HOME: 'rel/ative' })), 'state folder', 'warn').advice).toContain('full path'); // prettier-ignore
  });

  it.runIf(IS_ROOT)('another owner', async () => {
    placeState((folder) => {
      mkdirSync(folder, { mode: 0o700 });
      chownSync(folder, 65_534, 65_534);
    });
    expect(line(await doctor(world), 'state folder', 'fail').found).toContain('another user');
  });
});

describe('the report of doctor', () => {
  it('is plain text on a pipe, advice below its finding', async () => {
    const { code, stdout } = await cli(having(world, { LANG: 'C' }), ['doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^pass {2}node +[0-9.]+; supported are \S+/);
    expect(stdout).toMatch(/\nwarn {2}locale +LANG=C, [^\n]{80,}\n +-> Set a UTF-8 one: export LANG=C.UTF-8\n/);
    expect(stdout).toMatch(/\n\n[0-9]+ pass, [12] warn, 0 fail\n$/);
    expect(stdout).not.toContain('\u001b');
    expect((await cli(world, ['doctor', '--help'])).stdout).toMatch(
      /Exit code: 0 without failures, 1 when something fails/,
    );
  });

  it('shows no secret and no terminal sequence of a name', async () => {
    const secret = 'a-value-of-the-environment';
    const changes = { MY_SERVICE_TOKEN: secret, XDG_STATE_HOME: join(world.home, `\u001b[31m${secret}`) };
    for (const argv of [['doctor'], ['doctor', '--json']]) {
      const { stdout } = await cli(having(world, changes), argv);
      expect(stdout).toMatch(/\[REDACTED:env:[0-9a-f]{4}\]/);
      expect(stdout).not.toContain(secret);
      expect(stdout).not.toMatch(/\u001b|\\u001b/);
    }
  });

  it.each([80, 120])('fits a terminal of %i columns, with colours unless NO_COLOR is set', async (columns) => {
    const show = async (name: string, no: string): Promise<string> => {
      const run = `LANG=C NO_COLOR=${no} '${process.execPath}' '${BIN}' doctor; echo; echo END; exec sleep 1000`;
      await world.tmux('new-session', '-d', '-s', name, '-x', String(columns), '-y', '60', run);
      // Detached sessions may be as large as they were made; the status line takes one row.
      const screen = (): Promise<string> => world.tmux('capture-pane', '-e', '-p', '-t', `${name}:`);
      return until('the end', async () => { const text = await screen(); return /END$/m.test(text) && text; }, 30_000);
    }; // prettier-ignore
    const coloured = await show('coloured', '');
    expect(coloured).toMatch(/\u001b\[33mwarn\u001b\[39m {2}locale/);
    const plain = await show('plain', '1');
    expect(plain).not.toContain('\u001b');
    const lines = plain.split('\n').map((text) => text.trimEnd());
    for (const text of lines) {
      expect(displayWidth(text)).toBeLessThanOrEqual(columns);
      // Every line is a finding, a further line below its text, or the end.
      expect(text).toMatch(/^(?:(?:pass|warn|fail) {2}\S.*| {20,}\S.*|[0-9]+ pass, .*|END|)$/);
    }
    expect(lines.filter((text) => / {2}locale /.test(text))).toHaveLength(1);
  });
});

describe('agent CLIs', () => {
  it('are looked for when that is asked, with their versions and what is known of these', async () => {
    const world = createWorld();
    try {
      const folder = join(world.home, 'programs');
      mkdirSync(folder);
      const said = { claude: '2.1.300 (Claude Code)', codex: 'codex-cli 9.9.9', pi: 'none' };
      for (const [name, text] of Object.entries(said)) {
        writeFileSync(join(folder, name), `#!/bin/sh\necho "${text}"\n`);
        chmodSync(join(folder, name), 0o755);
      }
      const there = { ...world, env: { ...world.env, PATH: `${folder}:${world.env.PATH ?? ''}` } };
      const { checks } = await doctor(there, ['--agents']);
      const of = (id: string): Finding | undefined => checks.find(({ check }) => check === `agent ${id}`);
      expect(of('claude')).toMatchObject({ verdict: 'pass', found: expect.stringMatching(/^2\.1\.300, .*claude$/) });
      expect(of('codex')).toMatchObject({ verdict: 'warn', found: expect.stringContaining('9.9.9') });
      expect(of('pi')).toMatchObject({ verdict: 'warn', found: expect.stringContaining('does not tell its version') });
      expect(of('qwen')).toMatchObject({ verdict: 'pass', found: 'not installed' });
      expect((await doctor(there)).checks.some(({ check }) => check.startsWith('agent'))).toBe(false);
    } finally {
      await world.close();
    }
  });
});
