/** A call of an offered tool. A text argument `$word` stands for what an earlier result said of that word. */
export interface ToolCall {
  /** The end of the name under which it is offered. */
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What the stub does with one request, as the last text of the user says. */
export type Order =
  /** With a thought before it, where the vendor's API has such and it is asked for. */
  | { readonly kind: 'say'; readonly text: string; readonly thought?: string }
  /** Streams words for so long. */
  | { readonly kind: 'slow'; readonly seconds: number }
  /** Asks for a call of the shell tool. */
  | { readonly kind: 'tool'; readonly command: string }
  /** Asks for calls of other tools, each after the result of the one before, and says something at the end. */
  | { readonly kind: 'calls'; readonly calls: readonly ToolCall[]; readonly text: string }
  /** Asks for one call, by its whole name. */
  | { readonly kind: 'call'; readonly name: string; readonly args: object }
  | { readonly kind: 'fail'; readonly status: number }
  /** The plan is used up, for so long from the first time that this is asked for; then it is answered. */
  | { readonly kind: 'limit'; readonly seconds: number }
  /** Ends the connection in the middle of an answer. */
  | { readonly kind: 'drop' }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' };

const ORDERS = /\b(?:(SAY|LINES|THINK|SLOW|TOOL|CALL|ERR)[ \t]+([^\n<]+)|(DROP|HANG)\b|(LIMIT)\b[ \t]*([0-9]*))/g;

const LIMIT_SECONDS = 7200;

/** Between the calls of one order. */
const NEXT = ' ;; ';

/** Where the object ends that a text begins with: an order may stand in an argument of another one. */
function endOfObject(text: string): number {
  let depth = 0;
  for (const { 0: part, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    depth += part === '{' ? 1 : part === '}' ? -1 : 0;
    if (depth === 0) return index + part.length;
  }
  throw new Error('a call without arguments');
}

/** @param text for example `list_agents {} ;; CALL kill_pane {"target":"%3"} ;; SAY done` */
function callsIn(text: string): Order {
  const calls: ToolCall[] = [];
  let rest = text;
  for (let found; (found = /^(?:CALL[ \t]+)?(\w+)[ \t]+(?=\{)/.exec(rest)) !== null;) {
    const args = rest.slice(found[0].length);
    const end = endOfObject(args);
    calls.push({ tool: found[1]!, args: JSON.parse(args.slice(0, end)) as ToolCall['args'] });
    rest = args.slice(end).replace(NEXT, '');
  }
  return { kind: 'calls', calls, text: rest.startsWith('SAY ') ? rest.slice(4) : 'called' };
}

/** The text of an order for calls. */
export const callOrder = (calls: readonly ToolCall[], text: string): string =>
  [...calls.map(({ tool, args }) => `CALL ${tool} ${JSON.stringify(args)}`), `SAY ${text}`].join(NEXT);

/** The last order in a text; a text without one is answered with `ack`. */
export function orderIn(text: string): Order {
  const found = [...text.matchAll(ORDERS)].at(-1);
  const value = (found?.[2] ?? '').trim();
  switch (found?.[1] ?? found?.[3] ?? found?.[4]) {
    case 'SAY':
      return { kind: 'say', text: value };
    case 'THINK':
      return { kind: 'say', text: value, thought: 'a private thought. ' };
    // Text of several lines, which stand between bars.
    case 'LINES':
      return { kind: 'say', text: value.split('|').map((line) => line.trim()).join('\n') }; // prettier-ignore
    case 'SLOW':
      return { kind: 'slow', seconds: Number.parseInt(value, 10) };
    case 'TOOL':
      return { kind: 'tool', command: value };
    case 'CALL':
      return callsIn(value);
    case 'ERR':
      return { kind: 'fail', status: Number.parseInt(value, 10) };
    case 'LIMIT':
      return { kind: 'limit', seconds: Number(found?.[5] === undefined || found[5] === '' ? LIMIT_SECONDS : found[5]) };
    case 'DROP':
      return { kind: 'drop' };
    case 'HANG':
      return { kind: 'hang' };
    default:
      return { kind: 'say', text: 'ack' };
  }
}
