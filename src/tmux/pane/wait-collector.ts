import { sleep } from '../../kernel/clock.js';
import type { Matcher } from '../../security/text/pattern.js';
import type { EchoGuard } from './echo.js';
import { startOfLine, type TypedAhead } from './typed-ahead.js';

/** What a match may reach back over a chunk's edge. */
const OVERLAP = 4096;
/** Editors draw a line in pieces, but at once. */
const SILENT_MS = 200;
const MAX_TEXT = 256 * 1024;

/** Collects text and looks for the match in what is new of it. */
export class Collector {
  text = '';
  before = '';
  match: string | undefined;
  missed = false;
  lastAt = performance.now();
  readonly #matcher: Matcher | undefined;
  readonly #guard: EchoGuard | undefined;
  /** Where in the text matches begin to count; undefined while the guard decides. */
  #from: number | undefined;
  #searched = 0;
  readonly #ahead: TypedAhead | undefined;
  /** Beginnings of lines that are the second echo of what was typed ahead. */
  #echoes: number[] = [];
  #wake: () => void = () => undefined;

  constructor(matcher: Matcher | undefined, guard: EchoGuard | undefined, ahead?: TypedAhead) {
    this.#matcher = matcher;
    this.#ahead = ahead;
    this.#guard = guard;
    this.#from = guard === undefined ? 0 : undefined;
  }

  /** Begins, or begins anew, with all that came since the wait began. */
  begin(text: string): void {
    this.text = '';
    this.#searched = 0;
    this.#echoes = [];
    this.#from = this.#guard === undefined ? 0 : undefined;
    this.#append(text);
  }

  add(text: string): void {
    this.#settle(false);
    this.#append(text);
  }

  /** @param last nothing comes any more, so the guard must decide. */
  search(last = false): void {
    this.#settle(last);
    if (this.#matcher === undefined || this.match !== undefined) return;
    const from = this.#from ?? this.#guard?.from(this.text, last);
    if (from === undefined) return;
    this.match = this.#find(this.#matcher, Math.max(from, this.#searched - OVERLAP), last);
    this.#searched = this.text.length;
    if (this.match !== undefined) this.#wake();
  }

  #find(matcher: Matcher, from: number, last: boolean): string | undefined {
    for (let start = from; ;) {
      const found = matcher.find(this.text.slice(start).replaceAll('\r', '\n'));
      if (found === undefined) return undefined;
      const at = start + found.index;
      const end = at + found.text.length;
      const lineEnd = this.text.indexOf('\n', end);
      const verdict = this.#verdict(at, end, last);
      if (verdict === 'output') return found.text;
      if (verdict === 'open' || lineEnd === -1) return undefined;
      start = lineEnd + 1;
    }
  }

  #verdict(start: number, end: number, last: boolean): 'echo' | 'output' | 'open' {
    const ahead = this.#ahead;
    const line = startOfLine(this.text, start);
    if (this.#echoes.includes(line)) return 'echo';
    if (ahead === undefined || this.#echoes.length >= ahead.lines) return 'output';
    const silent = last || performance.now() - this.lastAt >= SILENT_MS;
    const verdict = ahead.verdict(this.text, { start, end, silent });
    if (verdict === 'echo') this.#echoes.push(line);
    return verdict;
  }

  /** Resolves at a match, or after `ms`. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => {
      woken.abort();
    };
    await sleep(ms, AbortSignal.any([signal, woken.signal])).catch((error: unknown) => {
      if (signal.aborted) throw error;
    });
  }

  #append(text: string): void {
    if (text === '') return;
    this.lastAt = performance.now();
    this.text += text;
    if (this.text.length > 2 * MAX_TEXT) this.#drop(this.text.length - MAX_TEXT);
    this.search();
  }

  /** So much output is far beyond any echo. */
  #drop(cut: number): void {
    this.#settle(true);
    // What is dropped was searched before, but for what came just now.
    this.search();
    this.before = this.text.slice(Math.max(0, cut - OVERLAP), cut);
    this.text = this.text.slice(cut);
    this.#searched = Math.max(0, this.#searched - cut);
    this.#from = Math.max(0, (this.#from ?? 0) - cut);
    this.#echoes = this.#echoes.map((line) => line - cut);
  }

  /** Once its time is over the guard decides on what is there, and no text that comes later is taken for an echo. */
  #settle(force: boolean): void {
    if (this.#from !== undefined || this.#guard === undefined) return;
    if (force || performance.now() >= this.#guard.until) this.#from = this.#guard.from(this.text, true);
  }
}
