import { isObject } from '../../kernel/json.js';
import type { TranscriptSpec } from '../provider.js';
import { type Entry, objectsIn, textIn, toolLine } from './entry.js';

type Line = Readonly<Record<string, unknown>>;

/** Without what it has thought. */
const textOf = (parts: unknown): string =>
  objectsIn(parts).map(({ text, thought }) => (thought === true ? '' : textIn(text))).join(''); // prettier-ignore

function agentEntries({ parts }: Line, isWhole: boolean): Entry[] {
  const text = textOf(parts);
  const calls = objectsIn(parts).flatMap(({ functionCall: call }): Entry[] =>
    isObject(call) ? [{ by: 'tool', text: toolLine(call.name, call.args) }] : [],
  );
  const said: Entry[] = text === '' ? [] : [{ by: 'agent', text }];
  if (calls.length > 0 || text === '') return [...said, ...calls];
  return [...said, isWhole ? { by: 'end', isAnswered: true } : { by: 'end', isAnswered: false, text: 'interrupted' }];
}

/** Qwen Code: `projects/FOLDER/chats/ID.jsonl`, seen with 0.15. */
export const qwenTranscript: TranscriptSpec = {
  variable: 'QWEN_HOME',
  folder: '.qwen',
  path: (id) => ['projects', {}, 'chats', `${id}.jsonl`],
  read: (line) => {
    if (!isObject(line) || !isObject(line.message)) return [];
    const { parts } = line.message;
    if (line.type === 'user') return textOf(parts) === '' ? [] : [{ by: 'user', text: textOf(parts) }];
    // What Esc has cut has no count of tokens.
    return line.type === 'assistant' ? agentEntries(line.message, line.usageMetadata !== undefined) : [];
  },
};
