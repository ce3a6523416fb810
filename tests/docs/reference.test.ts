import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandLine, exampleOf } from '../../scripts/reference/examples.js';
import { pages, rootFiles } from '../../scripts/reference/entry.js';
import { fieldsOf, schemaOf } from '../../scripts/reference/schema-text.js';
import { buildCommands } from '../../src/cli/command-tree.js';
import { configLeaves } from '../../src/config/leaves.js';
import { loadConfig } from '../../src/config/load.js';
import { configSchema } from '../../src/config/schema.js';
import { ERROR_CODES } from '../../src/kernel/errors.js';
import type { Operation } from '../../src/operations/define-operation.js';
import { operations } from '../../src/operations/index.js';
import { ROOT } from './markdown.js';

const FOLDER = join(ROOT, 'docs', 'reference');
const SLOW_MS = 60_000;

function generate(...argv: string[]): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts', 'generate-reference.mjs'), ...argv], {
    encoding: 'utf8',
    cwd: ROOT,
  }); // prettier-ignore
  return { code: status, output: stdout + stderr };
}

describe('the reference', () => {
  let made: Record<string, string>;
  beforeAll(async () => {
    made = await pages(ROOT);
  });

  it('is what the definitions make of it', async () => {
    expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(made).sort());
    for (const [name, text] of Object.entries(made))
      expect(readFileSync(join(FOLDER, name), 'utf8'), `${name}: npm run reference`).toBe(text);
    expect(await pages(ROOT)).toEqual(made);
  });

  it('and .env.example is, which sets nothing and has every setting in a form that is read', async () => {
    const text = readFileSync(join(ROOT, '.env.example'), 'utf8');
    expect(rootFiles(ROOT), 'npm run reference').toEqual({ '.env.example': text });
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('# ') && line !== '#')).toEqual([]);
    expect(text).toContain('tmux-orc reads no .env file');
    const set = spawnSync('sh', ['-c', `set -a\n${text.replaceAll(/^# (?=TMUX_ORC_)/gm, '')}\nenv -0`], { env: {}, encoding: 'utf8' }); // prettier-ignore
    const variables = set.stdout.split('\0').map((line) => line.split(/=(.*)/s).slice(0, 2));
    const env = Object.fromEntries(variables.filter(([name]) => name?.startsWith('TMUX_ORC_')));
    expect(Object.keys(env).sort()).toEqual(
      configLeaves()
        .map((leaf) => leaf.env)
        .sort(),
    );
    const { TMUX_ORC_TMUX_SOCKET_PATH: _path, ...others } = env;
    const { config } = await loadConfig({ env: { HOME: '/nowhere', ...others }, flags: {}, cwd: '/nowhere' });
    expect(config).toEqual(configSchema.parse({}));
  });

  it('has everything', () => {
    for (const { name, cli } of operations) {
      expect(made['tools.md']).toContain(`\n## ${name}\n`);
      expect(made['cli.md']).toMatch(new RegExp(`^###+ ${cli.path.join(' ')}$`, 'm'));
    }
    expect(made['cli.md']).toContain('\n### serve\n');
    for (const { path, env } of configLeaves()) {
      expect(made['config.md']).toContain(`| \`${path}\` |`);
      expect(made['environment.md']).toContain(`| \`${env}\` | \`${path}\` |`);
    }
    for (const code of Object.keys(ERROR_CODES)) expect(made['errors.md']).toContain(`| \`${code}\` |`);
    for (const name of ['PATH', 'HOME', 'TMUX', 'TMUX_TMPDIR', 'XDG_STATE_HOME', 'NO_COLOR'])
      expect(made['environment.md']).toContain(`| \`${name}\` |`);
  });

  it('describes every parameter', () => {
    const bare = operations.flatMap(({ name, input }) =>
      fieldsOf(schemaOf(input, 'input'))
        .filter(({ schema }) => (schema.description ?? '') === '')
        .map(({ path }) => `${name}: ${path}`),
    );
    expect(bare).toEqual([]);
  });
});

/** What a command line makes of its words. */
async function argumentsOf(words: readonly string[]): Promise<unknown> {
  const program = new Command('tmux-orc').exitOverride();
  let given: unknown;
  const { argv } = buildCommands(program, operations, words, async (_operation, args) => {
    given = args;
  });
  await program.parseAsync(argv, { from: 'user' });
  return given;
}

describe('examples', () => {
  it.each(operations.map((operation): [string, Operation] => [operation.name, operation]))(
    'of %s: the call fits, and the command line is the same call',
    async (_name, operation) => {
      const args = exampleOf(operation);
      expect(args, 'no example could be made: add a value to scripts/reference/examples.ts').toBeDefined();
      const [program, ...words] = commandLine(operation, args!);
      expect(program).toBe('tmux-orc');
      expect(await argumentsOf(words)).toEqual(args);
    },
  );
});

describe('generate-reference', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '', 'reference-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('writes what is missing or old, and --check names it', { timeout: SLOW_MS }, () => {
    expect(generate('--out', folder).code).toBe(0);
    expect(generate('--check', '--out', folder)).toEqual({ code: 0, output: '' });
    writeFileSync(join(folder, 'tools.md'), '# Other tools\n');
    writeFileSync(join(folder, 'old.md'), '# Old\n');
    rmSync(join(folder, 'cli.md'));
    const { code, output } = generate('--check', '--out', folder);
    expect(code).toBe(1);
    expect(output).toContain('@@ line 1 @@\n-# Other tools\n+# Tools\n');
    expect(output).toMatch(/^\+\+\+ .*cli\.md$/m);
    expect(output).toMatch(/Out of date: tools\.md, cli\.md, old\.md\. Run: npm run reference\n$/);
    expect(readFileSync(join(folder, 'tools.md'), 'utf8')).toBe('# Other tools\n');
    generate('--out', folder);
    expect(readdirSync(folder).sort()).toEqual(readdirSync(FOLDER).sort());
  });

  it('refuses what it does not know', () => {
    expect(generate('--chekc')).toMatchObject({ code: 2, output: expect.stringContaining('Usage: npm run reference') });
  });
});
