import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { engineProblem, satisfiesEngines } from '../../../scripts/bootstrap/engines.mjs';
import { lockPath, withLock } from '../../../scripts/bootstrap/lock.mjs';
import { isInstalled, npmCommand } from '../../../scripts/bootstrap/packages.mjs';
import {
  choosePackageManager,
  commandForUser,
  installCommands,
  isTmuxNewEnough,
  parseOsRelease,
  parseTmuxVersion,
} from '../../../scripts/bootstrap/plan.mjs';
import { findOnPath } from '../../../scripts/bootstrap/run.mjs';
import { ensurePrograms } from '../../../scripts/bootstrap/system.mjs';

const SCRIPTS = fileURLToPath(new URL('../../../scripts', import.meta.url));
const ENGINES = '^20.19 || ^22.13 || >=24';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bootstrap-test-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(script: string, args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [script, ...args], {
    env: { TMPDIR: directory, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, outcome };
}

describe('the Node version', () => {
  it.each([
    ['20.19.0', true],
    ['20.18.3', false],
    ['18.20.0', false],
    ['21.7.0', false],
    ['22.12.0', false],
    ['22.13.0', true],
    ['v22.20.1', true],
    ['23.11.0', false],
    ['24.0.0', true],
    ['26.1.0', true],
    ['25.0.0-nightly20250101', true],
  ])('%s: %s', (version, expected) => {
    expect(satisfiesEngines(version, ENGINES)).toBe(expected);
  });

  it.each(['~20.1', '20.x', '>=20 <21', '', '^0.12', '>20'])('refuses the range "%s"', (range) => {
    expect(() => satisfiesEngines('20.19.0', range)).toThrow(/cannot read/);
  });

  it('is reported with what was found and what is needed', () => {
    expect(engineProblem('18.1.0', ENGINES)).toMatch(/18\.1\.0.*\^20\.19 \|\| \^22\.13 \|\| >=24/);
    expect(engineProblem('24.1.0', ENGINES)).toBe('');
  });
});

describe('the plan', () => {
  it.each([
    ['tmux 3.3a', { major: 3, minor: 3 }, true],
    ['tmux 3.2\n', { major: 3, minor: 2 }, true],
    ['tmux 3.2-rc2', { major: 3, minor: 2 }, true],
    ['tmux next-3.6', { major: 3, minor: 6 }, true],
    ['tmux 3.10', { major: 3, minor: 10 }, true],
    ['tmux 4.0', { major: 4, minor: 0 }, true],
    ['tmux 3.1c', { major: 3, minor: 1 }, false],
    ['tmux 2.9a', { major: 2, minor: 9 }, false],
    ['tmux master', undefined, true],
    ['tmux openbsd-6.7', undefined, true],
  ])('reads %j', (text, version, enough) => {
    expect(parseTmuxVersion(text)).toEqual(version);
    expect(isTmuxNewEnough(version)).toBe(enough);
  });

  it('reads os-release', () => {
    const text = '# comment\nID=ubuntu\nID_LIKE="debian other"\r\nNAME=\'A B\'\n\nBROKEN\nEMPTY=\n';
    expect(parseOsRelease(text)).toEqual({
      ID: 'ubuntu',
      ID_LIKE: 'debian other',
      NAME: 'A B',
      EMPTY: '',
    });
  });

  it.each([
    ['linux', 'debian', '', 'apt-get'],
    ['linux', 'linuxmint', 'ubuntu debian', 'apt-get'],
    ['linux', 'rocky', 'rhel centos fedora', 'dnf'],
    ['linux', 'manjaro', 'arch', 'pacman'],
    ['linux', 'alpine', '', 'apk'],
    ['linux', 'plan9ish', 'inferno', undefined],
    ['linux', '', '', undefined],
    ['darwin', 'debian', '', 'brew'],
    ['win32', 'debian', '', undefined],
  ])('on %s with ID=%s ID_LIKE=%s uses %s', (platform, ID, ID_LIKE, expected) => {
    const system = { platform, osRelease: { ID, ID_LIKE } };
    expect(choosePackageManager({ ...system, has: () => true })).toBe(expected);
    expect(choosePackageManager({ ...system, has: () => false })).toBeUndefined();
  });

  it('becomes exact commands', () => {
    const root = { root: true, sudo: false };
    const sudo = { root: false, sudo: true };
    const install = ['apt-get', 'install', '-y', '--no-install-recommends', 'tmux', 'zsh'];
    expect(installCommands('apt-get', ['tmux', 'zsh'], root)).toEqual([['apt-get', 'update'], install]);
    expect(installCommands('apt-get', ['tmux', 'zsh'], sudo)).toEqual([
      ['sudo', '-n', 'apt-get', 'update'],
      ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive', ...install],
    ]);
    expect(installCommands('dnf', ['fish'], sudo)).toEqual([['sudo', '-n', 'dnf', 'install', '-y', 'fish']]);
    expect(installCommands('dnf', ['fish'], { root: false, sudo: false })).toEqual([]);
    expect(installCommands('brew', ['tmux'], sudo)).toEqual([['brew', 'install', 'tmux']]);
    expect(installCommands('brew', ['tmux'], root)).toEqual([]);
  });

  it('becomes one command for the user', () => {
    const names = ['tmux', 'zsh', 'fish'];
    expect(commandForUser('apt-get', names, { sudo: true })).toBe('sudo apt-get install -y tmux zsh fish');
    expect(commandForUser('apk', ['tmux'], { sudo: false })).toBe('apk add tmux');
    expect(commandForUser('brew', ['tmux'], { sudo: true })).toBe('brew install tmux');
  });
});

describe('ensurePrograms with fakes', () => {
  function fakeSystem(present: string[], failing: string[] = []) {
    const calls: string[] = [];
    const log = vi.fn();
    const system = {
      needs: ['tmux', 'zsh'],
      platform: 'linux',
      osRelease: { ID: 'debian' },
      root: true,
      env: {},
      log,
      find: (program: string) => (present.includes(program) ? `/bin/${program}` : undefined),
      run: async (argv: string[]) => {
        const command = argv.join(' ');
        calls.push(command);
        if (failing.includes(command)) return { ok: false, how: 'exit 7', output: 'it broke' };
        if (command.includes(' install ')) present.push('tmux', 'zsh');
        return { ok: true, how: 'exit 0', output: 'tmux 3.4' };
      },
    };
    return { system, calls, log };
  }

  it('does and says nothing when all is there', async () => {
    const { system, calls, log } = fakeSystem(['tmux', 'zsh', 'apt-get']);
    await ensurePrograms(system);
    expect(calls).toEqual(['/bin/tmux -V']);
    expect(log).not.toHaveBeenCalled();
  });

  it('goes on when only the update of the lists fails', async () => {
    const { system, calls, log } = fakeSystem(['apt-get', 'tmux'], ['apt-get update']);
    await ensurePrograms(system);
    expect(calls).toContain('apt-get install -y --no-install-recommends zsh');
    expect(log.mock.calls).toEqual([['Installing zsh with apt-get …']]);
  });

  it('replaces a tmux that does not run', async () => {
    const { system } = fakeSystem(['apt-get', 'tmux', 'zsh'], ['/bin/tmux -V']);
    await expect(ensurePrograms(system)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('/bin/tmux does not run (exit 7)'),
    });
  });
});

// Real processes: fake programs in a directory that is the whole PATH.
describe('on a fake machine', () => {
  const MANAGERS = ['apt-get', 'dnf', 'pacman', 'apk', 'brew'] as const;
  type Manager = (typeof MANAGERS)[number];
  const IDS: Record<Manager, string> = {
    'apt-get': 'ID=ubuntu\nID_LIKE=debian\n',
    dnf: 'ID="rocky"\nID_LIKE="rhel centos fedora"\n',
    pacman: 'ID=arch\n',
    apk: 'ID=alpine\n',
    brew: '',
  };
  const INSTALLS: Record<Manager, string> = {
    'apt-get': 'apt-get|install|-y|--no-install-recommends|tmux',
    dnf: 'dnf|install|-y|tmux',
    pacman: 'pacman|-Sy|--noconfirm|--needed|tmux',
    apk: 'apk|add|tmux',
    brew: 'brew|install|tmux',
  };
  const RECORD = '{ printf %s "${0##*/}"; printf "|%s" "$@"; echo; } >> "$RECORD"';

  interface Machine {
    manager: Manager | 'none';
    uid?: number;
    sudo?: 'works' | 'asks' | 'absent';
    tmux?: string;
    /** What the package manager installs. */
    offered?: string;
    fails?: boolean;
    args?: string[];
  }

  async function bootstrap(machine: Machine) {
    const { manager, uid = 0, sudo = 'absent', tmux, offered = 'tmux 3.4', fails } = machine;
    const bin = join(directory, 'bin');
    const record = join(directory, 'record');
    const spare = join(directory, 'tmux.spare');
    const osRelease = join(directory, 'os-release');
    mkdirSync(bin);
    const program = (name: string, ...lines: string[]) =>
      writeFileSync(join(bin, name), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });

    writeFileSync(record, '');
    writeFileSync(osRelease, manager === 'none' ? 'ID=other\n' : IDS[manager]);
    writeFileSync(spare, `#!/bin/sh\necho "${offered}"\n`, { mode: 0o755 });
    if (tmux !== undefined) program('tmux', `echo "${tmux}"`);
    for (const name of MANAGERS) {
      const install = fails
        ? ['echo "E: one"; echo "E: two" >&2; exit 100']
        : [`[ "$1" = update ] || "${findOnPath('mv', process.env.PATH)}" "${spare}" "${bin}/tmux"`];
      program(name, RECORD, 'echo "frontend=$DEBIAN_FRONTEND" >> "$RECORD.env"', ...install);
    }
    if (sudo !== 'absent') {
      const deny = 'echo "sudo: a password is required" >&2; exit 1';
      const allow = '[ "$2" = true ] && exit 0; shift; exec "$@"';
      program('sudo', RECORD, sudo === 'works' ? allow : deny);
    }
    symlinkSync(findOnPath('env', process.env.PATH) ?? '', join(bin, 'env'));

    const env = {
      PATH: bin,
      RECORD: record,
      TMUX_ORC_BOOTSTRAP_OS_RELEASE: osRelease,
      TMUX_ORC_BOOTSTRAP_UID: String(uid),
      TMUX_ORC_BOOTSTRAP_PLATFORM: manager === 'brew' ? 'darwin' : 'linux',
    };
    const args = machine.args ?? ['--for', 'demo', '--only', 'system'];
    const result = await start(join(SCRIPTS, 'bootstrap.mjs'), args, env).outcome;
    const calls = readFileSync(record, 'utf8').split('\n').filter(Boolean);
    const frontends = existsSync(`${record}.env`) ? readFileSync(`${record}.env`, 'utf8') : '';
    return { ...result, calls, frontends };
  }

  it.each(MANAGERS)('installs with %s', async (manager) => {
    const result = await bootstrap({ manager, uid: manager === 'brew' ? 501 : 0 });
    const before = manager === 'apt-get' ? ['apt-get|update'] : [];
    expect(result.calls).toEqual([...before, INSTALLS[manager]]);
    expect(result.stderr).toBe(`Installing tmux with ${manager} …\n`);
    expect(result.stdout).toBe('');
    expect(result.code).toBe(0);
  });

  it.each(['apt-get', 'dnf', 'pacman', 'apk'] as const)('uses sudo for %s', async (manager) => {
    const result = await bootstrap({ manager, uid: 1000, sudo: 'works' });
    const [install, ...before] = result.calls.toReversed();
    expect(install).toBe(INSTALLS[manager]);
    expect(before.toReversed()).toEqual(
      manager === 'apt-get'
        ? [
            'sudo|-n|true',
            'sudo|-n|apt-get|update',
            'apt-get|update',
            `sudo|-n|env|DEBIAN_FRONTEND=noninteractive|${INSTALLS[manager]}`,
          ]
        : ['sudo|-n|true', `sudo|-n|${INSTALLS[manager]}`],
    );
    expect(result.code).toBe(0);
  });

  it('keeps debconf from asking', async () => {
    const result = await bootstrap({ manager: 'apt-get' });
    expect(result.frontends).toContain('frontend=noninteractive');
  });

  it('names the one command when sudo would ask', async () => {
    const result = await bootstrap({ manager: 'apt-get', uid: 1000, sudo: 'asks' });
    expect(result.calls).toEqual(['sudo|-n|true']);
    expect(result.stderr).toMatch(/^tmux is missing\..*\n {2}sudo apt-get install -y tmux\n$/);
    expect(result.code).toBe(2);
  });

  it('names all missing programs of the tests in one command', async () => {
    const args = ['--for', 'test', '--only', 'system'];
    const result = await bootstrap({ manager: 'dnf', uid: 1000, tmux: 'tmux 3.4', args });
    expect(result.stderr).toMatch(/\n {2}dnf install -y bash dash zsh fish\n$/);
    expect(result.code).toBe(2);
  });

  it('does not run brew as root, nor with sudo', async () => {
    const result = await bootstrap({ manager: 'brew', uid: 0, sudo: 'works' });
    expect(result.calls).toEqual([]);
    expect(result.stderr).toMatch(/\n {2}brew install tmux\n$/);
    expect(result.code).toBe(2);
  });

  it('shows the output and the command when the package manager fails', async () => {
    const result = await bootstrap({ manager: 'pacman', fails: true });
    expect(result.stderr).toContain('(exit 100): pacman -Sy --noconfirm --needed tmux\n');
    expect(result.stderr).toContain('  E: one\n');
    expect(result.stderr).toContain('  E: two\n');
    expect(result.code).toBe(2);
  });

  it('replaces a tmux that is too old', async () => {
    const result = await bootstrap({ manager: 'apk', tmux: 'tmux 3.1c' });
    expect(result.calls).toEqual([INSTALLS.apk]);
    expect(result.code).toBe(0);
  });

  it('says so when the package manager has only an old tmux', async () => {
    const result = await bootstrap({ manager: 'dnf', tmux: 'tmux 2.9', offered: 'tmux 3.0a' });
    expect(result.calls).toEqual([INSTALLS.dnf]);
    expect(result.stderr).toMatch(/is tmux 3\.0a, and 3\.2 or newer is needed\. Install/);
    expect(result.code).toBe(2);
  });

  it('names what is missing on an unknown system', async () => {
    const result = await bootstrap({ manager: 'none' });
    expect(result.calls).toEqual([]);
    expect(result.stderr).toMatch(/install by hand: tmux\.\n$/);
    expect(result.code).toBe(2);
  });

  it('is silent when tmux is there', async () => {
    const result = await bootstrap({ manager: 'apt-get', tmux: 'tmux next-3.6' });
    expect(result).toMatchObject({ code: 0, stdout: '', stderr: '', calls: [] });
  });

  it('only tells with --check', async () => {
    const args = ['--for', 'demo', '--only', 'system', '--check'];
    const result = await bootstrap({ manager: 'apt-get', args });
    expect(result).toMatchObject({ code: 2, stdout: 'tmux is missing.\n', calls: [] });
  });

  it.each([[['--for', 'demo', '--bogus']], [['--for', 'lunch']], [[]], [['--for', 'demo', 'x']]])(
    'explains its use for %j',
    async (args) => {
      const result = await bootstrap({ manager: 'apt-get', args });
      expect(result.stderr).toMatch(/\nUsage: /);
      expect(result.code).toBe(2);
    },
  );
});

describe('the npm packages', () => {
  const linux = { platform: 'linux', arch: 'x64' };
  const wanted = {
    packages: {
      '': { version: '1.0.0' },
      'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
      'node_modules/a-linux': { version: '1.0.0', optional: true, os: ['linux'], cpu: ['x64'] },
      'node_modules/a-mac': { version: '1.0.0', optional: true, os: ['darwin'], cpu: ['x64'] },
      'node_modules/a-wasm-helper': { version: '1.0.0', optional: true },
    },
  };
  const a = wanted.packages['node_modules/a'];
  const aLinux = wanted.packages['node_modules/a-linux'];

  it.each([
    ['the same', { 'node_modules/a': a, 'node_modules/a-linux': aLinux }, true],
    ['a missing package', { 'node_modules/a-linux': aLinux }, false],
    ['a missing binary for this system', { 'node_modules/a': a }, false],
    ['another version', { 'node_modules/a': { ...a, version: '1.0.1' }, 'node_modules/a-linux': aLinux }, false],
    ['a package too many', { 'node_modules/a': a, 'node_modules/a-linux': aLinux, 'node_modules/b': a }, false],
  ])('compares the lockfiles: %s', (_name, packages, expected) => {
    expect(isInstalled(wanted, { packages }, linux)).toBe(expected);
  });

  it('come from the npm that runs us, and from no other package manager', () => {
    const ours = '/n/npm/bin/npm-cli.js';
    expect(npmCommand({ npm_execpath: ours })).toEqual([process.execPath, ours]);
    expect(npmCommand({ npm_execpath: '/n/pnpm/bin/pnpm.cjs' })).toEqual(['npm']);
    expect(npmCommand({})).toEqual(['npm']);
  });
});

// A copy of the scripts in a small project, with an npm and a build that only leave a trace.
describe('in a fake checkout', () => {
  let root = '';
  let script = '';
  let trace = '';
  let env: NodeJS.ProcessEnv = {};
  const BUILD = [
    "import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';",
    "appendFileSync(process.env.TRACE, 'build\\n');",
    "rmSync('dist', { recursive: true, force: true });",
    "mkdirSync('dist');",
    "writeFileSync('dist/out.js', '');",
  ].join('\n');
  const NPM = [
    "const { appendFileSync, mkdirSync, rmSync, writeFileSync } = require('node:fs');",
    "appendFileSync(process.env.TRACE, ['npm', ...process.argv.slice(2)].join(' ') + '\\n');",
    "rmSync('node_modules', { recursive: true, force: true });",
    "mkdirSync('node_modules');",
    "writeFileSync('node_modules/.package-lock.json', '{\"packages\":{}}');",
  ].join('\n');
  const CI = 'npm ci --include=dev --loglevel=error';

  beforeEach(() => {
    root = join(directory, 'checkout');
    script = join(root, 'scripts/bootstrap.mjs');
    trace = join(directory, 'trace');
    mkdirSync(join(root, 'src/inner'), { recursive: true });
    cpSync(join(SCRIPTS, 'bootstrap.mjs'), script);
    cpSync(join(SCRIPTS, 'bootstrap'), join(root, 'scripts/bootstrap'), { recursive: true });
    writeFileSync(join(root, 'scripts/build.mjs'), BUILD);
    writeFileSync(join(root, 'src/inner/a.ts'), 'one');
    writeFileSync(join(root, 'package-lock.json'), '{"packages":{}}');
    writeManifest('>=20');
    const npm = join(directory, 'npm-cli.js');
    writeFileSync(npm, NPM);
    writeFileSync(trace, '');
    env = { npm_execpath: npm, TRACE: trace, PATH: '' };
  });

  function writeManifest(node: string) {
    const manifest = { type: 'module', engines: { node } };
    writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  }
  const bootstrap = (...more: string[]) => start(script, ['--for', 'build', ...more], env).outcome;
  /** What was done since the last call. */
  const done = () => {
    const lines = readFileSync(trace, 'utf8').split('\n').filter(Boolean);
    writeFileSync(trace, '');
    return lines;
  };

  it('refuses an old Node before anything else', async () => {
    writeManifest('>=999');
    const result = await bootstrap('--bogus');
    expect(result.stderr).toBe(`Node ${process.versions.node} is not supported here: this project needs Node >=999.\n`);
    expect(result.code).toBe(2);
  });

  it('installs and builds once', async () => {
    expect(await bootstrap()).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Installing packages …\nBuilding …\n',
    });
    expect(done()).toEqual([CI, 'build']);
    expect(await bootstrap()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await bootstrap('--check')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(done()).toEqual([]);
    expect(readdirSync(directory).filter((name) => name.includes('.lock'))).toEqual([]);
  });

  it('changes nothing with --check', async () => {
    const result = await bootstrap('--check');
    expect(result.stdout.trim().split('\n')).toHaveLength(2);
    expect(result.code).toBe(2);
    expect(done()).toEqual([]);
    expect(existsSync(join(root, 'node_modules'))).toBe(false);
  });

  it('builds again for a new content, not for a new time', async () => {
    await bootstrap('--quiet');
    done();
    const source = join(root, 'src/inner/a.ts');
    utimesSync(source, 1000, 1000);
    expect(await bootstrap()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(done()).toEqual([]);
    writeFileSync(source, 'two');
    expect((await bootstrap()).stderr).toBe('Building …\n');
    rmSync(source);
    await bootstrap();
    rmSync(join(root, 'dist'), { recursive: true });
    await bootstrap();
    expect(done()).toEqual(['build', 'build', 'build']);
  });

  it('accepts packages that somebody else installed, and replaces others', async () => {
    mkdirSync(join(root, 'node_modules'));
    const installed = join(root, 'node_modules/.package-lock.json');
    writeFileSync(installed, '{"packages":{}}');
    await bootstrap();
    expect(done()).toEqual(['build']);
    writeFileSync(installed, '{"packages":{"node_modules/x":{"version":"1.0.0"}}}');
    utimesSync(installed, 4e9, 4e9);
    await bootstrap();
    expect(done()).toEqual([CI]);
  });

  it.each([
    ['npm-cli.js', 'Installing packages failed (exit 3)'],
    ['checkout/scripts/build.mjs', 'The build failed (exit 3)'],
  ])('shows the output of a failing %s, and tries again next time', async (file, title) => {
    const good = readFileSync(join(directory, file), 'utf8');
    writeFileSync(join(directory, file), "console.log('the reason'); process.exit(3);");
    const result = await bootstrap('--quiet');
    expect(result.stderr).toContain(title);
    expect(result.stderr).toContain('  the reason\n');
    expect(result.code).toBe(1);
    writeFileSync(join(directory, file), good);
    expect((await bootstrap()).code).toBe(0);
    expect(done()).toContain('build');
  });

  it('does the work once when started twice', async () => {
    const outcomes = await Promise.all([bootstrap(), bootstrap(), bootstrap()]);
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(done()).toEqual([CI, 'build']);
  });

  it('takes the lock over from a dead process', async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const lock = lockPath(root, directory);
    mkdirSync(lock);
    writeFileSync(join(lock, `${dead}-x`), '');
    expect((await bootstrap()).code).toBe(0);
    expect(existsSync(lock)).toBe(false);
  });

  it('waits for a live process, and stops waiting on a signal', async () => {
    const lock = lockPath(root, directory);
    mkdirSync(lock);
    writeFileSync(join(lock, `${process.pid}-x`), '');
    const { child, outcome } = start(script, ['--for', 'build'], env);
    child.stderr.once('data', () => child.kill('SIGTERM'));
    const result = await outcome;
    expect(result.stderr).toMatch(/^Waiting for another bootstrap .*\nStopped by SIGTERM\.\n$/);
    expect(result.code).toBe(143);
    expect(done()).toEqual([]);
    expect(existsSync(lock)).toBe(true);
  });

  it('gives up waiting in the end, and names the lock', async () => {
    const lock = lockPath(root, directory);
    mkdirSync(lock);
    writeFileSync(join(lock, `${process.pid}-x`), '');
    const work = vi.fn();
    const options = { signal: new AbortController().signal, log: vi.fn(), waitMs: 1 };
    await expect(withLock(lock, work, options)).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining(`remove ${lock}`),
    });
    expect(work).not.toHaveBeenCalled();
  });

  it('ends its child on SIGINT', async () => {
    const build =
      "import { appendFileSync } from 'node:fs';" +
      'appendFileSync(process.env.TRACE, `pid ${process.pid}\\n`); setInterval(() => {}, 1000);';
    writeFileSync(join(root, 'scripts/build.mjs'), build);
    const { child, outcome } = start(script, ['--for', 'build'], env);
    const pid = await vi.waitFor(
      () => Number(/^pid (\d+)\n/m.exec(readFileSync(trace, 'utf8'))?.[1] ?? expect.fail()),
      { timeout: 20_000 },
    );
    child.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 130 });
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    expect(readdirSync(directory).filter((name) => name.includes('.lock'))).toEqual([]);
  });
});
