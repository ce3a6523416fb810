import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orderIn } from '../../lab/stub/order.js';
import { type ModelStub, openModelStub } from '../../lab/stub/server.js';

let stub: ModelStub;
beforeEach(async () => {
  stub = await openModelStub();
});
afterEach(() => stub.close());

interface Format {
  readonly name: string;
  readonly path: string;
  /** A request with this text of the user, and a shell tool. */
  readonly body: (text: string) => object;
  /** What the answer holds when a shell command is asked for. */
  readonly call: string;
}

const FORMATS: Format[] = [
  {
    ...{ name: 'anthropic', path: '/v1/messages', call: '"type":"tool_use"' },
    body: (text) => ({
      ...{ model: 'm', stream: true, tools: [{ name: 'Bash' }] },
      messages: [{ role: 'user', content: [{ type: 'text', text }] }],
    }),
  },
  {
    ...{ name: 'responses', path: '/v1/responses', call: '"type":"function_call"' },
    body: (text) => ({
      ...{ model: 'm', stream: true, tools: [{ type: 'function', name: 'shell' }] },
      input: [{ role: 'user', content: [{ type: 'input_text', text }] }],
    }),
  },
  {
    ...{ name: 'chat', path: '/v1/chat/completions', call: '"tool_calls"' },
    body: (text) => ({
      ...{ model: 'm', stream: true, tools: [{ type: 'function', function: { name: 'bash' } }] },
      messages: [{ role: 'system', content: 'x' }, { role: 'user', content: text }], // prettier-ignore
    }),
  },
  {
    ...{ name: 'gemini', path: '/v1beta/models/m:streamGenerateContent', call: '"functionCall"' },
    body: (text) => ({
      tools: [{ functionDeclarations: [{ name: 'run_shell_command' }] }],
      contents: [{ role: 'user', parts: [{ text }] }],
    }),
  },
];

const post = (path: string, body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(stub.url + path, { method: 'POST', body: JSON.stringify(body), signal: signal ?? AbortSignal.timeout(10_000) });

describe.each(FORMATS)('the format $name', ({ name, path, body, call }) => {
  it('says, asks for a command, and keeps what it received', async () => {
    expect(await (await post(path, body('SAY hello'))).text()).toContain('echo: hello');
    expect(await (await post(path, body('please TOOL touch it'))).text()).toContain(call);
    expect(stub.received.map(({ wire, order }) => [wire, order])).toEqual([
      [name, { kind: 'say', text: 'hello' }],
      [name, { kind: 'tool', command: 'touch it' }],
    ]);
  });

  it.each([400, 401, 429, 500, 529])('fails with %i', async (status) => {
    expect((await post(path, body(`ERR ${String(status)}`))).status).toBe(status);
  });

  it('streams slowly', async () => {
    const started = performance.now();
    const text = await (await post(path, body('SLOW 1'))).text();
    expect(performance.now() - started).toBeGreaterThan(900);
    expect(text).toContain('word2');
  });

  it('drops the connection, and never answers', async () => {
    await expect(post(path, body('DROP')).then((response) => response.text())).rejects.toThrow();
    await expect(post(path, body('HANG'), AbortSignal.timeout(300))).rejects.toThrow(/timeout|aborted/);
  });

  it('takes no order from a request without tools, which is for a title', async () => {
    const { tools: _none, ...rest } = body('ERR 500') as { tools: unknown };
    expect((await post(path, rest)).status).toBe(200);
    expect(stub.received).toEqual([]);
  });
});

describe('an order', () => {
  it('is the last one in the text, or none', () => {
    expect(orderIn('SAY one\nERR 429')).toEqual({ kind: 'fail', status: 429 });
    expect(orderIn('what is the time?')).toEqual({ kind: 'say', text: 'ack' });
    expect(orderIn('<tag>SAY this</tag>')).toEqual({ kind: 'say', text: 'this' });
  });
});
