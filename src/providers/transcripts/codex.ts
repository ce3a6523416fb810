import { isObject } from '../../kernel/json.js';
import type { TranscriptSpec } from '../provider.js';
import { type Entry, objectsIn, textIn, toolLine } from './entry.js';

type Payload = Readonly<Record<string, unknown>>;

const textOf = (content: unknown): string => objectsIn(content).map(({ text }) => textIn(text)).join(''); // prettier-ignore

function userEntry(text: string): Entry[] {
  return text === '' ? [] : [{ by: 'user', text }];
}

/** Messages of the user stand among those to the model too, together with what the program puts in there. */
function eventEntries(payload: Payload): Entry[] {
  const { type, item, message, last_agent_message: answer, error, reason } = payload;
  if (type === 'user_message') return userEntry(textIn(message));
  if (type === 'item_completed' && isObject(item) && item.type === 'UserMessage')
    return userEntry(textOf(item.content));
  if (type === 'turn_aborted') return [{ by: 'end', isAnswered: false, text: textIn(reason) }];
  if (type !== 'task_complete') return [];
  if (typeof answer === 'string' && answer !== '') return [{ by: 'end', isAnswered: true, text: answer }];
  return [{ by: 'end', isAnswered: false, text: isObject(error) ? textIn(error.message) : undefined }];
}

function argumentsIn(text: unknown): unknown {
  try {
    return JSON.parse(textIn(text)) as unknown;
  } catch {
    return text;
  }
}

function itemEntries(payload: Payload): Entry[] {
  const { type, role, content, name, input, action } = payload;
  switch (type) {
    case 'message': {
      const text = role === 'assistant' ? textOf(content) : '';
      return text === '' ? [] : [{ by: 'agent', text }];
    }
    case 'function_call':
      return [{ by: 'tool', text: toolLine(name, argumentsIn(payload.arguments)) }];
    case 'custom_tool_call':
      return [{ by: 'tool', text: toolLine(name, input) }];
    case 'local_shell_call':
      return [{ by: 'tool', text: toolLine('shell', action) }];
    default:
      return [];
  }
}

/** Codex: `sessions/YYYY/MM/DD/rollout-TIME-ID.jsonl`, seen with 0.169. */
export const codexTranscript: TranscriptSpec = {
  variable: 'CODEX_HOME',
  folder: '.codex',
  path: (id) => ['sessions', {}, {}, {}, { start: 'rollout-', end: `-${id}.jsonl` }],
  isOf: (line, id) => {
    if (!isObject(line) || line.type !== 'session_meta' || !isObject(line.payload)) return false;
    const { payload } = line;
    // Those that it has on the side say what they are of.
    const isMain = payload.thread_source === undefined || payload.thread_source === 'user';
    return payload.id === id && typeof payload.source === 'string' && isMain;
  },
  read: (line) => {
    if (!isObject(line) || !isObject(line.payload)) return [];
    if (line.type === 'event_msg') return eventEntries(line.payload);
    return line.type === 'response_item' ? itemEntries(line.payload) : [];
  },
};
