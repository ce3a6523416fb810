import type { OrcError } from '../../kernel/errors.js';
import type { Entry } from './append.js';

interface Waiting {
  readonly entry: Entry;
  /** Undefined when nobody waits for it. */
  readonly settle: ((error: OrcError | undefined) => void) | undefined;
}

/** What is written at once; more would keep the lock for long. */
const MAX_GROUP = 512;
/** Kept for later while nothing can be written; what comes then is counted only. */
const MAX_WAITING = 2000;

/** Records that wait to be written, in order. */
export class RecordQueue {
  readonly #waiting: Waiting[] = [];
  #awaited = 0;
  #lost = 0;

  get length(): number {
    return this.#waiting.length;
  }

  /** Somebody waits. */
  get awaited(): boolean {
    return this.#awaited > 0;
  }

  /** Somebody waits, or it is much. */
  get urgent(): boolean {
    return this.#awaited > 0 || this.#waiting.length >= MAX_GROUP;
  }

  /** @returns how many were given up since the last time */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  push(entry: Entry): void {
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push({ entry, settle: undefined });
    else this.#lost++;
  }

  /** @returns a promise that settles when the record is written or given up */
  pushAwaited(entry: Entry): Promise<void> {
    this.#awaited++;
    return new Promise((resolve, reject) => {
      const settle = (error: OrcError | undefined): void => {
        this.#awaited--;
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#waiting.push({ entry, settle });
    });
  }

  /** The next records; they stay until they are {@link written}. */
  group(): readonly Entry[] {
    return this.#waiting.slice(0, MAX_GROUP).map(({ entry }) => entry);
  }

  /** The first ones are in the log. */
  written(count: number): void {
    for (const { settle } of this.#waiting.splice(0, count)) settle?.(undefined);
  }

  /** Those that somebody waits for are given up; the others stay for later. */
  fail(error: OrcError): void {
    const all = this.#waiting.splice(0);
    this.#waiting.push(...all.filter(({ settle }) => settle === undefined));
    for (const { settle } of all) settle?.(error);
  }
}
