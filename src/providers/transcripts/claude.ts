import { isObject } from '../../kernel/json.js';
import type { TranscriptSpec } from '../provider.js';
import { type Entry, objectsIn, textIn, toolLine } from './entry.js';

type Line = Readonly<Record<string, unknown>>;

/** What is put in by the program, for the model alone. */
const isAside = (line: Line): boolean =>
  line.isMeta === true || line.isSidechain === true || line.isCompactSummary === true;

/** What it writes in the place of a message when Esc has ended a turn. */
const INTERRUPTED = '[Request interrupted by user';
const COMMAND = /^<command-name>([^<]*)<\/command-name>[^]*?(?:<command-args>([^<]*)<\/command-args>|$)/;
const COMMAND_OUTPUT = /^<local-command-std(?:out|err)>/;

function userEntry(text: string): Entry[] {
  if (text === '' || COMMAND_OUTPUT.test(text)) return [];
  if (text.startsWith(INTERRUPTED)) return [{ by: 'end', isAnswered: false, text: 'interrupted' }];
  const [, name, words = ''] = COMMAND.exec(text) ?? [];
  return [{ by: 'user', text: name === undefined ? text : `${name} ${words}`.trim() }];
}

function userEntries({ content }: Line): Entry[] {
  if (typeof content === 'string') return userEntry(content);
  return objectsIn(content).flatMap(({ type, text }) => (type === 'text' ? userEntry(textIn(text)) : []));
}

/** Each block of a message has a line of its own; all of them have its id. */
function agentEntries({ content, id, stop_reason: reason }: Line): Entry[] {
  const message = textIn(id);
  const entries = objectsIn(content).flatMap((block): Entry[] => {
    if (block.type === 'text' && textIn(block.text) !== '') return [{ by: 'agent', text: textIn(block.text), message }];
    return block.type === 'tool_use' ? [{ by: 'tool', text: toolLine(block.name, block.input) }] : [];
  });
  const isEnd = typeof reason === 'string' && reason !== 'tool_use' && reason !== 'pause_turn';
  return isEnd && entries.some(({ by }) => by === 'agent') ? [...entries, { by: 'end', isAnswered: true }] : entries;
}

/** Claude Code: `projects/FOLDER/ID.jsonl`, seen with 2.1. Agents below it have files of their own. */
export const claudeTranscript: TranscriptSpec = {
  variable: 'CLAUDE_CONFIG_DIR',
  folder: '.claude',
  path: (id) => ['projects', {}, `${id}.jsonl`],
  read: (line) => {
    if (!isObject(line) || isAside(line) || !isObject(line.message)) return [];
    if (line.type === 'user') return userEntries(line.message);
    if (line.type !== 'assistant') return [];
    const entries = agentEntries(line.message);
    if (line.isApiErrorMessage !== true) return entries;
    const text = entries.map((entry) => (entry.by === 'agent' ? entry.text : '')).join('');
    return [{ by: 'end', isAnswered: false, text }];
  },
};
