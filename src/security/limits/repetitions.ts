/** How often a call may come to the same in a time. */
export interface RepeatLimits {
  readonly max: number;
  readonly windowMs: number;
}

/** Which call it is, of whom. */
export interface RepeatedCall {
  readonly caller: string;
  /** Operation and arguments. */
  readonly key: string;
  readonly changes: boolean;
}

/** Calls of this process that come to the same. */
export interface Repetitions {
  /** Milliseconds until the call may come again; 0: now. */
  readonly waitOf: (call: RepeatedCall, limits: RepeatLimits) => number;
  /** @param outcome what it came to @returns whether the same call had come to the same before */
  readonly note: (call: RepeatedCall, limits: RepeatLimits, outcome: { readonly digest: string; readonly ok: boolean }) => boolean; // prettier-ignore
}

interface Series {
  /** What the last call came to; undefined before it ended. */
  digest: string | undefined;
  /** When calls in a row came to it, oldest first. */
  readonly times: number[];
}

interface History {
  readonly series: Map<string, Series>;
  /** When a change last came to something new. */
  progressAt: number;
}

/** What is remembered of callers and of calls of each; what was used least recently is forgotten. */
const MAX_CALLERS = 100;
const MAX_CALLS = 500;

/** Takes an entry, or a new one, and puts it at the end, so that the first is the one to forget. */
function use<Value>(map: Map<string, Value>, key: string, max: number, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
  return value;
}

/**
 * Counts, for each call by itself, how often in a row it came to the same: so what repeats itself is found whether it
 * does so alone, in turns with another call or in a circle of many. Reads count from the last change on that came to
 * something new: to look after each step at what has stayed the same is no loop.
 * @param now monotonic milliseconds
 */
export function createRepetitions(now: () => number): Repetitions {
  const callers = new Map<string, History>();
  const historyOf = (caller: string): History =>
    use(callers, caller, MAX_CALLERS, () => ({ series: new Map(), progressAt: Number.NEGATIVE_INFINITY }));

  return {
    waitOf: ({ caller, key, changes }, { max, windowMs }) => {
      const { series, progressAt } = historyOf(caller);
      const from = changes ? Number.NEGATIVE_INFINITY : progressAt;
      const first = series.get(key)?.times.at(-max);
      return first === undefined || first <= from ? 0 : Math.max(0, first + windowMs - now());
    },
    note: ({ caller, key, changes }, { max }, { digest, ok }) => {
      const history = historyOf(caller);
      const series = use(history.series, key, MAX_CALLS, () => ({ digest: undefined, times: [] }));
      const { times } = series;
      const isNew = series.digest !== digest;
      // In place: with a high limit a copy at each call would cost more than all else of it.
      if (isNew) times.length = 0;
      else times.splice(0, times.length - max + 1);
      times.push(now());
      series.digest = digest;
      if (isNew && changes && ok) history.progressAt = now();
      return !isNew;
    },
  };
}
