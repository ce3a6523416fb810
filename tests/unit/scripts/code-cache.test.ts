import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);
let folder: string;
let cache: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'orc-cache-'));
  for (const name of ['bin', 'dist', 'package.json']) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const out = join(folder, 'dist/cli');
  cache = join(
    out,
    readdirSync(out).find((name) => name.endsWith('.cache'))!,
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const env = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, HOME: folder, TMUX_TMPDIR: folder });

/** Whether the program runs, and whether V8 refused the cache. */
async function start(): Promise<{ readonly version: string; readonly rejected: string }> {
  const { stdout } = await run(process.execPath, [join(folder, 'bin/tmux-orc.js'), '--version'], { env: env() });
  const script = `import('${folder}/dist/cli/main.js').then(({ script }) => console.log(script.cachedDataRejected))`;
  const looked = await run(process.execPath, ['-e', script], { env: env() });
  return { version: stdout.trim(), rejected: looked.stdout.trim() };
}

describe('the code cache of the build', () => {
  it('is what V8 takes, made by the same Node', async () => {
    rmSync(cache);
    await run(
      process.execPath,
      [join(ROOT, 'scripts/build/code-cache.mjs'), join(folder, 'dist/cli/main.cjs'), cache],
      { env: env() },
    );
    expect(await start()).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string, rejected: 'false' });
  });

  it('is not needed: damaged or gone, the program starts all the same', async () => {
    writeFileSync(cache, 'no cache');
    expect((await start()).rejected).toBe('true');
    rmSync(cache);
    expect((await start()).version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
