import { Buffer } from 'node:buffer';

/** One tmux command: its full name, then its arguments. Names are constants of ours, arguments may hold any byte but NUL. */
export type Command = readonly [name: string, ...words: (string | Uint8Array)[]];

// What is literal inside tmux's double quotes for certain; `~`, `$`, `#`, `;`, `{`, `%` and newlines are syntax.
const LITERAL = /[A-Za-z0-9 _./:-]/;
const BYTES = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return LITERAL.test(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`;
});
const ALL_LITERAL = /^[A-Za-z0-9 _./:-]*$/;

/** One argument as tmux's parser reads it back byte for byte (tmux(1), PARSING SYNTAX). */
function encodeWord(word: string | Uint8Array): string {
  if (typeof word === 'string' && ALL_LITERAL.test(word)) return `"${word}"`;
  const bytes = typeof word === 'string' ? Buffer.from(word, 'utf8') : word;
  const parts = new Array<string>(bytes.length);
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (byte === 0) throw new RangeError('tmux cannot carry NUL in an argument');
    parts[index] = BYTES[byte] ?? '';
  }
  return `"${parts.join('')}"`;
}

/**
 * The one encoder: commands as one line that means exactly them, for control mode, for source-file and, nested, for
 * the branches of if-shell.
 */
export function encode(...commands: readonly Command[]): string {
  return commands
    .map(([name, ...words]) => {
      if (!/^[a-z-]+$/.test(name)) throw new RangeError('a tmux command name is a constant');
      return [name, ...words.map(encodeWord)].join(' ');
    })
    .join(' ; ');
}
