import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import type { OrcError } from '../../../src/kernel/errors.js';
import { MAX_LINE_BYTES, StdioTransport } from '../../../src/mcp/stdio-transport.js';
import { settle } from '../security/calls.js';

interface Opened {
  readonly transport: StdioTransport;
  /** Messages that were let through. */
  readonly passed: unknown[];
  readonly malformed: OrcError[];
  readonly overlong: () => number;
  readonly send: (...chunks: (string | Buffer)[]) => Promise<void>;
  /** What was answered, and forgets it. */
  readonly answers: () => unknown[];
  readonly input: PassThrough;
  readonly output: PassThrough;
}

async function open(): Promise<Opened> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const [passed, malformed]: [unknown[], OrcError[]] = [[], []];
  let overlong = 0;
  const transport = new StdioTransport({
    ...{ input, output },
    onMalformedCall: async (error) => void malformed.push(error),
    onOverlong: () => overlong++,
  });
  transport.onmessage = (message) => passed.push(message);
  await transport.start();
  return {
    ...{ transport, passed, malformed, input, output, overlong: () => overlong },
    send: async (...chunks) => {
      for (const chunk of chunks) {
        input.write(chunk);
        await settle();
      }
    },
    answers: () => {
      const text = (output.read() as Buffer | null)?.toString() ?? '';
      return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as unknown); // prettier-ignore
    },
  };
}
const error = (id: unknown, code: number, message: RegExp): object => ({ jsonrpc: '2.0', id, error: { code, message: expect.stringMatching(message) } }); // prettier-ignore
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };
const line = (message: unknown): string => `${JSON.stringify(message)}\n`;

describe('StdioTransport', () => {
  it('hands on each message once, however the bytes are cut', async () => {
    const { send, passed, answers } = await open();
    const text = line({ ...PING, params: { text: 'é日本\u2028👩' } });
    await send(
      line(PING),
      `\n \r\n${line({ ...PING, id: 'a' })}${line({ jsonrpc: '2.0', method: 'notifications/x' })}`,
    );
    await send(...[...Buffer.from(text)].map((byte) => Buffer.of(byte)));
    await send(text.replace('\n', '\r\n'));
    expect(passed).toEqual([
      PING,
      { ...PING, id: 'a' },
      { jsonrpc: '2.0', method: 'notifications/x' },
      JSON.parse(text),
      JSON.parse(text),
    ]);
    expect(answers()).toEqual([]);
  });

  it.each([
    ['text', 'hello'],
    ['half an object', '{"jsonrpc":"2.0"'],
    ['two messages', '{}{}'],
    ['bytes that are no UTF-8', Buffer.from('{"a":"\xff"}', 'latin1')],
    ['a lone word', 'undefined'],
    ['NUL', '\0'],
  ])('answers %s with a parse error, and goes on', async (_, bytes) => {
    const { send, passed, answers } = await open();
    await send(bytes, '\n', line(PING));
    expect(answers()).toEqual([error(null, -32700, /^Parse error: not valid JSON in UTF-8\.$/)]);
    expect(passed).toEqual([PING]);
  });

  it.each([
    ['a batch', [PING, PING], null, /batches are not part of MCP/],
    ['an empty batch', [], null, /batches are not part of MCP/],
    ['a number', 5, null, /a message is a JSON object/],
    ['null', null, null, /a message is a JSON object/],
    ['text', 'ping', null, /a message is a JSON object/],
    ['no version', { id: 1, method: 'ping' }, 1, /jsonrpc must be "2\.0"/],
    ['another version', { jsonrpc: '1.0', id: 'a', method: 'ping' }, 'a', /jsonrpc must be "2\.0"/],
    ['no method', { jsonrpc: '2.0', id: 1 }, 1, /method must be a string/],
    ['a method that is no text', { jsonrpc: '2.0', id: 1, method: 5 }, 1, /method must be a string/],
    ['a notification without method', { jsonrpc: '2.0' }, null, /method must be a string/],
    ['an id that is null', { ...PING, id: null }, null, /id must be a string or a whole number/],
    ['an id that is a fraction', { ...PING, id: 1.5 }, null, /id must be a string or a whole number/],
    ['an id that is an object', { ...PING, id: {} }, null, /id must be a string or a whole number/],
    ['an id that is a list', { ...PING, id: [1] }, null, /id must be a string or a whole number/],
    ['an id that is true', { ...PING, id: true }, null, /id must be a string or a whole number/],
  ])('refuses %s as an invalid request, and goes on', async (_, message, id, why) => {
    const { send, passed, answers, malformed } = await open();
    await send(line(message), line(PING));
    expect(answers()).toEqual([error(id, -32600, new RegExp(`^Invalid request: ${why.source}.*\\.$`))]);
    expect(passed).toEqual([PING]);
    expect(malformed).toEqual([]);
  });

  it.each([
    ['none', undefined, 'params must be an object with a name'],
    ['a list', ['SECRET'], 'params must be an object with a name'],
    ['null', null, 'params must be an object with a name'],
    ['no name', {}, 'params.name must be a string'],
    ['a name that is a number', { name: 5 }, 'params.name must be a string'],
    ['a name that is a list', { name: ['SECRET'] }, 'params.name must be a string'],
    ['arguments that are text', { name: 'x', arguments: 'SECRET' }, 'params.arguments must be an object'],
    ['arguments that are a list', { name: 'x', arguments: ['SECRET'] }, 'params.arguments must be an object'],
    ['arguments that are null', { name: 'x', arguments: null }, 'params.arguments must be an object'],
  ])('refuses a tools/call with %s in our words, after the outer ring saw it', async (_, params, why) => {
    const { send, passed, answers, malformed } = await open();
    await send(line({ jsonrpc: '2.0', id: 7, method: 'tools/call', params }));
    expect(answers()).toEqual([error(7, -32602, new RegExp(`^Invalid params: tools/call: ${why}\\.$`))]);
    expect(malformed).toMatchObject([{ name: 'OrcError', code: 'INVALID_INPUT' }]);
    expect(malformed[0]?.message).not.toContain('SECRET');
    expect(passed).toEqual([]);
  });

  it('lets a tools/call pass whatever tool and arguments it names', async () => {
    const { send, passed, malformed } = await open();
    const calls = [
      { name: 'no_such_tool' },
      { name: '', arguments: {} },
      { name: 'x', arguments: { a: [1] }, _meta: {} },
    ];
    for (const params of calls) await send(line({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
    expect(passed).toHaveLength(3);
    expect(malformed).toEqual([]);
  });

  it('refuses params of other methods that are no object', async () => {
    const { send, answers, malformed } = await open();
    await send(line({ ...PING, params: ['SECRET'] }), line({ jsonrpc: '2.0', method: 'notifications/x', params: 5 }));
    expect(answers()).toEqual([
      error(1, -32602, /^Invalid params: params must be an object\.$/),
      error(null, -32600, /^Invalid request: params must be an object\.$/),
    ]);
    expect(malformed).toEqual([]);
  });

  it('lets answers to our own requests pass', async () => {
    const { send, passed } = await open();
    await send(
      line({ jsonrpc: '2.0', id: 1, result: {} }),
      line({ jsonrpc: '2.0', id: 2, error: { code: 1, message: 'm' } }),
    );
    expect(passed).toHaveLength(2);
  });

  it('puts refusals of the protocol library into our words', async () => {
    const { transport, answers } = await open();
    const sent = (code: number, message: string, data?: unknown): Promise<void> =>
      transport.send({ jsonrpc: '2.0', id: 1, error: { code, message, ...(data === undefined ? {} : { data }) } });
    await sent(-32602, 'Invalid input: expected "SECRET" at path [...]');
    await sent(-32603, 'TypeError: SECRET at file.ts:5');
    await sent(-32601, 'Method not found');
    await transport.send({ jsonrpc: '2.0', id: 2, result: { text: 'x' } });
    expect(answers()).toEqual([
      error(1, -32602, /^Invalid params: they do not fit this method of the protocol\.$/),
      error(1, -32603, /^Internal error\.$/),
      error(1, -32601, /^Method not found$/),
      { jsonrpc: '2.0', id: 2, result: { text: 'x' } },
    ]);
  });

  it('takes a line of exactly 10 MB, and gives up at one that is longer, finished or not', async () => {
    const start = '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"';
    const longest = `${start}${'x'.repeat(MAX_LINE_BYTES - start.length - 3)}"}}`;
    const taken = await open();
    await taken.send(longest, '\n');
    expect([taken.passed.length, taken.overlong()]).toEqual([1, 0]);
    const finished = await open();
    await finished.send(`${longest} \n`);
    expect([finished.passed.length, finished.overlong()]).toEqual([0, 1]);
    const unfinished = await open();
    await unfinished.send('x'.repeat(MAX_LINE_BYTES));
    expect(unfinished.overlong()).toBe(0);
    await unfinished.send('x');
    expect(unfinished.overlong()).toBe(1);
    expect(unfinished.answers()).toEqual([]);
  });

  it('closes once with the end of the input, and takes and writes nothing after', async () => {
    const { transport, input, send, passed, answers } = await open();
    const closed = vi.fn();
    transport.onclose = closed;
    input.end();
    await settle();
    expect(closed).toHaveBeenCalledTimes(1);
    await transport.close();
    await transport.send({ jsonrpc: '2.0', id: 1, result: {} });
    expect(closed).toHaveBeenCalledTimes(1);
    expect([passed, answers()]).toEqual([[], []]);
    const other = await open();
    await other.transport.close();
    await send();
    await other.send(line(PING));
    expect(other.passed).toEqual([]);
  });

  it('does not fail when the host is gone', async () => {
    const { transport, output } = await open();
    const closed = vi.fn();
    transport.onclose = closed;
    output.destroy(new Error('EPIPE'));
    await settle();
    await expect(transport.send({ jsonrpc: '2.0', id: 1, result: {} })).resolves.toBeUndefined();
    expect(closed).toHaveBeenCalledTimes(1);
  });
});
