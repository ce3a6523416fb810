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
  /** The plan is used up, for two hours. */
  | { readonly kind: 'limit' }
  /** Ends the connection in the middle of an answer. */
  | { readonly kind: 'drop' }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' };

const ORDERS = /\b(?:(SAY|LINES|THINK|SLOW|TOOL|CALL|ERR)[ \t]+([^\n<]+)|(DROP|HANG|LIMIT)\b)/g;

/** Between the calls of one order. */
const NEXT = ' ;; ';

/** @param text for example `list_agents {} ;; CALL kill_pane {"target":"%3"} ;; SAY done` */
function callsIn(text: string): Order {
  const steps = text.split(NEXT).map((step) => step.replace(/^CALL[ \t]+/, ''));
  const calls = steps
    .filter((step) => !step.startsWith('SAY '))
    .map((step) => {
      const [tool = ''] = step.split(/[ \t]/, 1);
      return { tool, args: JSON.parse(step.slice(tool.length)) as ToolCall['args'] };
    });
  return { kind: 'calls', calls, text: steps.find((step) => step.startsWith('SAY '))?.slice(4) ?? 'called' };
}

/** The text of an order for calls. */
export const callOrder = (calls: readonly ToolCall[], text: string): string =>
  [...calls.map(({ tool, args }) => `CALL ${tool} ${JSON.stringify(args)}`), `SAY ${text}`].join(NEXT);

/** The last order in a text; a text without one is answered with `ack`. */
export function orderIn(text: string): Order {
  const found = [...text.matchAll(ORDERS)].at(-1);
  const value = (found?.[2] ?? '').trim();
  switch (found?.[1] ?? found?.[3]) {
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
      return { kind: 'limit' };
    case 'DROP':
      return { kind: 'drop' };
    case 'HANG':
      return { kind: 'hang' };
    default:
      return { kind: 'say', text: 'ack' };
  }
}
