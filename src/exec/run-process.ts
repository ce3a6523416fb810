import type { execa as Execa } from 'execa';
import type { Readable } from 'node:stream';
import type { Environment } from './clean-environment.js';
import { hasSpareDescriptors } from './spare-descriptors.js';
import { workingFolder } from './working-folder.js';

export interface RunOptions {
  readonly env: Environment;
  readonly cwd?: string;
  /** Bytes for the program's standard input; without it stdin is empty. */
  readonly input?: Uint8Array;
  readonly timeoutMs: number;
  /** Largest accepted output of each stream in bytes; more ends the program with outcome `too-large`. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RunResult {
  readonly outcome: 'exited' | 'timeout' | 'cancelled' | 'too-large' | 'not-started';
  /** Of the system, where it was not started: ENOENT for a program or a folder that is not there. */
  readonly code?: string | undefined;
  readonly exitCode: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
}

type Outcome = RunResult['outcome'];

const NO_DESCRIPTORS: RunResult = {
  ...{ outcome: 'not-started', exitCode: undefined, code: 'EMFILE' },
  ...{ stdout: Buffer.alloc(0), stderr: '' },
};

/** Keeps what a stream gives, up to a bound. */
function collect(stream: Readable, maxBytes: number, onTooLarge: () => void): () => Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) onTooLarge();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks);
}

/** Settles when a program has to be cut short; never, once `stop` was called. */
function watch(options: RunOptions): { cut: (why: Outcome) => void; wasCut: Promise<Outcome>; stop: () => void } {
  let cut: (why: Outcome) => void = () => undefined;
  const wasCut = new Promise<Outcome>((resolve) => (cut = resolve));
  const onAbort = (): void => {
    cut('cancelled');
  };
  const timer = setTimeout(cut, Math.max(1, options.timeoutMs), 'timeout');
  if (options.signal?.aborted === true) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const stop = (): void => {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  };
  return { cut, wasCut, stop };
}

async function run(
  execa: typeof Execa,
  file: string,
  argv: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const { cut, wasCut, stop } = watch(options);
  const child = execa(file, argv, {
    env: options.env,
    extendEnv: false,
    cwd: options.cwd ?? workingFolder(),
    stdin: options.input === undefined ? 'ignore' : 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    encoding: 'buffer',
  });
  const onTooLarge = (): void => {
    cut('too-large');
  };
  const stdout = collect(child.stdout, options.maxBytes, onTooLarge);
  const stderr = collect(child.stderr, options.maxBytes, onTooLarge);
  // A program that ends without reading all of it is no error.
  child.stdin?.on('error', () => undefined).end(options.input);
  let code: string | undefined;
  const ended = child.then((end): Outcome => {
    if (end.exitCode !== undefined || end.signal !== undefined) return 'exited';
    code = end.code;
    return 'not-started';
  });
  const why = await Promise.race([ended, wasCut]);
  stop();
  // It may have ended long ago while something else holds its streams.
  const gone = child.exitCode !== null || child.signalCode !== null;
  if (why !== 'exited') {
    child.kill('SIGKILL');
    for (const stream of child.stdio) stream?.destroy();
  }
  const outcome = why === 'timeout' && gone ? 'exited' : why;
  return {
    outcome,
    exitCode: outcome === 'exited' ? (child.exitCode ?? undefined) : undefined,
    code,
    stdout: stdout(),
    stderr: stderr().toString('utf8'),
  };
}

/**
 * Runs one program to its end: argv only, never a shell, exactly the environment given. Never throws.
 *
 * It settles by the deadline whoever holds the program's streams: a stopped tmux server keeps those of its clients
 * open after their death, and so does what a wrapper script has started.
 */
export async function runProcess(file: string, argv: readonly string[], options: RunOptions): Promise<RunResult> {
  // Loaded on first use: most commands of the CLI's start-up never run a process.
  const { execa } = await import('execa');
  return hasSpareDescriptors() ? run(execa, file, argv, options) : NO_DESCRIPTORS;
}
