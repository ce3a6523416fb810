import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../../scripts/with-node', import.meta.url));
const MANIFEST = fileURLToPath(new URL('../../../package.json', import.meta.url));

let folder = '';

function program(name: string, text: string): void {
  const file = join(folder, 'bin', name);
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

/** Stands in for npm: notes its arguments, and makes a package whose Node only prints the version it was asked for. */
const NPM = `#!/bin/sh
printf '%s\\n' "$*" >>"$NOTES"
[ -n "$FAILS" ] && exit 1
for word; do package=$word; done
bin="$3/node_modules/\${package%@*}/bin"
mkdir -p "$bin"
printf '#!/bin/sh\\necho "v%s"\\n' "\${SAYS:-\${package##*@}}" >"$bin/node"
chmod +x "$bin/node"
`;

beforeEach(() => {
  folder = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '', 'with-node-'));
  mkdirSync(join(folder, 'bin'));
  program('npm', NPM);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const cache = (): string => join(folder, 'cache', 'tmux-orchestrator');
const notes = (): string[] => {
  const file = join(folder, 'notes');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
};

function withNode(
  argv: readonly string[],
  env: Record<string, string> = {},
): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(SCRIPT, argv, {
    encoding: 'utf8',
    env: {
      PATH: `${join(folder, 'bin')}:${join(process.execPath, '..')}:/usr/bin:/bin`,
      HOME: folder,
      XDG_CACHE_HOME: join(folder, 'cache'),
      NOTES: join(folder, 'notes'),
      ...env,
    },
  });
  return { code: status, stdout, stderr };
}

describe('with-node', () => {
  it.each(['22', '24'])('installs Node %s once, without scripts, and puts it first on PATH', (major) => {
    const first = withNode([major, 'sh', '-c', 'node --version; exit 7']);
    expect(first.code).toBe(7);
    expect(first.stdout).toMatch(new RegExp(`^v${major}\\.\\d+\\.\\d+\\n$`));
    expect(withNode([major, 'node', '--version'])).toEqual({ code: 0, stdout: first.stdout, stderr: '' });
    expect(notes()).toHaveLength(1);
    const version = first.stdout.trim().slice(1);
    expect(notes()[0]).toMatch(/ --ignore-scripts /);
    expect(notes()[0]).toMatch(new RegExp(`node-\\S+@${version.replaceAll('.', '\\.')}$`));
    expect(readdirSync(cache())).toEqual([`node-${version}-${process.platform}-${process.arch}`]);
  });

  it('runs a command with each, until one fails', () => {
    const { code, stdout } = withNode(['all', 'node', '--version']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^v22\.[\d.]+\nv24\.[\d.]+\n$/) });
    const failed = withNode(['all', 'sh', '-c', 'node --version; exit 3']);
    expect(failed.code).toBe(3);
    expect(failed.stdout).toMatch(/^v22\.[\d.]+\n$/);
  });

  it('pins versions that package.json allows', () => {
    const { engines } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { engines: { node: string } };
    expect(engines.node).toContain('^22.13');
    const [, minor] = withNode(['22', 'node', '--version']).stdout.split('.').map(Number);
    expect(minor).toBeGreaterThanOrEqual(13);
  });

  it('leaves nothing behind when npm fails or the program is another one', () => {
    const failed = withNode(['22', 'true'], { FAILS: '1' });
    expect(failed.code).toBe(2);
    expect(failed.stderr).toContain('npm could not install node-');
    const other = withNode(['22', 'true'], { SAYS: '1.0.0' });
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('does not run here');
    expect(readdirSync(cache())).toEqual([]);
  });

  it('takes a cache that is half there for none', () => {
    const broken = join(
      cache(),
      `node-${withNode(['22', 'node', '--version']).stdout.trim().slice(1)}-${process.platform}-${process.arch}`,
    );
    rmSync(join(broken, 'node_modules'), { recursive: true });
    expect(withNode(['22', 'node', '--version']).stdout).toMatch(/^v22\./);
    expect(notes()).toHaveLength(2);
  });

  it.each([[[]], [['22']], [['21', 'true']], [['toString', 'true']]])('refuses %j', (argv) => {
    const { code, stderr } = withNode(argv);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'Usage: scripts/with-node 22|24|all COMMAND [ARGUMENT...]\n' });
    expect(notes()).toEqual([]);
  });

  it('says when the command is not there', () => {
    const { code, stderr } = withNode(['22', 'no-such-program']);
    expect(code).toBe(127);
    expect(stderr).toContain('no-such-program');
  });
});
