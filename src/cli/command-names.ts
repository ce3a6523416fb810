import { operations } from '../operations/index.js';

const COMMANDS = new Map(
  operations.map((operation) => [operation.name, `"tmux-orc ${operation.cli.path.join(' ')}"`] as const),
);
const TOOL_NAME = /\b[a-z]+(?:_[a-z]+)+\b/g;

/** Hints speak of tools; a person types commands. */
export function withCommands(text: string): string {
  return text.replaceAll(TOOL_NAME, (word) => COMMANDS.get(word) ?? word);
}
