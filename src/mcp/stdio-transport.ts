import type { Readable, Writable } from 'node:stream';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import { OrcError } from '../kernel/errors.js';
import { inOurWords, parseError, readMessage } from './frames.js';

const NEWLINE = 0x0a;

export const MAX_LINE_BYTES = 10 * 1024 * 1024;

export interface StdioTransportOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** A tools/call that cannot be read still passes the outer ring; its answer is ours to give. */
  readonly onMalformedCall: (error: OrcError) => Promise<void>;
  /** One line was longer than MAX_LINE_BYTES: nothing sensible can follow. */
  readonly onOverlong: () => void;
}

/**
 * MCP's stdio transport: one JSON message a line. It sees every frame first and answers what is no proper request
 * itself, in our words; the connection goes on.
 */
export class StdioTransport implements Transport {
  onmessage?: NonNullable<Transport['onmessage']>;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly #options: StdioTransportOptions;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #unfinished: Buffer[] = [];
  #unfinishedBytes = 0;
  #closed = false;
  #drained: Promise<void> | undefined;

  constructor(options: StdioTransportOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    const end = (): void => void this.close();
    this.#options.input.on('data', this.#onData).once('end', end).once('close', end).on('error', end);
    // EPIPE: the host is gone.
    this.#options.output.on('error', end);
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    return this.#write(inOurWords(message));
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#options.input.off('data', this.#onData);
      this.onclose?.();
    }
    return Promise.resolve();
  }

  readonly #onData = (chunk: Buffer): void => {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const line = Buffer.concat([...this.#unfinished, chunk.subarray(from, end)]);
      from = end + 1;
      this.#unfinished = [];
      this.#unfinishedBytes = 0;
      if (line.length > MAX_LINE_BYTES) {
        this.#giveUp();
        return;
      }
      this.#receive(line);
    }
    if (from === chunk.length) return;
    this.#unfinished.push(chunk.subarray(from));
    this.#unfinishedBytes += chunk.length - from;
    if (this.#unfinishedBytes > MAX_LINE_BYTES) this.#giveUp();
  };

  #giveUp(): void {
    this.#options.input.off('data', this.#onData);
    this.#options.onOverlong();
  }

  #receive(line: Buffer): void {
    let message: unknown;
    try {
      const text = this.#decoder.decode(line).trim();
      if (text === '') return;
      message = JSON.parse(text);
    } catch {
      void this.#write(parseError());
      return;
    }
    const read = readMessage(message);
    if ('message' in read) {
      this.onmessage?.(read.message);
      return;
    }
    const { response, call } = read.refusal;
    const seen = call
      ? this.#options.onMalformedCall(new OrcError('INVALID_INPUT', response.error.message))
      : Promise.resolve();
    void seen.then(() => this.#write(response));
  }

  /** Settles when the stream takes more. A host that is gone must not make it throw. */
  #write(message: object): Promise<void> {
    const { output } = this.#options;
    if (this.#closed || output.destroyed || output.write(`${JSON.stringify(message)}\n`)) return Promise.resolve();
    // One wait for all who write meanwhile: a host that does not read may have asked for thousands of answers.
    return (this.#drained ??= new Promise((resolve) => {
      const go = (): void => {
        output.off('drain', go).off('close', go);
        this.#drained = undefined;
        resolve();
      };
      output.once('drain', go).once('close', go);
    }));
  }
}
