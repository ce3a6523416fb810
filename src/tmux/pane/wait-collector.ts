import { sleep } from '../../kernel/clock.js';
import type { Matcher } from '../../security/text/pattern.js';
import type { EchoGuard } from './echo.js';

/** What a match may reach back over a chunk's edge. */
const OVERLAP = 4096;
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
  #searched = 0;
  #wake: () => void = () => undefined;

  constructor(matcher: Matcher | undefined, guard: EchoGuard | undefined) {
    this.#matcher = matcher;
    this.#guard = guard;
  }

  add(text: string): void {
    if (text === '') return;
    this.lastAt = performance.now();
    this.text += text;
    if (this.text.length > 2 * MAX_TEXT) {
      const cut = this.text.length - MAX_TEXT;
      this.before = this.text.slice(Math.max(0, cut - OVERLAP), cut);
      this.text = this.text.slice(cut);
      this.#searched = Math.max(0, this.#searched - cut);
    }
    this.search();
  }

  /** What follows begins where the wait began. */
  restart(): void {
    this.text = '';
    this.#searched = 0;
  }

  search(): void {
    if (this.#matcher === undefined || this.match !== undefined) return;
    const from = this.#guard === undefined ? 0 : this.#guard.from(this.text, performance.now());
    if (from === undefined) return;
    const start = Math.max(from, this.#searched - OVERLAP);
    this.match = this.#matcher.find(this.text.slice(start).replaceAll('\r', '\n'))?.text;
    this.#searched = this.text.length;
    if (this.match !== undefined) this.#wake();
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
}
