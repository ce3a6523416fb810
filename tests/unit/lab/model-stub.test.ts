import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callOrder, orderIn } from '../../lab/stub/order.js';
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
  /** The last message of a request, when a tool has said this. */
  readonly result: (text: string) => object;
}

const FORMATS: Format[] = [
  {
    ...{ name: 'anthropic', path: '/v1/messages', call: '"type":"tool_use"' },
    body: (text) => ({
      ...{ model: 'm', stream: true, tools: [{ name: 'Bash' }] },
      messages: [{ role: 'user', content: [{ type: 'text', text }] }],
    }),
    result: (content) => ({ messages: [{ role: 'user', content: [{ type: 'tool_result', content }] }] }),
  },
  {
    ...{ name: 'responses', path: '/v1/responses', call: '"type":"function_call"' },
    body: (text) => ({
      ...{ model: 'm', stream: true, tools: [{ type: 'function', name: 'shell' }] },
      input: [{ role: 'user', content: [{ type: 'input_text', text }] }],
    }),
    result: (output) => ({ input: [{ type: 'function_call_output', output }] }),
  },
  {
    ...{ name: 'chat', path: '/v1/chat/completions', call: '"tool_calls"' },
    body: (text) => ({
      ...{ model: 'm', stream: true, tools: [{ type: 'function', function: { name: 'bash' } }] },
      messages: [{ role: 'system', content: 'x' }, { role: 'user', content: text }], // prettier-ignore
    }),
    result: (content) => ({ messages: [{ role: 'tool', content }] }),
  },
  {
    ...{ name: 'gemini', path: '/v1beta/models/m:streamGenerateContent', call: '"functionCall"' },
    body: (text) => ({
      tools: [{ functionDeclarations: [{ name: 'run_shell_command' }] }],
      contents: [{ role: 'user', parts: [{ text }] }],
    }),
    result: (output) => ({ contents: [{ role: 'user', parts: [{ functionResponse: { response: { output } } }] }] }),
  },
];

const shellIn = (body: object): string => /bash|shell|run_shell_command/i.exec(JSON.stringify(body))?.[0] ?? '';
const post = (path: string, body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(stub.url + path, { method: 'POST', body: JSON.stringify(body), signal: signal ?? AbortSignal.timeout(10_000) });

describe.each(FORMATS)('the format $name', ({ name, path, body, call, result }) => {
  it('says, asks for a command, and keeps what it received', async () => {
    expect(await (await post(path, body('SAY hello'))).text()).toContain('echo: hello');
    expect(await (await post(path, body('please TOOL touch it'))).text()).toContain(call);
    expect(stub.received.map(({ wire, order }) => [wire, order])).toEqual([
      [name, { kind: 'say', text: 'hello' }],
      [name, { kind: 'tool', command: 'touch it' }],
    ]);
  });

  it('asks for one call after the other, and keeps what the tools said', async () => {
    const calls = [{ tool: shellIn(body('')), args: { a: 1 } }, { tool: shellIn(body('')), args: { after: ['$seq'] } }]; // prettier-ignore
    const first = body(callOrder(calls, 'both'));
    const answers = [];
    for (const request of [first, { ...first, ...result('sent: seq 7') }, { ...first, ...result('done SAY no') }])
      answers.push(await (await post(path, request)).text());
    expect(answers[0]).toContain(call);
    expect(answers[1]).toMatch(/after\W+7/);
    expect(answers[2]).toContain('echo: both');
    expect(stub.said().map(({ text }) => text)).toEqual(['sent: seq 7', 'done SAY no']);
    expect(await (await post(path, body('TOOL ls'))).text()).toContain(call);
    expect(await (await post(path, { ...first, ...result('out') })).text()).toContain('tool finished');
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

describe('calls of tools', () => {
  const { path, body } = FORMATS[0]!;
  const offering = (text: string, ...names: string[]): object => ({ ...body(text), tools: names.map((name) => ({ name })) }); // prettier-ignore

  it('are of ours, where the CLI has one of the same name', async () => {
    const text = callOrder([{ tool: 'list_agents', args: {} }], 'done');
    const names = ['list_agents', 'mcp__other__list_agents', 'mcp__tmux-orc__list_agents'];
    expect(await (await post(path, offering(text, ...names))).text()).toContain('"mcp__tmux-orc__list_agents"');
    expect(await (await post(path, offering(text, 'Read'))).text()).toContain('no tool list_agents');
  });

  it('are searched for where only their names are told', async () => {
    const text = callOrder([{ tool: 'list_agents', args: {} }], 'done');
    const first = offering(`You may search for\nmcp__tmux-orc__list_agents.\n${text}`, 'ToolSearch');
    const search = await (await post(path, first)).text();
    expect(search).toContain('"ToolSearch"');
    expect(search).toContain('select:mcp__tmux-orc__list_agents');
    const found = { ...first, messages: [{ role: 'user', content: [{ type: 'tool_result', content: 'loaded' }] }] };
    expect(await (await post(path, found)).text()).toContain('"mcp__tmux-orc__list_agents"');
    expect(stub.said()).toEqual([]);
  });
});

describe('an order', () => {
  it('is the last one in the text, or none', () => {
    expect(orderIn('SAY one\nERR 429')).toEqual({ kind: 'fail', status: 429 });
    expect(orderIn('what is the time?')).toEqual({ kind: 'say', text: 'ack' });
    expect(orderIn('<tag>SAY this</tag>')).toEqual({ kind: 'say', text: 'this' });
  });
});
