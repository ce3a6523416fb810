import type { Clock } from '../../kernel/clock.js';
import { OrcError } from '../../kernel/errors.js';

export interface BreakerSettings {
  /** Failures in a row that open it. */
  readonly failureThreshold: number;
  /** How long it stays open. */
  readonly recoveryMs: number;
  /** Calls that are tried at once after that; the first one that works closes it. */
  readonly halfOpenMax: number;
}

export type BreakerState =
  | { readonly state: 'closed' | 'half_open'; readonly failures: number }
  | { readonly state: 'open'; readonly failures: number; readonly retryAfterMs: number };

/** Spares what does not answer further calls, and callers the waiting for them (Nygard, Release It!, Circuit Breaker). */
export interface CircuitBreaker {
  /** @throws OrcError CIRCUIT_OPEN, and then `work` was not called; else what `work` throws */
  readonly run: <T>(work: () => Promise<T>) => Promise<T>;
  readonly state: () => BreakerState;
}

export type Verdict = 'silence' | 'answer' | 'nothing';

export interface BreakerOptions {
  readonly clock: Clock;
  /** Asked anew at each call. */
  readonly settings: () => BreakerSettings;
  /** What an error tells: that there was no answer, that there was one, or neither. */
  readonly verdict: (error: unknown) => Verdict;
  readonly onOpen: (failures: number) => void;
}

class Breaker {
  readonly #options: BreakerOptions;
  #failures = 0;
  /** Monotonic milliseconds. */
  #openedAt: number | undefined;
  #trials = 0;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const trial = this.#admit();
    const startedAt = this.#options.clock.mono();
    try {
      const result = await work();
      this.#close();
      return result;
    } catch (error) {
      const verdict = this.#options.verdict(error);
      if (verdict === 'silence') this.#fail(trial, startedAt);
      else if (verdict === 'answer') this.#close();
      throw error;
    } finally {
      if (trial) this.#trials--;
    }
  }

  state(): BreakerState {
    const failures = this.#failures;
    if (this.#openedAt === undefined) return { state: 'closed', failures };
    const retryAfterMs = this.#leftMs(this.#openedAt);
    return retryAfterMs > 0 ? { state: 'open', failures, retryAfterMs } : { state: 'half_open', failures };
  }

  #leftMs(openedAt: number): number {
    return Math.ceil(openedAt + this.#options.settings().recoveryMs - this.#options.clock.mono());
  }

  /** @returns whether the call is a trial */
  #admit(): boolean {
    if (this.#openedAt === undefined) return false;
    const left = this.#leftMs(this.#openedAt);
    // While trials run, others need not wait for long to be told more.
    if (left > 0 || this.#trials >= this.#options.settings().halfOpenMax) throw open(Math.max(left, 1000));
    this.#trials++;
    return true;
  }

  #fail(trial: boolean, startedAt: number): void {
    // What had begun before the last failure met the same silence: many calls at once are no row.
    if (!trial && startedAt <= this.#failedAt) return;
    this.#failedAt = this.#options.clock.mono();
    this.#failures++;
    const closed = this.#openedAt === undefined;
    if (!trial && (!closed || this.#failures < this.#options.settings().failureThreshold)) return;
    this.#openedAt = this.#options.clock.mono();
    if (closed) this.#options.onOpen(this.#failures);
  }

  #close(): void {
    this.#failures = 0;
    this.#openedAt = undefined;
  }
}

function open(retryAfterMs: number): OrcError {
  return new OrcError('CIRCUIT_OPEN', 'tmux did not answer several times in a row, so it is left alone for a while.', {
    hint: 'Nothing was sent. Wait for retry_after_ms; get_system_status tells how tmux is.',
    retryAfterMs,
  });
}

export function createCircuitBreaker(options: BreakerOptions): CircuitBreaker {
  const breaker = new Breaker(options);
  return { run: (work) => breaker.run(work), state: () => breaker.state() };
}
