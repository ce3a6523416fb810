import { basename } from 'node:path';
import type { ShellKind } from './shell.js';
import { displayWidth, splitAtColumn, widthDoubt } from '../../kernel/width.js';

/** What stands on the cursor's line of a pane whose foreground program is a shell. */
export interface CursorLine {
  /** The whole logical line, wraps joined, trailing spaces kept. */
  readonly text: string;
  /** Its last row, where the cursor stands in column `cursorX`. */
  readonly row: string;
  readonly cursorX: number;
  readonly width: number;
  readonly cwd: string;
}

export interface PromptOptions {
  readonly kind: ShellKind;
  /** Certainly the prompt of this shell, because a command typed there ran. */
  readonly known?: string | undefined;
  /** Output without a line end that may stand before the prompt. */
  readonly leftover?: string | undefined;
}

/** `clean`: an empty prompt. `half_typed`: a person's text may stand there. */
export type PromptState = 'clean' | 'half_typed' | 'continuation' | 'no_prompt';

/** Characters that prompts end with. */
export const PROMPT_ENDS = '$#%>❯➜»›λ▶→⟩⟫✗✘✔±⚡▸❱';
const END = new RegExp(`[${PROMPT_ENDS}]$`, 'u');
/** An end of a prompt with something behind it: what follows may be typed. */
const INNER_END = new RegExp(`[${PROMPT_ENDS}] +\\S`, 'u');
// PS2 of bash and dash, and the names that zsh puts before it.
const CONTINUATION =
  /^(?:(?:quote|dquote|bquote|heredoc|heredocd|pipe|for|while|until|repeat|select|then|if|elif|else|do|case|function|cursh|subsh|braceparam|mathsubst|cmdsubst|cmdand|cmdor|errexit|array|cond|math|foreach|end|nofunc)[ >]*)*> ?$/;
const ARROW_FIRST = /^[➜→❯λ▶]\s+(\S+)(?:\s+git:\([^)]*\))?(?:\s+[✗✘✔✓±])?\s*$/u;
/** zsh's right prompt stands at the far end of the row, well apart from the cursor. */
const RIGHT_PROMPT_GAP = 4;

/** A line in two at the cursor. */
interface Reading {
  readonly before: string;
  /** What stands behind the cursor in its row. */
  readonly after: string;
}

/** By columns; and, where tmux may count the row's characters in another way than we do, as if the cursor stood at its end. */
function readings(line: CursorLine): readonly Reading[] {
  const [head, after] = splitAtColumn(line.row, line.cursorX);
  // A cursor beyond the text of its row has cells before it that were never written.
  const gap = ' '.repeat(Math.max(0, line.cursorX - displayWidth(head)));
  const byColumns = { before: line.text.slice(0, line.text.length - after.length) + gap, after };
  const apart = Math.abs(displayWidth(line.row) - line.cursorX);
  const atEnd = apart > 0 && apart <= widthDoubt(line.row);
  return atEnd ? [{ before: line.text, after: '' }, byColumns] : [byColumns];
}

function isRightPrompt(line: CursorLine, after: string): boolean {
  const gap = after.length - after.trimStart().length;
  return gap >= RIGHT_PROMPT_GAP && displayWidth(line.row) >= line.width - 2;
}

/** A prompt that names the folder at its end, arrow first, as oh-my-zsh's does. */
function isArrowPrompt(text: string, cwd: string): boolean {
  const place = ARROW_FIRST.exec(text)?.[1];
  return place !== undefined && (place === '~' || place === basename(cwd) || place === '/');
}

/**
 * Tells whether the line is a prompt with nothing typed after it. Prompts are free text, so this is a judgement: in
 * doubt the line counts as half-typed and nothing is sent.
 */
export function promptState(line: CursorLine, options: PromptOptions): PromptState {
  const states = readings(line).map((reading) => stateOf(reading, line, options));
  return states.find((state) => state === 'clean') ?? states.at(-1) ?? 'no_prompt';
}

function stateOf({ before: whole, after }: Reading, line: CursorLine, options: PromptOptions): PromptState {
  const { kind, known, leftover = '' } = options;
  if (after.trim() !== '' && !isRightPrompt(line, after)) return 'half_typed';
  if (known !== undefined && known.length > 1 && whole.endsWith(known)) return 'clean';
  const before = whole.startsWith(leftover) ? whole.slice(leftover.length) : whole;
  if (before.trim() === '') return 'no_prompt';
  // fish has no prompt for the rest of a command, but shows `>` where its own does not fit.
  if (kind !== 'fish' && CONTINUATION.test(before.trimEnd())) return 'continuation';
  return looksLikePrompt(before, line.cwd) ? 'clean' : 'half_typed';
}

/** By its form: it ends as prompts do, and nothing that looks like an end stands inside it. */
function looksLikePrompt(before: string, cwd: string): boolean {
  const text = before.trimEnd();
  if (isArrowPrompt(text, cwd)) return true;
  return END.test(text) && before.length - text.length <= 2 && !INNER_END.test(stripDecoration(text));
}

/** Marks of a status at the front of a prompt (`✔ `, `➜ `) are no ends of it. */
function stripDecoration(text: string): string {
  return text.replace(/^\s*[✔✓✗✘➜→❯λ▶⚡±]\s+/u, '');
}

/** The text of a clean line up to the cursor: what `known` is compared with. */
export function promptText(line: CursorLine, options: PromptOptions): string {
  const all = readings(line);
  const clean = all.find((reading) => stateOf(reading, line, options) === 'clean');
  return (clean ?? all.at(-1))?.before ?? '';
}
