import { PROMPT_ENDS } from '../jobs/prompt.js';
import { pack, type SentText } from './echo.js';

const PROMPT_END = new RegExp(`[${PROMPT_ENDS}]`, 'u');

/** What is longer is pasted into no prompt. */
const MAX_CHARACTERS = 4096;

interface Match {
  readonly start: number;
  readonly end: number;
  readonly silent: boolean;
}

/**
 * What is typed while a program runs is echoed twice: by the terminal at once, and by the shell behind its prompt when it
 * comes to read it, however late that is.
 */
export class TypedAhead {
  readonly #texts: readonly string[];
  readonly #line: string;

  /** @param line what stands in the cursor's line where the wait begins */
  constructor(sent: SentText, line: string) {
    const isShort = sent.enter && sent.text.length <= MAX_CHARACTERS;
    this.#texts = isShort ? sent.text.split('\n').map(pack).filter(Boolean) : [];
    this.#line = line;
  }

  /** How many lines the second echo may have. */
  get lines(): number {
    return this.#texts.length;
  }

  /**
   * What a match is in: `open` while its line may still become an echo, which is a prompt and behind it all that we sent.
   * @param stream what came since the wait began; the match stands in it from `start` to `end`
   * @param silent nothing came for a while, so the line stays as it is
   */
  verdict(stream: string, { start, end, silent }: Match): 'echo' | 'output' | 'open' {
    const lineStart = startOfLine(stream, start);
    const lineEnd = stream.indexOf('\n', end);
    const before = lineStart === 0 ? this.#line : '';
    if (!PROMPT_END.test(before + stream.slice(lineStart, start))) return 'output';
    const line = pack(before + stream.slice(lineStart, lineEnd === -1 ? undefined : lineEnd));
    const isWhole = this.#texts.some((text) => line.endsWith(text));
    if (lineEnd !== -1 || silent) return isWhole ? 'echo' : 'output';
    return isWhole || this.#texts.some((text) => endsWithBeginning(line, text)) ? 'open' : 'output';
  }
}

function endsWithBeginning(line: string, text: string): boolean {
  for (let length = text.length; length > 0; length--) if (line.endsWith(text.slice(0, length))) return true;
  return false;
}

/** Editors go back to the beginning of a line and draw on in it; it ends with a line feed. */
export function startOfLine(stream: string, at: number): number {
  return at === 0 ? 0 : stream.lastIndexOf('\n', at - 1) + 1;
}
