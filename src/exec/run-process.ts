import type { Environment } from './clean-environment.js';

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
  readonly exitCode: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs one program to its end: argv only, never a shell, exactly the environment given. Never throws. */
export async function runProcess(file: string, argv: readonly string[], options: RunOptions): Promise<RunResult> {
  // Loaded on first use: most commands of the CLI's start-up never run a process.
  const { execa } = await import('execa');
  const result = await execa(file, argv, {
    env: options.env,
    extendEnv: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: options.maxBytes,
    timeout: Math.max(1, options.timeoutMs),
    killSignal: 'SIGKILL',
    reject: false,
  });
  const outcome = result.timedOut ? 'timeout'
    : result.isCanceled ? 'cancelled'
    : result.isMaxBuffer ? 'too-large'
    : result.exitCode === undefined && result.signal === undefined ? 'not-started'
    : 'exited'; // prettier-ignore
  return {
    outcome,
    exitCode: result.exitCode,
    stdout: bytes(result.stdout),
    stderr: bytes(result.stderr).toString('utf8'),
  };
}

function bytes(output: Uint8Array | undefined): Buffer {
  return output === undefined ? Buffer.alloc(0) : Buffer.from(output.buffer, output.byteOffset, output.byteLength);
}
