import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { ErrorObject } from '../../src/kernel/errors.js';
import { BIN, type ToolResult } from './program.js';
import { until, type World } from './world.js';

/** For tests that are about anything but limits. */
export const UNLIMITED: Readonly<Record<string, string>> = {
  TMUX_ORC_SECURITY_RATE_LIMIT_ENABLED: 'false',
  TMUX_ORC_SECURITY_BUDGET_ENABLED: 'false',
  TMUX_ORC_SECURITY_LOOP_DETECTION_ENABLED: 'false',
  TMUX_ORC_SECURITY_UNKNOWN_TOOLS_ENABLED: 'false',
};

/** What results of tools hold. Tests look into them freely: what is not there fails the test. */
export interface Data {
  readonly error: ErrorObject;
  readonly sessions: readonly {
    readonly id: string;
    readonly name: string;
    readonly attached_clients: number;
    readonly windows: readonly {
      readonly id: string;
      readonly name: string;
      readonly panes: readonly { readonly id: string; readonly dead: boolean; readonly width: number }[];
    }[];
  }[];
  readonly session: { readonly id: string; readonly name: string };
  readonly window: { readonly id: string; readonly name: string };
  readonly pane: { readonly id: string };
  readonly text: string;
}

export interface Frame {
  readonly jsonrpc: string;
  readonly id?: string | number | null;
  readonly result: {
    readonly isError?: boolean;
    readonly structuredContent: Data;
    readonly protocolVersion: string;
    readonly tools: readonly { readonly name: string }[];
  };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  readonly method?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Since `from`, or the start of the process. */
  readonly afterMs: number;
}

/** `tmux-orc serve`, spoken to byte by byte. */
export interface RawServer {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly pid: number;
  readonly write: (bytes: string | Uint8Array) => void;
  /** Writes one message as a line. */
  readonly send: (message: unknown) => void;
  /** Every line of stdout so far; a line that is no JSON object makes it throw. */
  readonly frames: () => Frame[];
  /** Waits for the answer to a request. */
  readonly answer: (id: string | number, timeoutMs?: number) => Promise<Frame>;
  /** Sends a request and waits for its answer. */
  readonly ask: (method: string, params?: unknown, timeoutMs?: number) => Promise<Frame>;
  /** Writes one line of bytes and waits for the next frame. */
  readonly reply: (line: string | Uint8Array) => Promise<Frame>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits for the end; without one within `timeoutMs` it rejects. */
  readonly exit: (timeoutMs?: number) => Promise<Exit>;
  /** Ends it however it stands. */
  readonly stop: () => Promise<void>;
}

const WAIT_MS = 20_000;

/** How the program is started. */
export const SERVE: readonly [string, ...string[]] = [process.execPath, BIN, 'serve'];

export function rawServer(
  world: World,
  env: Readonly<Record<string, string>> = {},
  [program, ...argv]: readonly [string, ...string[]] = SERVE,
): RawServer {
  const child = spawn(program, argv, {
    env: { ...world.env, ...env },
    cwd: world.folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  const parsed: Frame[] = [];
  let parsedTo = 0;
  let ended: Omit<Exit, 'afterMs'> | undefined;
  let nextId = 1000;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    child
      .once('exit', (code, signal) => (ended = { code, signal }))
      .once('close', () => {
        resolve();
      });
  });

  const frames = (): Frame[] => {
    const complete = stdout.lastIndexOf('\n') + 1;
    const lines = stdout.slice(parsedTo, complete).split('\n').slice(0, -1);
    parsedTo = complete;
    for (const line of lines) parsed.push(JSON.parse(line) as Frame);
    return parsed;
  };
  const write: RawServer['write'] = (bytes) => {
    child.stdin.write(bytes);
  };
  const send: RawServer['send'] = (message) => {
    write(`${JSON.stringify(message)}\n`);
  };
  const answer: RawServer['answer'] = (id, timeoutMs = WAIT_MS) =>
    until(`the answer to ${String(id)}`, () => frames().find((frame) => frame.id === id && frame.method === undefined), timeoutMs); // prettier-ignore

  return {
    child,
    pid: child.pid ?? 0,
    ...{ write, send, frames, answer },
    stdout: () => stdout,
    stderr: () => stderr,
    ask: (method, params, timeoutMs) => {
      const id = nextId++;
      send({ jsonrpc: '2.0', id, method, params });
      return answer(id, timeoutMs);
    },
    reply: (line) => {
      const seen = frames().length;
      write(line);
      write('\n');
      return until('a reply', () => frames()[seen], WAIT_MS);
    },
    exit: async (timeoutMs = WAIT_MS) => {
      const from = performance.now();
      const end = await until('the end of the server', () => ended, timeoutMs);
      const afterMs = performance.now() - from;
      return { ...end, afterMs };
    },
    stop: async () => {
      child.stdin.destroy();
      if (ended === undefined) child.kill('SIGKILL');
      // Something else may hold the streams: then nothing more is of interest.
      child.stdout.destroy();
      child.stderr.destroy();
      await closed;
    },
  };
}

const INITIALIZE = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'tests', version: '1.0.0' },
};

/** A server after the opening of the 2025-11-25 revision. */
export async function openedServer(
  world: World,
  env: Readonly<Record<string, string>> = {},
  command = SERVE,
): Promise<RawServer> {
  const server = rawServer(world, env, command);
  const opened = await server.ask('initialize', INITIALIZE);
  if (opened.error !== undefined) throw new Error(`initialize: ${JSON.stringify(opened)}`);
  server.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  return server;
}

export const dataOf = (result: ToolResult): Data => result.structuredContent as Data;

/** A tools/call's params. */
export function toolCall(name: string, args: Record<string, unknown> = {}): Record<string, unknown> {
  return { name, arguments: args };
}

/** Command lines of processes whose arguments hold every one of `words`. */
export function processesWith(...words: string[]): string[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 })
    .split('\n')
    .filter((line) => words.every((word) => line.includes(word)));
}

/** Control clients of this program on a world's tmux server; found without asking tmux. */
export const controlClients = (world: World): string[] => processesWith(world.socketName, ' -C attach-session ');
