import type { ServerResponse } from 'node:http';

/** What a request asks for, told alike for all formats. */
export interface Turn {
  /** Text of the last message of the user. */
  readonly text: string;
  /** The last message brings the result of a tool. */
  readonly isToolResult: boolean;
  /** What the tools said that the message brings results of, as the model reads it. */
  readonly results: readonly string[];
  /** Names of the tools that are offered; requests for titles and summaries offer none. */
  readonly tools: readonly string[];
  /** The same tools as they were sent. */
  readonly definitions: readonly Json[];
  readonly stream: boolean;
}

/** How one answer is written in the format of a vendor. */
export interface Answer {
  readonly word: (text: string) => void;
  /** What the model thinks before it answers, in the formats that tell. */
  readonly think?: (text: string) => void;
  readonly callTool: (name: string, args: object) => void;
  readonly end: () => void;
}

/** The format of a vendor's API. */
export interface Wire {
  readonly name: string;
  readonly matches: (path: string) => boolean;
  readonly read: (body: Json, path: string) => Turn;
  /** Names of tools that run a shell command. */
  readonly shells: readonly string[];
  /** The arguments of such a tool. */
  readonly shellArguments: (tool: string, command: string) => object;
  readonly stream: (response: ServerResponse, body: Json) => Answer;
  readonly whole: (text: string, body: Json) => unknown;
  readonly error: (status: number) => unknown;
  /** What the vendor says with status 429 when a plan is used up. @param resetsAt seconds since the epoch */
  readonly limit: (resetsAt: number) => { readonly body: unknown; readonly headers?: Record<string, string> };
}

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The text of a message whose content is a string or a list of parts. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return listOf(content)
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .filter((text) => text !== '')
    .join('\n');
}

/** All texts in a value of JSON. */
export function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** What most tools that run a shell command take. */
export const commandArguments = (_tool: string, command: string): object => ({ command, description: 'run it' });

/** What the user's side has said since the model spoke last: a CLI may add reminders as messages of their own. */
export function sinceAnswer(messages: unknown): readonly Json[] {
  const all = listOf(messages);
  const isAnswer = ({ role, type }: Json): boolean =>
    role === 'assistant' || role === 'model' || type === 'function_call' || type === 'reasoning';
  return all.slice(all.findLastIndex(isAnswer) + 1);
}

/** Server-sent events. @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function eventStream(response: ServerResponse): (data: unknown, event?: string) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  return (data, event) => {
    const name = event === undefined ? '' : `event: ${event}\n`;
    response.write(`${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  };
}

let counter = 0;
/** Ids that no two answers of a process share. */
export const nextId = (prefix: string): string => `${prefix}_${String(process.pid)}_${String(++counter)}`;
