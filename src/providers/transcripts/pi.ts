import { isObject } from '../../kernel/json.js';
import type { TranscriptSpec } from '../provider.js';
import { type Entry, objectsIn, textIn, toolLine } from './entry.js';

type Message = Readonly<Record<string, unknown>>;

const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : objectsIn(content).map(({ type, text }) => (type === 'text' ? textIn(text) : '')).join(''); // prettier-ignore

function agentEntries({ content, stopReason: reason, errorMessage }: Message): Entry[] {
  const text = textOf(content);
  const calls = objectsIn(content).flatMap((part): Entry[] =>
    part.type === 'toolCall' ? [{ by: 'tool', text: toolLine(part.name, part.arguments) }] : [],
  );
  const entries: Entry[] = [...(text === '' ? [] : [{ by: 'agent' as const, text }]), ...calls];
  if (reason === 'aborted' || reason === 'error')
    return [...entries, { by: 'end', isAnswered: false, text: textIn(errorMessage) }];
  const isEnd = typeof reason === 'string' && reason !== 'toolUse' && text !== '';
  return isEnd ? [...entries, { by: 'end', isAnswered: true }] : entries;
}

/** pi: `sessions/FOLDER/TIME_ID.jsonl`, seen with 0.73. */
export const piTranscript: TranscriptSpec = {
  variable: 'PI_CODING_AGENT_DIR',
  folder: '.pi/agent',
  path: (id) => ['sessions', {}, { end: `_${id}.jsonl` }],
  read: (line) => {
    if (!isObject(line) || line.type !== 'message' || !isObject(line.message)) return [];
    const { role, content } = line.message;
    if (role === 'assistant') return agentEntries(line.message);
    return role === 'user' && textOf(content) !== '' ? [{ by: 'user', text: textOf(content) }] : [];
  },
};
