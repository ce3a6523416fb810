import { commandArguments, eventStream, isObject, listOf, sinceAnswer, textOf, type Wire } from './wire.js';

const USAGE = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 };

const answer = (parts: readonly object[], isLast: boolean): object => ({
  candidates: [{ index: 0, content: { role: 'model', parts }, ...(isLast ? { finishReason: 'STOP' } : {}) }],
  usageMetadata: USAGE,
  modelVersion: 'stub',
});

const resultText = (response: unknown): string => {
  const text = isObject(response) ? (response.output ?? response.error) : undefined;
  return typeof text === 'string' ? text : JSON.stringify(response);
};

/** Gemini generateContent. */
export const gemini: Wire = {
  name: 'gemini',
  matches: (path) => path.includes('enerateContent'),
  read: (body, path) => {
    const parts = sinceAnswer(body.contents).flatMap((content) => listOf(content.parts));
    const definitions = listOf(body.tools).flatMap((tool) => listOf(tool.functionDeclarations));
    const results = parts.map(({ functionResponse }) => functionResponse).filter(isObject);
    return {
      text: textOf(parts),
      isToolResult: results.length > 0,
      results: results.map(({ response }) => resultText(response)),
      tools: definitions.map(({ name }) => String(name)),
      definitions,
      stream: path.includes('stream'),
    };
  },
  shells: ['run_shell_command'],
  shellArguments: commandArguments,
  stream: (response) => {
    const send = eventStream(response);
    return {
      word: (text) => {
        send(answer([{ text }], false));
      },
      callTool: (name, args) => {
        send(answer([{ functionCall: { name, args } }], false));
      },
      end: () => {
        send(answer([{ text: '' }], true));
        response.end();
      },
    };
  },
  // A request for JSON (who speaks next, which model) gets an empty object.
  whole: (text, body) => {
    const config = body.generationConfig;
    const wantsJson = isObject(config) && config.responseMimeType === 'application/json';
    return answer([{ text: wantsJson ? '{}' : text }], true);
  },
  limit: () => ({
    body: {
      error: {
        ...{ code: 429, status: 'RESOURCE_EXHAUSTED', message: 'You exceeded your current quota. Please retry in 1h.' },
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
            violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel' }],
          },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3600s' },
        ],
      },
    },
  }),
  error: (status) => ({ error: { code: status, message: `stub error ${String(status)}`, status: 'RESOURCE_EXHAUSTED' } }), // prettier-ignore
};
