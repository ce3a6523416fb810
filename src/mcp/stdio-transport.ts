import type { Readable, Writable } from 'node:stream';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import { OrcError } from '../kernel/errors.js';

/** JSON-RPC 2.0, section 5.1. */
const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const INVALID_PARAMS = -32602;
const INTERNAL_ERROR = -32603;
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

type Id = string | number | null;
interface ErrorResponse {
  readonly jsonrpc: '2.0';
  readonly id: Id;
  readonly error: { readonly code: number; readonly message: string };
}

function errorResponse(id: Id, code: number, message: string): ErrorResponse {
  return { jsonrpc: '2.0', id, error: { code, message } };
}

function idOf(message: object): Id | undefined {
  const id: unknown = 'id' in message ? message.id : undefined;
  return typeof id === 'string' || (typeof id === 'number' && Number.isInteger(id))
    ? id
    : id === undefined
      ? undefined
      : null;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is wrong with a tools/call's params, or undefined. */
function malformedCall(params: unknown): string | undefined {
  if (!isObject(params)) return 'tools/call: params must be an object with a name';
  if (!('name' in params) || typeof params.name !== 'string') return 'tools/call: params.name must be a string';
  if ('arguments' in params && params.arguments !== undefined && !isObject(params.arguments))
    return 'tools/call: params.arguments must be an object';
  return undefined;
}

interface Refusal {
  readonly response: ErrorResponse;
  /** It was a tools/call. */
  readonly call: boolean;
}

const invalid = (id: Id, why: string): Refusal => ({
  response: errorResponse(id, INVALID_REQUEST, `Invalid request: ${why}.`),
  call: false,
});

/** What is wrong with a request or notification whose envelope is right. */
function refuseParams(method: string, params: unknown, id: Id | undefined): Refusal | undefined {
  const call = method === 'tools/call';
  const wrongForm = params === undefined || isObject(params) ? undefined : 'params must be an object';
  const problem = call && id !== undefined ? malformedCall(params) : wrongForm;
  if (problem === undefined) return undefined;
  if (id === undefined) return invalid(null, problem);
  return { response: errorResponse(id, INVALID_PARAMS, `Invalid params: ${problem}.`), call };
}

/** What is wrong with a message as JSON-RPC, with the answer it gets; undefined when it may pass. */
function refuse(message: unknown): Refusal | undefined {
  if (Array.isArray(message)) return invalid(null, 'batches are not part of MCP; send one message a line');
  if (!isObject(message)) return invalid(null, 'a message is a JSON object');
  const id = idOf(message);
  if (!('jsonrpc' in message) || message.jsonrpc !== '2.0') return invalid(id ?? null, 'jsonrpc must be "2.0"');
  if (id === null) return invalid(null, 'id must be a string or a whole number');
  if ('result' in message || 'error' in message) return undefined;
  const { method, params } = message as { method?: unknown; params?: unknown };
  return typeof method === 'string' ? refuseParams(method, params, id) : invalid(id ?? null, 'method must be a string');
}

/** The SDK's own refusals quote its schema library; clients get ours instead. */
function inOurWords(message: JSONRPCMessage): JSONRPCMessage {
  if (!('error' in message)) return message;
  const { code } = message.error;
  if (code === INVALID_PARAMS && message.error.data === undefined)
    return { ...message, error: { code, message: 'Invalid params: they do not fit this method of the protocol.' } };
  if (code === INTERNAL_ERROR) return { ...message, error: { code, message: 'Internal error.' } };
  return message;
}

/** Writes one message; settles when the stream takes more. A host that is gone must not make it throw. */
function writeLine(output: Writable, message: object): Promise<void> {
  return new Promise((resolve) => {
    if (output.destroyed || output.write(`${JSON.stringify(message)}\n`)) {
      resolve();
      return;
    }
    const go = (): void => {
      output.off('drain', go);
      output.off('close', go);
      resolve();
    };
    output.once('drain', go).once('close', go);
  });
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
        this.#options.onOverlong();
        return;
      }
      this.#receive(line);
    }
    if (from === chunk.length) return;
    this.#unfinished.push(chunk.subarray(from));
    this.#unfinishedBytes += chunk.length - from;
    if (this.#unfinishedBytes > MAX_LINE_BYTES) this.#options.onOverlong();
  };

  #receive(line: Buffer): void {
    let message: unknown;
    try {
      const text = this.#decoder.decode(line).trim();
      if (text === '') return;
      message = JSON.parse(text);
    } catch {
      void this.#write(errorResponse(null, PARSE_ERROR, 'Parse error: not valid JSON in UTF-8.'));
      return;
    }
    const refusal = refuse(message);
    if (refusal === undefined) {
      this.onmessage?.(message as JSONRPCMessage);
      return;
    }
    const { response, call } = refusal;
    const seen = call
      ? this.#options.onMalformedCall(new OrcError('INVALID_INPUT', response.error.message))
      : Promise.resolve();
    void seen.then(() => this.#write(response));
  }

  #write(message: object): Promise<void> {
    return this.#closed ? Promise.resolve() : writeLine(this.#options.output, message);
  }
}
