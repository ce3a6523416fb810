import { isObject } from '../../kernel/json.js';
import type { TranscriptSpec } from '../provider.js';
import { type Entry, objectsIn, textIn, toolLine } from './entry.js';

type Line = Readonly<Record<string, unknown>>;

const ID_CHARACTERS = 8;
/** What it puts before a conversation, and writes again when a turn was cancelled. */
const CONTEXT = '<session_context>';

function userEntries(content: unknown): Entry[] {
  const text = typeof content === 'string' ? content : objectsIn(content).map((part) => textIn(part.text)).join(''); // prettier-ignore
  return text === '' || text.startsWith(CONTEXT) ? [] : [{ by: 'user', text }];
}

/** It is written again with each call of a tool. As a list of parts it is what was said before, written once more. */
function agentEntries({ id, content, toolCalls }: Line): Entry[] {
  if (typeof content !== 'string') return [];
  const message = textIn(id);
  const calls = objectsIn(toolCalls).map((call): Entry => ({
    by: 'tool',
    text: toolLine(call.name, call.args),
    key: `call ${textIn(call.id)}`,
  }));
  return [...(content === '' ? [] : [{ by: 'agent' as const, text: content, message, key: message }]), ...calls];
}

/** Gemini CLI: `.gemini/tmp/PROJECT/chats/session-TIME-ID.jsonl`, seen with 0.61; the name has the beginning of the id. */
export const geminiTranscript: TranscriptSpec = {
  variable: 'GEMINI_CLI_HOME',
  folder: '',
  path: (id) => ['.gemini', 'tmp', {}, 'chats', { start: 'session-', end: `-${id.slice(0, ID_CHARACTERS)}.jsonl` }],
  isOf: (line, id) => isObject(line) && line.sessionId === id,
  repeats: true,
  read: (line) => {
    if (!isObject(line) || typeof line.id !== 'string') return [];
    const { type, content } = line;
    if (type === 'user') return userEntries(content);
    if (type === 'gemini') return agentEntries(line);
    const isEnd = type === 'error' || (type === 'info' && content === 'Request cancelled.');
    return isEnd ? [{ by: 'end', isAnswered: false, text: textIn(content) }] : [];
  },
};
