/** Text that we pasted into a pane, and where its echo is to be expected. */
export interface SentText {
  readonly text: string;
  /** Absolute row of the cursor just before, and the pane's text from there on. */
  readonly row: number;
  readonly cursor: string;
  /** Enter was pressed after it, so its echo ends with the line. */
  readonly enter: boolean;
  readonly at: number;
}

/** How long an echo is expected; a program that has not echoed by then does not. */
const ECHO_MS = 500;
const MAX_REMEMBERED = 200;

/** What was last pasted into each pane by this process. */
export class SentTexts {
  readonly #last = new Map<string, SentText>();

  remember(pane: string, sent: SentText): void {
    this.#last.delete(pane);
    this.#last.set(pane, sent);
    const oldest = this.#last.keys().next();
    if (this.#last.size > MAX_REMEMBERED && oldest.done !== true) this.#last.delete(oldest.value);
  }

  get(pane: string): SentText | undefined {
    return this.#last.get(pane);
  }
}

/**
 * End of the first appearance of a text in what a terminal shows, which may have wrapped it, put prompts between its
 * lines, or drawn parts twice: the characters of its lines in order, white space aside.
 * @returns index after it, or undefined when it is not there as a whole.
 */
export function echoEnd(shown: string, text: string): number | undefined {
  let at = 0;
  for (const line of text.split('\n')) {
    const wanted = line.replaceAll(/\s/g, '');
    if (wanted === '') continue;
    const end = findPacked(shown, wanted, at);
    if (end === undefined) return undefined;
    at = end;
  }
  return at;
}

function findPacked(shown: string, wanted: string, from: number): number | undefined {
  const positions: number[] = [];
  let packed = '';
  for (let index = from; index < shown.length; index++) {
    const character = shown.charAt(index);
    if (/\s/.test(character)) continue;
    packed += character;
    positions.push(index);
  }
  const found = packed.indexOf(wanted);
  return found === -1 ? undefined : (positions[found + wanted.length - 1] ?? 0) + 1;
}

/** What a redrawn line has in common with what was sent: all but the blanks. */
export const pack = (text: string): string => text.replaceAll(/\s/g, '');

/** True when a line shows enough of a text to be its echo in a form of the program's own (colours, redrawn parts). */
function resembles(line: string, text: string): boolean {
  const packed = pack(text);
  return packed !== '' && pack(line).includes(packed.slice(0, Math.max(4, Math.floor(packed.length * 0.6))));
}

/** The echo comes before the output, so it is not looked for beyond this much text. */
const nearness = (text: string): number => 4 * text.length + 4096;

/**
 * Keeps matches out of the echo of what we sent ourselves. Line editors draw a line more than once, so after Enter
 * everything up to the end of its line is echo.
 */
export class EchoGuard {
  /** From then on what comes is no echo. */
  readonly until: number;
  readonly #sent: SentText;
  readonly #shown: string;

  /** @param shown what the pane shows since we sent it: the text, of which parts may be drawn again, or a part of it */
  constructor(sent: SentText, now: number, shown: string) {
    this.#sent = sent;
    this.until = Math.max(now, sent.at) + ECHO_MS;
    this.#shown = shown.slice(-nearness(sent.text));
  }

  /**
   * @param stream what came since the guard was made.
   * @returns index from which matches count, or undefined while that cannot be told yet: never once it is late.
   */
  from(stream: string, late: boolean): number | undefined {
    const { text, enter } = this.#sent;
    const near = stream.slice(0, nearness(text));
    const end = echoEnd(near, text) ?? this.#endAcross(near);
    if (end !== undefined) {
      const lineEnd = enter ? stream.indexOf('\n', end) : end - 1;
      return lineEnd === -1 && !late && enter ? undefined : Math.max(end, lineEnd + 1);
    }
    const lineEnd = near.indexOf('\n');
    if (lineEnd !== -1 && resembles(near.slice(0, lineEnd), text)) return lineEnd + 1;
    return lineEnd !== -1 || late ? 0 : undefined;
  }

  /** Where the echo ends that had begun when the guard was made. */
  #endAcross(near: string): number | undefined {
    const end = echoEnd(this.#shown + near, this.#sent.text);
    return end === undefined ? undefined : Math.max(0, end - this.#shown.length);
  }
}
