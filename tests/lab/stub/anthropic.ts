import { commandArguments, eventStream, isObject, listOf, nextId, sinceAnswer, textOf, type Wire } from './wire.js';

const USAGE = { input_tokens: 10, output_tokens: 9 };
const isResult = ({ type }: Readonly<Record<string, unknown>>): boolean => type === 'tool_result';

/** Anthropic Messages. */
export const anthropic: Wire = {
  name: 'anthropic',
  matches: (path) => path.includes('/v1/messages'),
  read: (body) => {
    const said = sinceAnswer(body.messages);
    const results = said.flatMap(({ content }) => listOf(content).filter(isResult));
    const definitions = listOf(body.tools);
    return {
      text: said.map(({ content }) => textOf(content)).join('\n'),
      isToolResult: results.length > 0,
      results: results.map(({ content }) => textOf(content)),
      tools: definitions.map(({ name }) => String(name)),
      definitions,
      stream: body.stream === true,
    };
  },
  shells: ['Bash'],
  shellArguments: commandArguments,
  stream: (response, body) => {
    const send = eventStream(response);
    const event = (type: string, data: object): void => {
      send({ type, ...data }, type);
    };
    let index = -1;
    let open = false;
    let reason = 'end_turn';
    const close = (): void => {
      if (open) event('content_block_stop', { index });
      open = false;
    };
    const start = (block: object): void => {
      close();
      index++;
      open = true;
      event('content_block_start', { index, content_block: block });
    };
    const message = { id: nextId('msg'), type: 'message', role: 'assistant', model: body.model, content: [] };
    event('message_start', { message: { ...message, stop_reason: null, usage: USAGE } });
    return {
      word: (text) => {
        if (!open) start({ type: 'text', text: '' });
        event('content_block_delta', { index, delta: { type: 'text_delta', text } });
      },
      callTool: (name, args) => {
        start({ type: 'tool_use', id: nextId('toolu'), name, input: {} });
        const partial_json = JSON.stringify(args);
        event('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } });
        reason = 'tool_use';
      },
      end: () => {
        close();
        event('message_delta', { delta: { stop_reason: reason, stop_sequence: null }, usage: USAGE });
        event('message_stop', {});
        response.end();
      },
    };
  },
  whole: (text, body) => ({
    ...{ id: nextId('msg'), type: 'message', role: 'assistant', model: body.model, content: [{ type: 'text', text }] },
    ...{ stop_reason: 'end_turn', stop_sequence: null, usage: USAGE },
  }),
  limit: (resetsAt) => ({
    body: {
      type: 'error',
      error: { type: 'rate_limit_error', message: "This request would exceed your account's rate limit." },
    },
    headers: {
      ...{ 'anthropic-ratelimit-unified-status': 'rejected', 'anthropic-ratelimit-unified-reset': String(resetsAt) },
      ...{ 'anthropic-ratelimit-unified-representative-claim': 'five_hour', 'x-should-retry': 'false' },
    },
  }),
  error: (status) => {
    const type = status === 429 ? 'rate_limit_error' : status === 529 ? 'overloaded_error' : 'api_error';
    return { type: 'error', error: { type, message: `stub error ${String(status)}` } };
  },
};

/** A count of tokens is asked for beside the messages. */
export const isTokenCount = (path: string, body: unknown): boolean =>
  path.includes('/v1/messages/count_tokens') && isObject(body);
