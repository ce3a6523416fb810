import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { anthropic, isTokenCount } from './anthropic.js';
import { type Chain, createChain, type Said } from './chain.js';
import { chat } from './chat.js';
import { gemini } from './gemini.js';
import { type Order, orderIn } from './order.js';
import { responses } from './responses.js';
import { isObject, type Json, type Turn, type Wire } from './wire.js';

const WIRES: readonly Wire[] = [anthropic, responses, chat, gemini];
const WORD_MS = 250;
/** How long a plan that is used up stays so. */
const MAX_BYTES = 50_000_000;

/** One request as the stub got it. */
export interface Received {
  readonly at: number;
  /** When its answer was written to the end; undefined until then. */
  endedAt?: number;
  readonly wire: string;
  readonly path: string;
  readonly turn: Turn;
  readonly order: Order;
  /** As it came. */
  readonly body: string;
}

/** A stand-in for the model APIs on loopback. */
export interface ModelStub {
  readonly url: string;
  /** Requests of turns, newest last; those for titles and the like, which offer no tools, are not in it. */
  readonly received: readonly Received[];
  /** What tools have said to the last order for calls, so far. */
  readonly said: () => readonly Said[];
  readonly close: () => Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) break;
    chunks.push(chunk);
  }
  try {
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

function json(response: ServerResponse, status: number, data: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(data));
}

/** What it has been asked for until now. */
interface Memory {
  readonly received: Received[];
  /** The calls that were ordered last. */
  chain?: Chain | undefined;
  /** When each limit ends that was asked for, in milliseconds since the epoch. */
  readonly limits: Map<number, number>;
}

/** When a limit ends that holds now. */
function limitedUntil({ limits }: Memory, seconds: number): number | undefined {
  const until = limits.get(seconds) ?? Date.now() + seconds * 1000;
  limits.set(seconds, until);
  return Date.now() < until ? until : undefined;
}

/**
 * What follows a tool is told by the calls that are left, else by the result, unless it brings an order of its own.
 * Titles, summaries and checks offer no tools; an order in the quoted text is not meant for them.
 */
function orderOf(turn: Turn, memory: Memory, body: string): Order {
  if (turn.tools.length === 0) return { kind: 'say', text: 'title' };
  if (turn.isToolResult && memory.chain !== undefined) return memory.chain.next(turn, body);
  const order = orderIn(turn.text);
  const isPlain = order.kind === 'say' && order.text === 'ack';
  if (!isPlain) memory.chain = order.kind === 'calls' ? createChain(order) : undefined;
  if (order.kind === 'calls') return memory.chain!.next(turn, body);
  return turn.isToolResult && isPlain ? { kind: 'say', text: 'tool finished' } : order;
}

async function stream(wire: Wire, turn: Turn, order: Order, body: Json, response: ServerResponse): Promise<void> {
  const answer = wire.stream(response, body);
  const shell = turn.tools.find((name) => wire.shells.includes(name));
  if (order.kind === 'drop') {
    answer.word('half an ');
    response.destroy();
    return;
  }
  if (order.kind === 'say' && order.thought !== undefined) answer.think?.(order.thought);
  if (order.kind === 'call') answer.callTool(order.name, order.args);
  else if (order.kind === 'tool' && shell !== undefined)
    answer.callTool(shell, wire.shellArguments(shell, order.command));
  else if (order.kind === 'slow') {
    const end = performance.now() + order.seconds * 1000;
    for (let n = 0; performance.now() < end && !response.destroyed; n++) {
      answer.word(`word${String(n)} `);
      await sleep(WORD_MS);
    }
  } else answer.word(`echo: ${order.kind === 'say' ? order.text : order.kind}`);
  answer.end();
}

async function serve(request: IncomingMessage, response: ServerResponse, memory: Memory): Promise<void> {
  const path = request.url ?? '';
  const body = await bodyOf(request);
  if (isTokenCount(path, body)) {
    json(response, 200, { input_tokens: 10 });
    return;
  }
  const wire = WIRES.find((one) => one.matches(path));
  if (wire === undefined || request.method !== 'POST') {
    json(response, request.method === 'HEAD' ? 200 : 404, {});
    return;
  }
  const turn = wire.read(body, path);
  const text = JSON.stringify(body);
  const order = orderOf(turn, memory, text);
  const entry: Received = { at: Date.now(), wire: wire.name, path, turn, order, body: text };
  if (turn.tools.length > 0) memory.received.push(entry);
  response.once('close', () => (entry.endedAt = Date.now()));
  if (order.kind === 'hang') return;
  const until = order.kind === 'limit' ? limitedUntil(memory, order.seconds) : undefined;
  if (until !== undefined) {
    const { body: limit, headers } = wire.limit(Math.floor(until / 1000));
    json(response, 429, limit, headers);
  } else if (order.kind === 'fail') json(response, order.status, wire.error(order.status), { 'retry-after': '60' });
  else if (turn.stream) await stream(wire, turn, order, body, response);
  else json(response, 200, wire.whole(order.kind === 'say' ? `echo: ${order.text}` : 'echo: ack', body));
}

/** Listens on a free port of 127.0.0.1. */
export async function openModelStub(): Promise<ModelStub> {
  const memory: Memory = { received: [], limits: new Map() };
  const server = createServer((request, response) => {
    serve(request, response, memory).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    received: memory.received,
    said: () => memory.chain?.said ?? [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
