import { commandArguments, eventStream, isObject, listOf, nextId, sinceAnswer, textOf, type Wire } from './wire.js';

const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };

/** OpenAI Chat Completions, which OpenCode, Qwen Code and pi speak. */
export const chat: Wire = {
  name: 'chat',
  matches: (path) => path.includes('/chat/completions'),
  read: (body) => {
    const said = sinceAnswer(body.messages);
    const definitions = listOf(body.tools).map((tool) => (isObject(tool.function) ? tool.function : tool));
    const results = said.filter(({ role }) => role === 'tool').map(({ content }) => textOf(content));
    return {
      text: said.map(({ content }) => textOf(content)).join('\n'),
      isToolResult: results.length > 0,
      results,
      tools: definitions.map(({ name }) => String(name)),
      definitions,
      stream: body.stream === true,
    };
  },
  shells: ['bash', 'run_shell_command', 'shell'],
  shellArguments: commandArguments,
  stream: (response, body) => {
    const send = eventStream(response);
    const base = { id: nextId('chatcmpl'), object: 'chat.completion.chunk', created: 1, model: body.model };
    const choice = (delta: object, finish: string | null = null): void => {
      send({ ...base, choices: [{ index: 0, delta, finish_reason: finish }] });
    };
    let reason = 'stop';
    return {
      word: (content) => {
        choice({ role: 'assistant', content });
      },
      think: (thought) => {
        choice({ role: 'assistant', reasoning_content: thought });
      },
      callTool: (name, args) => {
        const call = { name, arguments: JSON.stringify(args) };
        choice({ role: 'assistant', tool_calls: [{ index: 0, id: nextId('call'), type: 'function', function: call }] });
        reason = 'tool_calls';
      },
      end: () => {
        choice({}, reason);
        send({ ...base, choices: [], usage: USAGE });
        send('[DONE]');
        response.end();
      },
    };
  },
  whole: (content, body) => ({
    ...{ id: nextId('chatcmpl'), object: 'chat.completion', created: 1, model: body.model, usage: USAGE },
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  }),
  limit: () => ({
    body: {
      error: {
        message: 'You exceeded your current quota, please check your plan and billing details.',
        type: 'insufficient_quota',
        code: 'insufficient_quota',
      },
    },
  }),
  error: (status) => ({ error: { message: `stub error ${String(status)}`, type: status === 429 ? 'rate_limit_exceeded' : 'server_error' } }), // prettier-ignore
};
