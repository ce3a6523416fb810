import { eventStream, type Json, listOf, nextId, sinceAnswer, textOf, type Wire } from './wire.js';

const USAGE = {
  ...{ input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  ...{ input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
};

/** The arguments of a shell tool, which differ by its name. */
function shellArguments(tool: string, command: string): object {
  if (tool === 'exec_command') return { cmd: command, sandbox_permissions: 'require_escalated', justification: 'stub' };
  return tool === 'shell_command' ? { command } : { command: ['bash', '-lc', command] };
}

/** Tools of one kind may be offered together; they are told apart here as `namespace.tool`. */
const inNamespace = (tool: Json): readonly Json[] =>
  tool.type === 'namespace'
    ? listOf(tool.tools).map((one) => ({ ...one, name: `${String(tool.name)}.${String(one.name)}` }))
    : [tool];

/** OpenAI Responses. */
export const responses: Wire = {
  name: 'responses',
  matches: (path) => path.includes('/responses'),
  read: (body) => {
    const said = sinceAnswer(body.input);
    const definitions = listOf(body.tools).flatMap(inNamespace);
    const results = said.filter(({ type }) => typeof type === 'string' && type.includes('output'));
    return {
      text: said.map(({ content }) => textOf(content)).join('\n'),
      isToolResult: results.length > 0,
      results: results.map(({ output }) => textOf(output)),
      tools: definitions.map(({ name, type }) => String(name ?? type)),
      definitions,
      stream: body.stream === true,
    };
  },
  shells: ['shell', 'exec_command', 'shell_command', 'local_shell'],
  shellArguments,
  stream: (response) => {
    const send = eventStream(response);
    const event = (type: string, data: object): void => {
      send({ type, ...data }, type);
    };
    const head = { id: nextId('resp'), object: 'response' };
    const item = { type: 'message', id: nextId('msg'), role: 'assistant' };
    const output: object[] = [];
    let text: string | undefined;
    event('response.created', { response: { ...head, status: 'in_progress', output } });
    return {
      word: (word) => {
        if (text === undefined) {
          const part = { type: 'output_text', text: '' };
          event('response.output_item.added', {
            output_index: 0,
            item: { ...item, status: 'in_progress', content: [] },
          });
          event('response.content_part.added', { item_id: item.id, output_index: 0, content_index: 0, part });
        }
        text = (text ?? '') + word;
        event('response.output_text.delta', { item_id: item.id, output_index: 0, content_index: 0, delta: word });
      },
      callTool: (offered, args) => {
        const [name, namespace] = offered.split('.').reverse();
        const call = { type: 'function_call', id: nextId('fc'), call_id: nextId('call'), name };
        const whole = { ...call, arguments: JSON.stringify(args), ...(namespace === undefined ? {} : { namespace }) };
        output.push(whole);
        event('response.output_item.added', { output_index: 0, item: whole });
        event('response.output_item.done', { output_index: 0, item: whole });
      },
      end: () => {
        if (text !== undefined) {
          const whole = { ...item, status: 'completed', content: [{ type: 'output_text', text, annotations: [] }] };
          output.push(whole);
          event('response.output_item.done', { output_index: 0, item: whole });
        }
        event('response.completed', { response: { ...head, status: 'completed', output, usage: USAGE } });
        response.end();
      },
    };
  },
  whole: (text) => ({
    ...{ id: nextId('resp'), object: 'response', status: 'completed', usage: USAGE },
    output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text, annotations: [] }] }],
  }),
  limit: (resetsAt) => ({
    body: {
      error: {
        ...{ type: 'usage_limit_reached', message: 'The usage limit has been reached', plan_type: 'plus' },
        resets_at: resetsAt,
      },
    },
  }),
  error: (status) => ({ error: { message: `stub error ${String(status)}`, type: 'rate_limit_exceeded', code: 'rate_limit_exceeded' } }), // prettier-ignore
};
