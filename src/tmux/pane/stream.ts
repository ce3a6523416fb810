import { raceAbort } from '../../kernel/clock.js';
import { parsePaneId, type PaneId, type SessionId } from '../../kernel/ids.js';
import { bodyOf } from '../ask.js';
import { ControlClient } from '../control/client.js';
import { encode } from '../encode.js';
import type { ServerAddress } from '../server-address.js';
import { TransportFailure } from '../transport.js';
import type { Turns } from '../turns.js';

/** What a pane prints, byte for byte, from the moment `open` resolved. */
export interface StreamListener {
  readonly onData: (bytes: Buffer) => void;
  /** Bytes were lost: tmux stopped sending because we were slow, or the connection ended. */
  readonly onGap: () => void;
}

export interface OpenStream {
  readonly stop: () => void;
  /**
   * Asks over the stream's own connection, where replies and output come in one order.
   * @param onReply called at the reply's place: output that comes later was printed later.
   * @throws OrcError tmux's own refusals; TransportFailure when the connection breaks, and then onGap was called.
   */
  readonly read: (line: string, onReply: () => void) => Promise<Buffer>;
}

export interface PaneStreams {
  /**
   * Listens to a pane.
   * @returns undefined when the session may not be attached or the stream cannot be had.
   */
  readonly open: (session: SessionId, pane: PaneId, listener: StreamListener) => Promise<OpenStream | undefined>;
  readonly close: () => Promise<void>;
}

const TIMEOUT_MS = 3000;
/**
 * How far we may fall behind, in seconds, before tmux drops what it holds for us (tmux(1), attach-session -f). On a busy
 * machine a second is soon over; what is dropped is not exact any more.
 */
const PAUSE_AFTER = 5;
/** A stream nobody listens to is kept this long: attaching costs a process, and shows in hooks. */
const IDLE_MS = 60_000;
const MUCH_OUTPUT = 64 * 1024;
const ESCAPED = /\\([0-7]{3})/g;

/** The bytes of an output line: tmux writes controls and the backslash as `\ooo` (tmux(1), CONTROL MODE). */
function unescape(text: string): Buffer {
  if (!text.includes('\\')) return Buffer.from(text, 'latin1');
  return Buffer.from(
    text.replaceAll(ESCAPED, (_match, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    'latin1',
  );
}

/** `%output %1 DATA`, `%extended-output %1 AGE : DATA`, `%pause %1`. */
function readLine(line: string): { readonly kind: string; readonly pane: PaneId | undefined; readonly data: string } {
  const kindEnd = line.indexOf(' ');
  const kind = line.slice(1, kindEnd);
  const space = line.indexOf(' ', kindEnd + 1);
  const idEnd = space === -1 ? line.length : space;
  const separator = kind === 'extended-output' ? line.indexOf(' : ', idEnd) + 3 : idEnd + 1;
  return { kind, pane: parsePaneId(line.slice(kindEnd + 1, idEnd)), data: line.slice(separator) };
}

/** One control client on one session, shared by everyone who listens to its panes. */
class SessionStream {
  readonly #listeners = new Map<PaneId, Set<StreamListener>>();
  /** Panes that nobody listens to are paused once they have printed much, so that a busy one costs nothing. */
  readonly #paused = new Set<PaneId>();
  readonly #unheard = new Map<PaneId, number>();
  readonly #onEnd: () => void;
  #client: ControlClient | undefined;
  #idle: NodeJS.Timeout | undefined;

  static async attach(
    address: ServerAddress,
    turns: Turns,
    session: SessionId,
    onEnd: () => void,
  ): Promise<SessionStream> {
    const stream = new SessionStream(onEnd);
    const { binary, flags: serverFlags, clientEnv: env } = address;
    let onAttached: () => void = () => undefined;
    const attached = new Promise<void>((resolve) => {
      onAttached = resolve;
    });
    const client = await ControlClient.open({
      ...{ binary, serverFlags, env, session, turns, flags: `pause-after=${String(PAUSE_AFTER)}` },
      onOutput: (line) => {
        stream.#output(line);
      },
      onNotification: (line) => {
        if (line.startsWith(`%session-changed ${session} `)) onAttached();
      },
    });
    stream.#client = client;
    const ended = client.ended.then(() => {
      onEnd();
      for (const set of stream.#listeners.values()) for (const listener of set) listener.onGap();
    });
    // tmux reads what a client asks before it attaches it: an answer would not prove that output comes.
    await raceAbort(Promise.race([attached, ended]), AbortSignal.timeout(TIMEOUT_MS)).catch(() => client.abandon());
    if (!client.alive) throw new Error('the stream did not open');
    return stream;
  }

  private constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  async listen(pane: PaneId, listener: StreamListener): Promise<OpenStream> {
    clearTimeout(this.#idle);
    const set = this.#listeners.get(pane) ?? new Set();
    this.#listeners.set(pane, set.add(listener));
    this.#unheard.delete(pane);
    const stop = (): void => {
      if (!set.delete(listener)) return;
      if (set.size === 0) this.#listeners.delete(pane);
      if (this.#listeners.size > 0) return;
      this.#idle = setTimeout(() => {
        // Closing waits for its turn, and nobody is to be given what is about to go.
        this.#onEnd();
        void this.close();
      }, IDLE_MS);
      this.#idle.unref();
    };
    try {
      if (this.#paused.delete(pane)) await this.#steer(pane, 'continue');
    } catch (error) {
      stop();
      throw error;
    }
    return { stop, read: (line, onReply) => this.#read(line, onReply) };
  }

  async #read(line: string, onReply: () => void): Promise<Buffer> {
    const reply = await this.#client?.request({ line, shape: 'single' }, TIMEOUT_MS, onReply);
    if (reply === undefined) throw new TransportFailure('lost', 'the stream is closed');
    return bodyOf(reply);
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#client?.close();
  }

  async #steer(pane: PaneId, state: 'continue' | 'pause'): Promise<void> {
    // Never `off`: it has ended tmux servers.
    const line = encode(['refresh-client', '-A', `${pane}:${state}`]);
    const reply = await this.#client?.request({ line, shape: 'list' }, TIMEOUT_MS);
    if (reply?.ok !== true) throw new Error('the stream could not be steered');
  }

  #pauseBusy(pane: PaneId, characters: number): void {
    if (this.#paused.has(pane)) return;
    const unheard = (this.#unheard.get(pane) ?? 0) + characters;
    this.#unheard.set(pane, unheard);
    if (unheard < MUCH_OUTPUT) return;
    this.#paused.add(pane);
    this.#steer(pane, 'pause').catch(() => undefined);
  }

  #output(line: string): void {
    const { kind, pane, data } = readLine(line);
    const listeners = pane === undefined ? undefined : this.#listeners.get(pane);
    if (pane === undefined) return;
    if (kind === 'pause') {
      // What was printed meanwhile is lost to us; what comes next is wanted again.
      for (const listener of listeners ?? []) listener.onGap();
      if (listeners !== undefined) this.#steer(pane, 'continue').catch(() => undefined);
    } else if (listeners !== undefined) {
      const bytes = unescape(data);
      for (const listener of listeners) listener.onData(bytes);
    } else this.#pauseBusy(pane, data.length);
  }
}

/** @param mayAttach tells whether a session survives that a client of ours leaves it. */
export function createPaneStreams(
  address: ServerAddress,
  turns: Turns,
  mayAttach: (session: SessionId) => Promise<boolean>,
): PaneStreams {
  const streams = new Map<SessionId, Promise<SessionStream>>();

  const streamOf = (session: SessionId): Promise<SessionStream> => {
    const known = streams.get(session);
    if (known !== undefined) return known;
    const onEnd = (): void => {
      if (streams.get(session) === opened) streams.delete(session);
    };
    const opened = turns.attach(() => SessionStream.attach(address, turns, session, onEnd));
    streams.set(session, opened);
    opened.catch(() => streams.delete(session));
    return opened;
  };

  return {
    open: async (session, pane, listener) => {
      try {
        if (!streams.has(session) && !(await mayAttach(session))) return undefined;
        return await (await streamOf(session)).listen(pane, listener);
      } catch {
        return undefined;
      }
    },
    close: async () => {
      const all = await Promise.allSettled([...streams.values()]);
      await Promise.all(all.map((one) => (one.status === 'fulfilled' ? one.value.close() : Promise.resolve())));
    },
  };
}
