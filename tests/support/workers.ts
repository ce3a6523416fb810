import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { WorkerArguments } from './limit-worker.js';

export interface Worker {
  readonly child: ChildProcess;
  /** What it has printed so far, a value a line. */
  readonly lines: unknown[];
  readonly ready: Promise<void>;
  /** Lets it begin. */
  readonly go: () => void;
  readonly ended: Promise<void>;
}

/** Starts real processes of a file in tests/support. */
export interface Workers<Arguments> {
  readonly start: (given: Arguments) => Worker;
  readonly close: () => void;
}

export async function createWorkers<Arguments = WorkerArguments>(
  entry = 'limit-worker.ts',
): Promise<Workers<Arguments>> {
  const folder = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/nowhere', 'b-'));
  const outfile = join(folder, 'worker.mjs');
  const driver = pathToFileURL(createRequire(import.meta.url).resolve('libsql')).href;
  await build({
    ...{ entryPoints: [fileURLToPath(new URL(entry, import.meta.url))], outfile, bundle: true },
    ...{ format: 'esm', platform: 'node', target: 'node20', logLevel: 'warning' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    // It is native, and there is no node_modules above the bundle.
    plugins: [
      {
        name: 'driver',
        setup: (plugin) => {
          plugin.onResolve({ filter: /^libsql$/ }, () => ({ path: driver, external: true }));
        },
      },
    ],
  });
  return {
    start: (given) => {
      const child = spawn(process.execPath, [outfile, JSON.stringify(given)], { stdio: ['pipe', 'pipe', 'inherit'] });
      const lines: unknown[] = [];
      let isReady = (): void => undefined;
      const ready = new Promise<void>((resolve) => (isReady = resolve));
      createInterface(child.stdout).on('line', (text) => {
        const value: unknown = JSON.parse(text);
        if (value === 'ready') isReady();
        else lines.push(value);
      });
      const ended = new Promise<void>((resolve) => child.once('close', () => { resolve(); })); // prettier-ignore
      return { child, lines, ready, ended, go: () => child.stdin.write('go\n') };
    },
    close: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
