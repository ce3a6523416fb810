import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEPCRUISE = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const TIMEOUT_MS = 120_000;

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string; readonly severity: string };
}
interface Cruise {
  readonly summary: { readonly violations: readonly Violation[]; readonly totalCruised: number };
}

async function cruise(folder: string): Promise<Cruise> {
  const argv = [DEPCRUISE, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const { stdout } = await run(process.execPath, argv, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as Cruise;
}

interface Plant {
  readonly what: string;
  /** File to its text; the first is the one that breaks a rule. */
  readonly files: Readonly<Record<string, string>>;
  readonly rules: readonly string[];
}
const one = (what: string, file: string, text: string, ...rules: string[]): Plant => ({
  what,
  files: { [file]: text },
  rules,
});
const importing = (module: string): string => `import * as planted from '${module}';\nexport default planted;\n`;
const typesOf = (module: string, name: string): string =>
  `import type { ${name} } from '${module}';\nexport type Planted = ${name};\n`;

/** Each breaks exactly the rules that it names. */
const FORBIDDEN: readonly Plant[] = [
  one('the kernel imports tmux', 'kernel/a1.ts', importing('../tmux/encode.js'), 'layer-kernel'),
  one('the kernel imports the config', 'kernel/a2.ts', importing('../config/schema.js'), 'layer-kernel'),
  one('even types alone', 'kernel/a3.ts', typesOf('../tmux/tmux.js', 'Tmux'), 'layer-kernel'),
  one('exec imports tmux', 'exec/b1.ts', importing('../tmux/encode.js'), 'layer-exec'),
  one('the config imports exec', 'config/b2.ts', importing('../exec/find-binary.js'), 'layer-config'),
  one('tmux imports the rings', 'tmux/c1.ts', importing('../security/ring.js'), 'layer-tmux'),
  one('tmux imports operations', 'tmux/control/c2.ts', importing('../../operations/paging.js'), 'layer-tmux'),
  one('sanitizers import the rings', 'security/text/d1.ts', importing('../ring.js'), 'layer-security-text'),
  one(
    'sanitizers import the config',
    'security/text/d2.ts',
    importing('../../config/schema.js'),
    'layer-security-text',
  ),
  one('the rings import tmux', 'security/outer/d3.ts', importing('../../tmux/encode.js'), 'layer-security'),
  one(
    'the rings import operations',
    'security/inner/d4.ts',
    typesOf('../../operations/view.js', 'View'),
    'layer-security',
  ),
  one('operations run code of tmux', 'operations/e1.ts', importing('../tmux/create-tmux.js'), 'layer-operations'),
  one('operations run code of the config', 'operations/e2.ts', importing('../config/load.js'), 'layer-operations'),
  one('operations import types of the app', 'operations/e3.ts', typesOf('../app/dispatcher.js', 'Dispatcher'), 'operations-types-of-services-only'), // prettier-ignore
  one('operations import exec', 'operations/e4.ts', importing('../exec/run-process.js'), 'layer-operations', 'operations-types-of-services-only'), // prettier-ignore
  one('the app imports a surface', 'app/f1.ts', importing('../mcp/instructions.js'), 'layer-app'),
  one('MCP imports tmux', 'mcp/g1.ts', importing('../tmux/encode.js'), 'layer-mcp'),
  one('MCP imports the command line', 'mcp/g2.ts', importing('../cli/parameters.js'), 'layer-mcp'),
  one('the command line imports tmux', 'cli/h1.ts', importing('../tmux/encode.js'), 'layer-cli'),
  one('the command line imports MCP before it is needed', 'cli/h2.ts', importing('../mcp/instructions.js'), 'cli-loads-surfaces-on-demand'), // prettier-ignore
  one('execa outside of exec', 'tmux/i1.ts', importing('execa'), 'package-execa'),
  one(
    'execa on demand outside of exec',
    'tmux/i2.ts',
    "export const planted = () => import('execa');\n",
    'package-execa',
  ),
  one('the MCP SDK outside of mcp', 'app/i3.ts', importing('@modelcontextprotocol/server'), 'package--modelcontextprotocol-server'), // prettier-ignore
  one('a part of the MCP SDK', 'cli/i4.ts', importing('@modelcontextprotocol/server/stdio'), 'package--modelcontextprotocol-server'), // prettier-ignore
  one('commander outside of cli', 'mcp/i5.ts', importing('commander'), 'package-commander'),
  one('the database outside of store', 'app/i6.ts', importing('libsql'), 'package-libsql'),
  one('pino outside of log', 'app/i9.ts', importing('pino'), 'package-pino'),
  one('the log imports the rings', 'log/d5.ts', importing('../security/ring.js'), 'layer-log'),
  one('cosmiconfig outside of config', 'app/i7.ts', importing('cosmiconfig'), 'package-cosmiconfig'),
  one('lru-cache outside of monitor', 'app/i8.ts', importing('lru-cache'), 'package-lru-cache'),
  one('processes outside of exec', 'tmux/j1.ts', importing('node:child_process'), 'processes-only-in-exec'),
  one('processes by their old name', 'cli/j2.ts', importing('child_process'), 'processes-only-in-exec'),
  one('threads', 'app/j3.ts', importing('node:worker_threads'), 'processes-only-in-exec'),
  one('code of the tests', 'kernel/k1.ts', importing('../../tests/planted.js'), 'src-needs-no-tests'),
  one('an unknown top folder', 'helpers/l1.ts', importing('../kernel/text.js'), 'known-folders'),
  one('a file beside the folders', 'l2.ts', importing('./kernel/text.js'), 'known-folders'),
  one('a file that nothing needs', 'kernel/m1.ts', 'export const planted = 1;\n', 'no-orphans'),
  {
    what: 'a cycle',
    files: { 'kernel/n1.ts': importing('./n2.js'), 'kernel/n2.ts': importing('./n1.js') },
    rules: ['no-cycles'],
  },
  {
    what: 'a cycle of types',
    files: { 'config/n3.ts': `${typesOf('./n4.js', 'B')}export type A = 1;\n`, 'config/n4.ts': `${typesOf('./n3.js', 'A')}export type B = 1;\n` }, // prettier-ignore
    rules: ['no-cycles'],
  },
];

/** And what looks like them, but is right. */
const ALLOWED: readonly Plant[] = [
  one('operations name types of services', 'operations/z1.ts', typesOf('../tmux/tmux.js', 'Tmux')),
  one('operations resolve targets', 'operations/z2.ts', importing('../tmux/resolve.js')),
  one('operations use sanitizers', 'operations/z3.ts', importing('../security/text/keys.js')),
  one('the command line loads MCP on demand', 'cli/z4.ts', "export const planted = () => import('../mcp/instructions.js');\n"), // prettier-ignore
  one('exec starts processes', 'exec/z5.ts', `${importing('node:child_process')}export * from 'execa';\n`),
  one('MCP uses its SDK', 'mcp/z6.ts', importing('@modelcontextprotocol/server')),
  one(
    'folders that do not exist yet',
    'agents/z7.ts',
    `${importing('../tmux/encode.js')}export * from '../store/z8.js';\n`,
  ),
  one('a store with its database', 'store/z8.ts', `${importing('libsql')}export * from '../kernel/text.js';\n`),
];

describe('who may import whom', () => {
  let folder: string;
  let violations: readonly Violation[];

  beforeAll(async () => {
    // Everything is planted at once, in a copy: one look at it takes seconds.
    folder = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/tmp', 'layers-'));
    cpSync(join(ROOT, 'src'), join(folder, 'src'), { recursive: true });
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'])
      cpSync(join(ROOT, file), join(folder, file));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const files = [...FORBIDDEN, ...ALLOWED].flatMap((plant) => Object.entries(plant.files));
    for (const [file, text] of [...files, ['../tests/planted.ts', 'export const planted = 1;\n'] as const]) {
      const path = join(folder, 'src', file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    ({ violations } = (await cruise(folder)).summary);
  }, TIMEOUT_MS);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const brokenBy = ({ files }: Plant): string[] => {
    const paths = Object.keys(files).map((file) => `src/${file}`);
    const broken = violations.filter(({ from }) => paths.includes(from));
    expect(broken.every(({ rule }) => rule.severity === 'error')).toBe(true);
    return [...new Set(broken.map(({ rule }) => rule.name))].sort();
  };

  it.each(FORBIDDEN)('refuses: $what', (plant) => {
    expect(brokenBy(plant)).toEqual([...plant.rules].sort());
  });

  it.each(ALLOWED)('allows: $what', (plant) => {
    expect(brokenBy(plant)).toEqual([]);
  });

  it('finds nothing else in the copy', () => {
    const planted = FORBIDDEN.flatMap(({ files }) => Object.keys(files).map((file) => `src/${file}`));
    expect(violations.filter(({ from }) => !planted.includes(from))).toEqual([]);
  });

  it(
    'finds nothing in the real sources',
    async () => {
      const { summary } = await cruise(ROOT);
      expect(summary.violations).toEqual([]);
      expect(summary.totalCruised).toBeGreaterThan(50);
    },
    TIMEOUT_MS,
  );
});
