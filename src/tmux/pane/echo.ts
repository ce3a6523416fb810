/** Text that we pasted into a pane, and where its echo is to be expected. */
export interface SentText {
  readonly text: string;
  /** Absolute row of the cursor just before, and the pane's text from there on. */
  readonly row: number;
  readonly cursor: string;
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

const pack = (text: string): string => text.replaceAll(/\s/g, '');

/** True when a line shows enough of a text to be its echo in a form of the program's own (colours, redrawn parts). */
function resembles(line: string, text: string): boolean {
  const packed = pack(text);
  return packed !== '' && pack(line).includes(packed.slice(0, Math.max(4, Math.floor(packed.length * 0.6))));
}

/** Keeps matches out of the echo of what we sent ourselves, while that has not been shown yet. */
export class EchoGuard {
  readonly #text: string;
  readonly #until: number;

  constructor(sent: SentText, now: number) {
    this.#text = sent.text;
    this.#until = Math.max(now, sent.at) + ECHO_MS;
  }

  /**
   * @param stream what came since the guard was made.
   * @returns index from which matches count, or undefined while that cannot be told yet.
   */
  from(stream: string, now: number): number | undefined {
    const end = echoEnd(stream, this.#text);
    if (end !== undefined) return end;
    const lineEnd = stream.indexOf('\n');
    if (lineEnd !== -1 && resembles(stream.slice(0, lineEnd), this.#text)) return lineEnd + 1;
    return lineEnd !== -1 || now >= this.#until ? 0 : undefined;
  }
}
