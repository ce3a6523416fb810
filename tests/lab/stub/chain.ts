import type { Order, ToolCall } from './order.js';
import type { Turn } from './wire.js';

/** What a tool said, as it came back to the model. */
export interface Said {
  readonly tool: string;
  readonly text: string;
}

type Step = Extract<Order, { kind: 'call' | 'say' }>;

/** The calls of one order, in turn. */
export interface Chain {
  readonly said: readonly Said[];
  /** Takes the result of the call before, where the turn brings one. */
  readonly next: (turn: Turn, body: string) => Step;
}

/** Tools by which a CLI shows those that it offers by name only. */
const SEARCHES = ['ToolSearch', 'tool_search'];

/** Our tools are offered under longer names; a CLI may have one of its own with the same end. */
const offered = (names: readonly string[], tool: string): string | undefined => {
  const fitting = names.filter((name) => name === tool || name.endsWith(`_${tool}`) || name.endsWith(`.${tool}`));
  return fitting.find((name) => /tmux[-_]orc/.test(name)) ?? fitting[0];
};

/** What results have said of a word, last first: `seq 4` or `"seq":4`. */
function valueOf(word: string, said: readonly Said[]): unknown {
  const pattern = new RegExp(`\\b${word}"?[ :=]+"?([^\\s",}]*[^\\s",}.])`);
  const value = said.map(({ text }) => pattern.exec(text)?.[1]).findLast((found) => found !== undefined);
  return value !== undefined && /^[0-9]+$/.test(value) ? Number(value) : value;
}

function filledIn(value: unknown, said: readonly Said[]): unknown {
  if (typeof value === 'string') return /^\$[a-z_]+$/.test(value) ? valueOf(value.slice(1), said) : value;
  if (Array.isArray(value)) return value.map((one) => filledIn(one, said));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filledIn(one, said)]));
}

export function createChain({ calls, text }: Extract<Order, { kind: 'calls' }>): Chain {
  const said: Said[] = [];
  const left = [...calls];
  let open: string | undefined;
  /** Names that a search has brought. */
  let found: readonly string[] = [];
  /** Tools that are named somewhere, but can only be called when they were searched for. */
  const toSearch = (turn: Turn, body: string): string[] =>
    [...new Set(calls.map(({ tool }) => tool))]
      .filter((tool) => offered(turn.tools, tool) === undefined)
      .flatMap((tool) => new RegExp(`mcp__[\\w-]+?__${tool}\\b`).exec(body)?.[0] ?? []);
  const ask = ({ tool, args }: ToolCall, turn: Turn): Step => {
    const name = offered([...turn.tools, ...found], tool);
    if (name === undefined) return { kind: 'say', text: `no tool ${tool}` };
    open = tool;
    left.shift();
    return { kind: 'call', name, args: filledIn(args, said) as object };
  };
  return {
    said,
    next: (turn, body) => {
      if (open !== undefined) said.push({ tool: open, text: turn.results.join('\n') });
      open = undefined;
      const [call] = left;
      if (call === undefined) return { kind: 'say', text };
      const search = turn.tools.find((name) => SEARCHES.includes(name));
      const wanted = found.length > 0 || search === undefined ? [] : toSearch(turn, body);
      if (search === undefined || wanted.length === 0) return ask(call, turn);
      found = wanted;
      return { kind: 'call', name: search, args: { query: `select:${wanted.join(',')}`, max_results: wanted.length } };
    },
  };
}
