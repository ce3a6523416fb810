/** What the stub does with one request, as the last text of the user says. */
export type Order =
  /** With a thought before it, where the vendor's API has such and it is asked for. */
  | { readonly kind: 'say'; readonly text: string; readonly thought?: string }
  /** Streams words for so long. */
  | { readonly kind: 'slow'; readonly seconds: number }
  /** Asks for a call of the shell tool. */
  | { readonly kind: 'tool'; readonly command: string }
  | { readonly kind: 'fail'; readonly status: number }
  /** The plan is used up, for two hours. */
  | { readonly kind: 'limit' }
  /** Ends the connection in the middle of an answer. */
  | { readonly kind: 'drop' }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' };

const ORDERS = /\b(?:(SAY|LINES|THINK|SLOW|TOOL|ERR)[ \t]+([^\n<]+)|(DROP|HANG|LIMIT)\b)/g;

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
