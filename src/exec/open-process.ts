import type { Readable, Writable } from 'node:stream';
import type { Environment } from './clean-environment.js';
import { hasSpareDescriptors } from './spare-descriptors.js';
import { workingFolder } from './working-folder.js';

/** How a program has ended; nothing of it where it was not started. */
export interface ProgramEnd {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
}

/** A program that stays open and is talked to over its standard streams. */
export interface OpenProcess {
  readonly pid: number | undefined;
  /** Queues bytes for its stdin; false once it has ended. */
  readonly write: (bytes: string | Uint8Array) => boolean;
  /** Closes its stdin. */
  readonly end: () => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Nothing more is written to it or read from it; it is asked to end, and killed where it has not after 5 seconds. */
  readonly abandon: () => void;
  /** Settles when it has ended and its streams are drained; never rejects. */
  readonly ended: Promise<ProgramEnd>;
}

/** tmux keeps the streams of its clients: they may stay open long after a client was killed. */
function closeStreams(streams: readonly (Readable | Writable)[]): void {
  for (const stream of streams) stream.destroy();
}

/** What is written in one turn goes out at once: each write of its own would wake the program. */
function writeTogether(stream: Writable, data: string | Uint8Array): void {
  if (stream.writableCorked === 0) {
    stream.cork();
    process.nextTick(() => {
      stream.uncork();
    });
  }
  stream.write(data);
}

/** How long what a program wrote last may take to arrive after its end. */
const DRAIN_MS = 200;

const NOT_STARTED: OpenProcess = {
  pid: undefined,
  write: () => false,
  end: () => undefined,
  kill: () => undefined,
  abandon: () => undefined,
  ended: Promise.resolve({}),
};

/** Starts a program with argv and exactly the environment given. It is killed when this process ends. */
export async function openProcess(
  file: string,
  argv: readonly string[],
  options: {
    readonly env: Environment;
    readonly onData: (chunk: Buffer) => void;
    /** Told what it writes to stderr. */
    readonly onErrorData?: (chunk: Buffer) => void;
  },
): Promise<OpenProcess> {
  const { execa } = await import('execa');
  if (!hasSpareDescriptors()) return NOT_STARTED;
  const child = execa(file, argv, {
    env: options.env,
    extendEnv: false,
    cwd: workingFolder(),
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    encoding: 'buffer',
  });
  let open = true;
  child.stdout.on('data', options.onData);
  child.stderr.on('data', options.onErrorData ?? (() => undefined));
  // A write to a program that has just ended fails with EPIPE; its end is reported by `ended`.
  child.stdin.on('error', () => undefined);
  child.once('exit', () => {
    setTimeout(() => closeStreams(child.stdio), DRAIN_MS).unref();
  });
  const ended = child.then(
    ({ exitCode, signal }): ProgramEnd => {
      open = false;
      return { exitCode, signal };
    },
    (): ProgramEnd => {
      open = false;
      return {};
    },
  );
  return {
    pid: child.pid,
    write: (data) => {
      if (!open || child.stdin.destroyed) return false;
      writeTogether(child.stdin, data);
      return true;
    },
    end: () => {
      child.stdin.end();
    },
    kill: (signal) => {
      child.kill(signal);
      // A stopped tmux server keeps the streams of its clients open after their death, so their end may never be seen;
      // and what is still queued for the program must not reach whoever holds them.
      if (signal === 'SIGKILL') closeStreams(child.stdio);
    },
    abandon: () => {
      closeStreams(child.stdio);
      child.kill('SIGTERM');
    },
    ended,
  };
}
