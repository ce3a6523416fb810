import { MARKER } from './shell.js';

/** First and last bytes of an output, and how long it was. */
export interface Collected {
  readonly output: Buffer;
  readonly totalBytes: number;
  readonly truncated: boolean;
}

export const KEPT_BYTES = 32 * 1024;
const END_LENGTH_MAX = 16;

/** Cuts a buffer where a UTF-8 character starts. */
export function fromCharacter(bytes: Buffer): Buffer {
  let start = 0;
  while (start < Math.min(4, bytes.length) && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return bytes.subarray(start);
}

function toCharacter(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > Math.max(0, bytes.length - 4) && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80) end--;
  const lead = bytes[end - 1] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return end - 1 + length <= bytes.length ? bytes : bytes.subarray(0, Math.max(0, end - 1));
}

/** Keeps the first and the last KEPT_BYTES of what is appended. */
class HeadTail {
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  total = 0;

  append(bytes: Buffer): void {
    this.total += bytes.length;
    const room = KEPT_BYTES - this.#headBytes;
    if (room > 0) {
      this.#head.push(bytes.subarray(0, room));
      this.#headBytes += Math.min(room, bytes.length);
    }
    const rest = bytes.subarray(Math.max(0, room));
    if (rest.length === 0) return;
    this.#tail.push(rest);
    this.#tailBytes += rest.length;
    while (this.#tailBytes - (this.#tail[0]?.length ?? 0) >= KEPT_BYTES)
      this.#tailBytes -= this.#tail.shift()?.length ?? 0;
    if (this.#tail.length > 1024) this.#tail = [Buffer.concat(this.#tail)];
  }

  collected(): Collected {
    const head = Buffer.concat(this.#head);
    const tail = Buffer.concat(this.#tail);
    const kept = tail.subarray(Math.max(0, tail.length - KEPT_BYTES));
    const left = this.total - head.length - kept.length;
    if (left === 0) return { output: Buffer.concat([head, kept]), totalBytes: this.total, truncated: false };
    const note = Buffer.from(`\n[... ${String(left)} bytes left out ...]\n`);
    return {
      output: Buffer.concat([toCharacter(head), note, fromCharacter(kept)]),
      totalBytes: this.total,
      truncated: true,
    };
  }
}

/**
 * Finds one job's output in the raw bytes of its pane, between its two markers, chunk by chunk: nothing is scanned
 * twice. CR LF, which the terminal made from LF, becomes LF again.
 */
export class OutputScanner {
  readonly #start: Buffer;
  readonly #end: Buffer;
  readonly #kept = new HeadTail();
  readonly #onOutput: (bytes: Buffer) => void;
  #state: 'before' | 'inside' | 'done' = 'before';
  #startSeen = false;
  #held: Buffer = Buffer.alloc(0);
  #exitCode: number | undefined;

  constructor(id: string, onOutput: (bytes: Buffer) => void = () => undefined) {
    this.#start = Buffer.from(`${MARKER}${id};S\u0007`);
    this.#end = Buffer.from(`${MARKER}${id};E;`);
    this.#onOutput = onOutput;
  }

  get state(): 'before' | 'inside' | 'done' {
    return this.#state;
  }

  /** False after the end when the start was missed, and output with it. */
  get startSeen(): boolean {
    return this.#startSeen;
  }

  /** Set when the end marker has been seen. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  collected(): Collected {
    return this.#kept.collected();
  }

  push(chunk: Buffer): void {
    if (this.#state === 'done') return;
    let bytes: Buffer = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    if (this.#state === 'before') {
      const at = bytes.indexOf(this.#start);
      if (at === -1) {
        // An end without its start: the interrupt's probe, or a start that was missed.
        if (!this.#finish(bytes))
          this.#held = Buffer.from(bytes.subarray(Math.max(0, bytes.length - this.#start.length - END_LENGTH_MAX)));
        return;
      }
      this.#state = 'inside';
      this.#startSeen = true;
      bytes = bytes.subarray(at + this.#start.length);
    }
    this.#inside(bytes);
  }

  #finish(bytes: Buffer): boolean {
    const at = bytes.indexOf(this.#end);
    if (at === -1) return false;
    const bell = bytes.indexOf(0x07, at + this.#end.length);
    if (bell === -1) return false;
    const code = bytes.toString('latin1', at + this.#end.length, bell);
    this.#exitCode = /^[0-9]{1,3}$/.test(code) ? Number(code) : undefined;
    this.#state = 'done';
    return true;
  }

  #inside(bytes: Buffer): void {
    const at = bytes.indexOf(this.#end);
    if (at !== -1) {
      this.#emit(bytes.subarray(0, at));
      if (!this.#finish(bytes.subarray(at))) this.#held = Buffer.from(bytes.subarray(at));
      return;
    }
    // A marker may be cut by the end of the chunk, and so may a CR LF.
    const window = Math.max(0, bytes.length - this.#end.length);
    let keep = bytes.indexOf(0x1b, window);
    if (keep === -1) keep = bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length;
    else if (keep > 0 && bytes[keep - 1] === 0x0d) keep--;
    this.#emit(bytes.subarray(0, keep));
    this.#held = Buffer.from(bytes.subarray(keep));
  }

  #emit(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const text = withoutCr(bytes);
    this.#kept.append(text);
    this.#onOutput(text);
  }
}

/** CR LF to LF; the bytes never end between the two. */
function withoutCr(bytes: Buffer): Buffer {
  if (!bytes.includes('\r\n')) return Buffer.from(bytes);
  return Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}
