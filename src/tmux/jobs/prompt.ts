import { basename } from 'node:path';
import type { ShellKind } from './shell.js';
import { displayWidth, splitAtColumn } from '../../kernel/width.js';

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

const ENDS = '$#%>❯➜»›λ▶→⟩⟫✗✘✔±⚡▸❱';
const END = new RegExp(`[${ENDS}]$`, 'u');
/** An end of a prompt with something behind it: what follows may be typed. */
const INNER_END = new RegExp(`[${ENDS}] +\\S`, 'u');
// PS2 of bash and dash, and the names that zsh puts before it.
const CONTINUATION =
  /^(?:(?:quote|dquote|bquote|heredoc|heredocd|pipe|for|while|until|repeat|select|then|if|elif|else|do|case|function|cursh|subsh|braceparam|mathsubst|cmdsubst|cmdand|cmdor|errexit|array|cond|math|foreach|end|nofunc)[ >]*)*> ?$/;
const ARROW_FIRST = /^[➜→❯λ▶]\s+(\S+)(?:\s+git:\([^)]*\))?(?:\s+[✗✘✔✓±])?\s*$/u;
/** zsh's right prompt stands at the far end of the row, well apart from the cursor. */
const RIGHT_PROMPT_GAP = 4;

/** The line up to the cursor, and what stands behind it in its row. */
function split(line: CursorLine): { readonly before: string; readonly after: string } {
  const [head, after] = splitAtColumn(line.row, line.cursorX);
  // A cursor beyond the text of its row has cells before it that were never written.
  const gap = ' '.repeat(Math.max(0, line.cursorX - displayWidth(head)));
  return { before: line.text.slice(0, line.text.length - after.length) + gap, after };
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
export function promptState(line: CursorLine, { kind, known, leftover = '' }: PromptOptions): PromptState {
  const { before: whole, after } = split(line);
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

/** The text of a line up to the cursor: what `known` is compared with. */
export function promptText(line: CursorLine): string {
  return split(line).before;
}
