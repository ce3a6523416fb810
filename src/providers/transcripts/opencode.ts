import { isObject } from '../../kernel/json.js';
import type { ApiConversation, ApiMessage, ApiTalk } from '../provider.js';
import { type Entry, objectsIn, textIn, toolLine } from './entry.js';

type Json = Readonly<Record<string, unknown>>;

const numberIn = (value: unknown): number => (typeof value === 'number' ? value : 0);

const timeIn = (value: unknown, name: string): number => (isObject(value) ? numberIn(value[name]) : 0);

/** Without what it puts in for the model, or shows to the person alone. */
const isSaid = ({ type, synthetic, ignored }: Json): boolean =>
  type === 'text' && synthetic !== true && ignored !== true;

const textsOf = (parts: readonly Json[]): string[] =>
  parts.filter(isSaid).map(({ text }) => textIn(text)).filter((text) => text !== ''); // prettier-ignore

/** Parts stand in the order in which they came. */
function agentEntries({ id, error, finish }: Json, parts: readonly Json[]): Entry[] {
  const message = textIn(id);
  const entries = parts.flatMap((part): Entry[] => {
    if (part.type === 'tool') {
      const input = isObject(part.state) ? part.state.input : undefined;
      return [{ by: 'tool', text: toolLine(part.tool, input) }];
    }
    const [text] = textsOf([part]);
    return text === undefined ? [] : [{ by: 'agent', text, message }];
  });
  if (isObject(error)) return [...entries, { by: 'end', isAnswered: false, text: textIn(error.name) }];
  const isEnd = typeof finish === 'string' && finish !== 'tool-calls' && finish !== 'unknown';
  return isEnd && entries.at(-1)?.by === 'agent' ? [...entries, { by: 'end', isAnswered: true }] : entries;
}

function messageOf({ info, parts }: Json): ApiMessage[] {
  if (!isObject(info) || typeof info.id !== 'string') return [];
  const at = timeIn(info.time, 'created');
  const all = objectsIn(parts);
  if (info.role === 'user') {
    const text = textsOf(all).join('\n');
    return [{ id: info.id, at, isOver: true, entries: text === '' ? [] : [{ by: 'user', text }] }];
  }
  const isOver = timeIn(info.time, 'completed') > 0 || isObject(info.error);
  return info.role === 'assistant' ? [{ id: info.id, at, isOver, entries: agentEntries(info, all) }] : [];
}

function conversationOf({ id, title, time, parentID: parent }: Json): ApiConversation[] {
  if (typeof id !== 'string' || parent !== undefined) return [];
  return [{ id, title: textIn(title), changedAt: timeIn(time, 'updated') }];
}

/** OpenCode's server, seen with 1.18. */
export const opencodeTalk: ApiTalk = {
  list: (since) => `/session?roots=true&limit=50&start=${String(Math.floor(since))}`,
  readList: (answer) => objectsIn(answer).flatMap(conversationOf),
  titleIn: (title) => /^OC \| (.+)$/.exec(title)?.[1],
  page: (id, count, before) =>
    `/session/${encodeURIComponent(id)}/message?limit=${String(count)}${before === undefined ? '' : `&before=${encodeURIComponent(before)}`}`,
  beforeHeader: 'x-next-cursor',
  read: (answer) => objectsIn(answer).flatMap(messageOf),
};
