import type { PaneId } from '../../kernel/ids.js';
import type { Ask } from '../ask.js';
import { encode } from '../encode.js';
import { TransportFailure } from '../transport.js';
import { createCleanStream } from './clean-stream.js';
import { readDelta } from './delta.js';
import type { Reader } from './read-pane.js';
import type { OpenStream, StreamListener } from './stream.js';
import type { OutputWait, WaitServices } from './wait.js';
import { ALL_LINES, asText, OVERLAP_LINES, readFrom, type WaitBase } from './wait-base.js';
import type { Collector } from './wait-collector.js';

/** What a wait hears of its pane. */
export interface Source {
  /** What came so far, without loss or repeat: what a look at the screen shows after the cursor, then the stream. */
  readonly begin: () => Promise<void>;
  readonly poll: () => Promise<void>;
  /** Part of the stream was lost, or all that comes after. */
  readonly broken: () => boolean;
  /** Resolves when all that a pane printed before it closed has been heard. */
  readonly drained: () => Promise<void>;
  /** The cursor that stands exactly where the collected text ends. */
  readonly end: () => Promise<string>;
  readonly stop: () => void;
}

/** Looks at the pane's screen again and again, where no stream can be had. */
function followScreen(ask: Ask, pane: PaneId, collector: Collector, from: WaitBase): Source {
  let at = from.cursor;
  let { open } = from;
  const next = async (): Promise<string> => {
    const delta = await readFrom(ask, pane, at);
    at = delta.cursor;
    const before = open && delta.lineEnded ? '\n' : '';
    open &&= !delta.lineEnded;
    collector.missed ||= delta.linesMissed !== 0;
    return before + (delta.lines.length > 0 ? `${asText(delta.lines)}\n` : '');
  };
  return {
    begin: async () => {
      collector.begin(await next());
    },
    poll: async () => {
      collector.add(await next());
    },
    broken: () => false,
    drained: () => Promise.resolve(),
    end: () => Promise.resolve(at),
    stop: () => undefined,
  };
}

/** Hears a pane over its stream. Looks go over the same connection: what comes before a reply is in it, what comes after is not. */
class StreamSource implements Source {
  readonly listener: StreamListener;
  readonly #services: WaitServices;
  readonly #pane: PaneId;
  readonly #collector: Collector;
  readonly #from: WaitBase;
  /** What came before the first look was answered; undefined after it. */
  #early: string | undefined = '';
  #broken = false;
  #stream: OpenStream | undefined;

  constructor(services: WaitServices, pane: PaneId, collector: Collector, from: WaitBase) {
    this.#services = services;
    this.#pane = pane;
    this.#collector = collector;
    this.#from = from;
    const clean = createCleanStream();
    this.listener = {
      onData: (bytes) => {
        const text = clean(bytes);
        if (this.#early === undefined) collector.add(text);
        else this.#early += text;
      },
      onGap: () => {
        this.#broken = true;
      },
    };
  }

  readonly #reader: Reader = {
    read: (line, onReply = () => undefined) =>
      this.#stream?.read(line, onReply) ?? Promise.reject(new TransportFailure('unsent', 'no stream')),
  };

  listen(stream: OpenStream): this {
    this.#stream = stream;
    return this;
  }

  async begin(): Promise<void> {
    const { cursor, open } = this.#from;
    const collector = this.#collector;
    const onRead = (): void => {
      this.#early = '';
    };
    const options = { lines: ALL_LINES, ansi: false, since: cursor, overlap: OVERLAP_LINES, onRead };
    const delta = await readDelta(this.#reader, this.#pane, options).catch(this.#orBroken);
    const rest = this.#early ?? '';
    this.#early = undefined;
    if (delta === undefined) return;
    collector.before = delta.before ?? '';
    collector.missed ||= delta.linesMissed !== 0;
    const shown = asText(delta.lines);
    const lineEnd = open && delta.lineEnded ? '\n' : '';
    collector.begin(lineEnd + shown + (delta.cursorBelow && shown !== '' ? '\n' : '') + rest);
  }

  poll(): Promise<void> {
    return Promise.resolve();
  }

  broken(): boolean {
    return this.#broken;
  }

  async drained(): Promise<void> {
    await this.#reader.read(encode(['display-message', '-p', 'drained'])).catch(this.#orBroken);
  }

  async end(): Promise<string> {
    const collector = this.#collector;
    let { text } = collector;
    const onRead = (): void => {
      ({ text } = collector);
    };
    const delta = await readFrom(this.#reader, this.#pane, undefined, onRead).catch(this.#orBroken);
    if (delta === undefined) {
      collector.missed = true;
      return (await readFrom(this.#services.ask, this.#pane, undefined)).cursor;
    }
    collector.text = text;
    return delta.cursor;
  }

  stop(): void {
    this.#stream?.stop();
  }

  readonly #orBroken = (error: unknown): undefined => {
    if (!(error instanceof TransportFailure)) throw error;
    this.#broken = true;
  };
}

/** Feeds the collector from the pane's stream, or, where none can be had, from looks at its screen. */
export async function follow(
  services: WaitServices,
  { session, pane }: OutputWait,
  collector: Collector,
  from: WaitBase,
): Promise<Source> {
  const source = new StreamSource(services, pane, collector, from);
  const stream = await services.streams.open(session, pane, source.listener);
  return stream === undefined ? followScreen(services.ask, pane, collector, from) : source.listen(stream);
}
