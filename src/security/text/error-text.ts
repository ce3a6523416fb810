import { sep } from 'node:path';

/** Longest part of an error that a caller gets. */
const MAX_CHARACTERS = 2000;

// A frame of a stack, on a line of its own or run into one.
const FRAME_LINE = /\n[ \t]*at [^\n]*/g;
const FRAME =
  / at (?:async )?[\w.<>$[\] ]{1,100} \((?:[^)\n]{1,500}:\d+|native|<anonymous>)\)| at (?:file:\/\/|node:|\/)\S{1,500}/g;
const QUOTED_PATH = /(["'`])((?:file:\/\/)?(?:~?\/|[A-Za-z]:\\)[^"'`\n]{1,1024})\1/g;
const PATH = /(?<![\w/.~])(?:file:\/\/\/?)?(?:~?\/(?=[\w.@~-])|[A-Za-z]:\\)[^\s"'`<>|;,()[\]{}]{1,1024}/g;
const INTERNAL = /\bnode:[a-z_]+(?:\/[a-z_]+)*(?::\d+)*|\bnode_modules\/[^\s"'`)]{1,500}/g;
/** A sentence ends behind a path, and a line number may. */
const TRAILING = /[.:!?]+$/;

/**
 * Takes out of the text of an error what tells about the machine: stacks, and paths outside a folder.
 * @param own paths below it are shown.
 */
export function withoutPlaces(text: string, own: string): string {
  if (!/[/\\]|\bat |node:/.test(text)) return text.slice(0, MAX_CHARACTERS);
  const root = own === sep ? undefined : own;
  const hide = (path: string): string => {
    const end = TRAILING.exec(path)?.[0] ?? '';
    const bare = path.slice(0, path.length - end.length);
    const inside = root !== undefined && (bare === root || bare.startsWith(root + sep)) && !bare.includes('..');
    return inside ? path : `[path]${end}`;
  };
  return text
    .slice(0, 4 * MAX_CHARACTERS)
    .replaceAll(FRAME_LINE, '')
    .replaceAll(FRAME, '')
    .replaceAll(INTERNAL, '[internal]')
    .replaceAll(QUOTED_PATH, (_match, quote: string, path: string) => `${quote}${hide(path)}${quote}`)
    .replaceAll(PATH, hide)
    .slice(0, MAX_CHARACTERS)
    .toWellFormed();
}
