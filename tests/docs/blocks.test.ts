import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { defaultLoaders } from 'cosmiconfig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { providerProblems } from '../../src/config/provider-problems.js';
import { configSchema } from '../../src/config/schema.js';
import { operations } from '../../src/operations/index.js';
import { BIN } from '../support/program.js';
import { createWorld, type World } from '../support/world.js';
import { type Block, documents, ROOT } from './markdown.js';
import { NOT_RUN } from './not-run.js';

/** Pages that people read; those of the reference are made from the definitions and tested with them. */
const PAGES = documents().filter(({ path }) => !path.startsWith(join('docs', 'reference')));
const BLOCKS = PAGES.flatMap(({ blocks }) => blocks);
/** Blocks that show something and are not meant to be copied. */
const SHOWN = new Set(['', 'text']);
const SHELL = new Set(['sh', 'bash']);
const DATA = new Set(['json', 'yaml']);

const mayRun = (block: Block): boolean => !NOT_RUN.includes(block.text);
const named = (blocks: readonly Block[]): [string, string][] => blocks.map(({ place, text }) => [place, text]);

/** Lines as the shell takes them: without comments, continued ones joined. */
const commands = (text: string): string[] =>
  text
    .replaceAll(/(?:\\|(?<=\|))\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

/** Everything else needs a decision: it could start anything on the machine that runs the tests. */
const HARMLESS =
  /^(?:(?:[A-Za-z_]+=\S* )*(?:if )?tmux-orc |[a-z_]+=|alias |export |echo |for |while |do |done|fi$|else )/;

/** Nobody has decided yet whether it can run. */
const isOpen = ({ language, text }: Block): boolean =>
  SHELL.has(language)
    ? !text.includes('tmux-orc') || commands(text).some((line) => !HARMLESS.test(line))
    : !DATA.has(language) && !SHOWN.has(language);

describe('code blocks', () => {
  it('are of a kind that is tested, or are listed as not run', () => {
    const open = BLOCKS.filter(mayRun).filter(isOpen);
    expect(open, 'make them run, or add them to tests/docs/not-run.ts').toEqual([]);
  });

  it('that are listed as not run are still there', () => {
    expect(NOT_RUN.filter((text) => !BLOCKS.some((block) => block.text === text))).toEqual([]);
  });
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the blocks of a page as one reader would: in order, in one shell, in which `tmux-orc` is a program. */
function runBlocks(world: World, blocks: readonly Block[]): Promise<Ended> {
  const programs = join(world.home, 'bin');
  mkdirSync(programs);
  symlinkSync(BIN, join(programs, 'tmux-orc'));
  symlinkSync(process.execPath, join(programs, 'node'));
  const script = blocks.map(({ place, text }) => `echo '== ${place}'\n${text}\n`).join('\n');
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-ec', `exec 2>&1\n${script}`], {
      cwd: world.folder,
      env: { ...world.env, PATH: `${programs}:${world.env.PATH ?? ''}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject).once('close', (code) => {
      resolve({ code, output });
    });
  });
}

const SLOW_MS = 180_000;

describe('shell blocks', () => {
  const pages = PAGES.map(({ path, blocks }) => ({
    path,
    blocks: blocks.filter((block) => SHELL.has(block.language) && mayRun(block) && !isOpen(block)),
  })).filter(({ blocks }) => blocks.length > 0);

  it.each(pages)('of $path work from top to bottom', { timeout: SLOW_MS }, async ({ blocks }) => {
    // What a reader is not asked about must not be asked here.
    const world = createWorld({ TMUX_ORC_SECURITY_RISK_RULES: '[]' });
    try {
      const { code, output } = await runBlocks(world, blocks);
      expect(code, output).toBe(0);
      expect(output).toContain(`== ${blocks.at(-1)!.place}`);
    } finally {
      await world.close();
    }
  });
});

/** An entry as Claude Desktop, Claude Code, Cursor and their kind read it. */
const entrySchema = z.strictObject({
  type: z.literal('stdio').optional(),
  command: z.string().min(1),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()).optional(),
});
const hostSchema = z.strictObject({ mcpServers: z.record(z.string(), entrySchema) });
const callSchema = z.strictObject({ name: z.string(), arguments: z.record(z.string(), z.unknown()) });

const here = (word: string): string => word.replace('/path/to/tmux-orchestrator', ROOT);

/** Starts a server as a host does and returns the name it gives itself. */
async function initialize(world: World, entry: z.output<typeof entrySchema>): Promise<unknown> {
  expect(entry.command).toBe('node');
  const child = spawn(process.execPath, entry.args.map(here), {
    env: { ...world.env, ...entry.env },
    cwd: world.folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'docs', version: '1' } };
  child.stdin.end(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`);
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += String(chunk);
  expect(await ended).toBe(0);
  return JSON.parse(output).result.serverInfo.name;
}

describe('json blocks', () => {
  let world: World;
  beforeAll(() => {
    world = createWorld();
  });
  afterAll(() => world.close());

  const blocks = BLOCKS.filter((block) => block.language === 'json' && mayRun(block));
  const parse = (text: string): any => JSON.parse(text);

  it.each(named(blocks))('%s is JSON', (_place, text) => {
    expect(() => parse(text)).not.toThrow();
  });

  it.each(named(blocks.filter(({ text }) => text.includes('"command"') && text.includes('"args"'))))(
    '%s is a host config whose servers start',
    async (_place, text) => {
      const { mcpServers } = hostSchema.parse(parse(text));
      for (const entry of Object.values(mcpServers)) expect(await initialize(world, entry)).toBe('tmux-orchestrator');
    },
  );

  it.each(named(blocks.filter(({ text }) => text.includes('"arguments"'))))(
    '%s is a call that fits',
    (_place, text) => {
      const call = callSchema.parse(parse(text));
      const operation = operations.find(({ name }) => name === call.name);
      expect(operation?.input.safeParse(call.arguments)).toMatchObject({ success: true });
    },
  );

  it.each(NOT_RUN.filter((text) => text.includes(' mcp add ')))('%s adds a server that starts', async (text) => {
    const [command = '', ...args] = text.slice(text.indexOf(' node ') + 1).split(' ');
    expect(await initialize(world, { command, args })).toBe('tmux-orchestrator');
  });
});

describe('yaml blocks', () => {
  const blocks = BLOCKS.filter((block) => block.language === 'yaml' && mayRun(block));
  const problems = (place: string, text: string): unknown =>
    configSchema.safeParse(defaultLoaders['.yaml'](place, text)).error?.issues;

  it('are held against the settings there are', () => {
    expect(problems('here', 'tmux:\n  scope: owned\nlog: { level: debug }\n')).toBeUndefined();
    expect(problems('here', 'tmux:\n  scoop: owned\n')).toMatchObject([{ code: 'unrecognized_keys' }]);
    expect(problems('here', 'mcp: { read_only: maybe }\n')).toMatchObject([{ code: 'invalid_type' }]);
  });

  it.each(named(blocks))('%s is a config', async (place, text) => {
    expect(problems(place, text)).toBeUndefined();
    expect(await providerProblems(configSchema.parse(defaultLoaders['.yaml'](place, text)), [])).toEqual([]);
  });
});
