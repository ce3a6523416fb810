import { randomUUID } from 'node:crypto';
import type { Environment } from '../../exec/clean-environment.js';
import { type OpenProcess, openProcess } from '../../exec/open-process.js';
import { within } from '../../kernel/clock.js';
import type { SessionId } from '../../kernel/ids.js';
import { encode } from '../encode.js';
import { type Reply, type TmuxRequest, type Transport, TransportFailure } from '../transport.js';
import type { Turns } from '../turns.js';
import { createFrameReader, type FrameReader } from './framing.js';
import { createLineSplitter } from './line-splitter.js';

export interface ControlClientOptions {
  readonly binary: string;
  /** `-S path` or `-L name`. */
  readonly serverFlags: readonly string[];
  readonly env: Environment;
  readonly session: SessionId;
  /** Opening one is to be a turn of its own; it leaves in one. */
  readonly turns: Turns;
  /** Client flags (tmux(1), attach-session -f). `ignore-size` is always among them: no window is resized. */
  readonly flags: string;
  /** `%output` and `%extended-output` lines, which only a client without `no-output` gets. */
  readonly onOutput?: (line: string) => void;
  /** Other lines outside of replies. They are not framed, so a name in one may have been written by anybody. */
  readonly onNotification?: (line: string) => void;
}

const CLOSE_GRACE_MS = 500;
const OUTPUT = /^%(?:extended-)?output %|^%pause %/;

/** A `tmux -C` process attached to a session. Once it has ended it stays so; the connection opens another. */
export class ControlClient implements Transport {
  readonly session: SessionId;
  /** Settles when the process is gone. */
  readonly ended: Promise<void>;
  readonly #process: OpenProcess;
  readonly #turns: Turns;
  readonly #frames: FrameReader;
  readonly #waiting = new Set<(failure: TransportFailure) => void>();
  #alive = true;

  /** `-N`: reading starts no server. `-E`: attaching must not rewrite the session's environment from ours. */
  static async open(options: ControlClientOptions): Promise<ControlClient> {
    let feed: (chunk: Buffer) => void = () => undefined;
    const flags = `ignore-size,${options.flags}`;
    const attach = ['-C', 'attach-session', '-E', '-t', options.session, '-f', flags];
    const process = await openProcess(options.binary, ['-u', '-N', ...options.serverFlags, ...attach], {
      env: options.env,
      onData: (chunk) => {
        feed(chunk);
      },
    });
    const outside = (line: string): void => {
      (OUTPUT.test(line) ? options.onOutput : options.onNotification)?.(line);
    };
    const client = new ControlClient(options, process, outside);
    feed = createLineSplitter((line) => {
      if (!client.#frames.line(line)) outside(line);
    });
    return client;
  }

  private constructor(options: ControlClientOptions, process: OpenProcess, outside: (line: string) => void) {
    this.#frames = createFrameReader((why) => {
      this.#drop(new TransportFailure('lost', `the control connection broke: ${why}`));
    }, outside);
    this.session = options.session;
    this.#process = process;
    this.#turns = options.turns;
    this.ended = process.ended.then(() => {
      this.#drop(new TransportFailure('lost', 'the control connection ended'));
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** @param onReply called at the reply's place among the output, before any output that came after it. */
  request({ line, shape }: TmuxRequest, timeoutMs: number, onReply?: () => void): Promise<Reply> {
    const nonce = randomUUID();
    const sent = this.#alive && this.#process.write(`${line}\n${encode(['display-message', '-p', nonce])}\n`);
    if (!sent) return Promise.reject(new TransportFailure('unsent', 'the control connection is closed'));
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(fail);
      };
      const fail = (failure: TransportFailure): void => {
        settle();
        reject(failure);
      };
      // A frame that does not close in time leaves the stream undecidable: the whole connection goes.
      const timer = setTimeout(() => {
        fail(new TransportFailure('timeout', 'tmux did not answer in time'));
        this.#drop(new TransportFailure('lost', 'the control connection stopped answering'));
      }, timeoutMs);
      this.#waiting.add(fail);
      this.#frames.expect(nonce, shape, (reply) => {
        settle();
        onReply?.();
        resolve(reply);
      });
    });
  }

  /** Detaches; resolves when the process is gone. */
  close(): Promise<void> {
    return this.#turns.change(async () => {
      if (this.#alive) this.#process.end();
      const timer = setTimeout(() => {
        this.#process.kill('SIGKILL');
      }, CLOSE_GRACE_MS);
      await this.ended;
      clearTimeout(timer);
    });
  }

  /** In the turn in which it was to be attached, which goes on until the process is gone. */
  async abandon(): Promise<void> {
    this.#drop(new TransportFailure('lost', 'the control connection was given up'));
    await within(this.ended, CLOSE_GRACE_MS);
  }

  #drop(failure: TransportFailure): void {
    if (!this.#alive) return;
    this.#alive = false;
    // A server before 3.7 ends with a client that is killed while it attaches (tmux issue 5004); asked, it does that first.
    this.#process.abandon();
    for (const fail of [...this.#waiting]) fail(failure);
  }
}
