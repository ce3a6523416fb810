import { OrcError } from '../../kernel/errors.js';
import { type CleanOutput, cleanOutput, cleanText, mayNeedCleaning, type OutputOptions } from '../text/clean-output.js';
import { withoutPlaces } from '../text/error-text.js';
import type { Call, Layer } from '../ring.js';
import type { Redaction } from './redaction.js';

/** A call that can give out what programs wrote. */
export interface FilteredCall extends Call {
  /** The only way for the text of a pane into a result. */
  readonly clean: (raw: string, options?: OutputOptions) => CleanOutput;
  readonly progress: (done: number, message: string) => void;
}

/** The one way out: what leaves the program, by whatever door, has passed one of these. */
export interface OutputFilter {
  readonly text: (text: string) => string;
  /** Every string in plain data, but for those in `done`. */
  readonly data: (value: unknown, done?: ReadonlySet<string>) => unknown;
  readonly error: (error: OrcError) => OrcError;
  readonly output: (raw: string, options?: OutputOptions) => CleanOutput;
  /** The rules of the config as it is now, made ready. */
  readonly prepare: () => Promise<void>;
}

/** Every string inside a result, changed; objects and arrays keep their shape. */
export function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]));
}

function collectStrings(value: unknown, into: string[], done: ReadonlySet<string>): void {
  if (typeof value === 'string') {
    if (!done.has(value)) into.push(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) collectStrings(item, into, done);
  }
}

const NOTHING: ReadonlySet<string> = new Set();

/** @param own folder of the project: paths below it may stand in errors. */
export function createOutputFilter(redaction: Redaction, own: string): OutputFilter {
  const text = (raw: string): string => cleanText(raw, redaction.current());
  const data: OutputFilter['data'] = (value, done = NOTHING) => {
    const strings: string[] = [];
    collectStrings(value, strings, done);
    // One look at all of them together: in most results there is nothing to do.
    if (!mayNeedCleaning(strings.join('\n'), redaction.current())) return value;
    return mapStrings(value, (item) => (done.has(item) ? item : text(item)));
  };
  const line = (raw: string): string => withoutPlaces(text(raw), own);
  return {
    text,
    data,
    error: ({ code, message, hint, retryAfterMs, details, rule, cause }) =>
      new OrcError(code, line(message), {
        ...(hint === undefined ? {} : { hint: line(hint) }),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        ...(details === undefined ? {} : { details: mapStrings(details, line) as Record<string, unknown> }),
        ...(rule === undefined ? {} : { rule }),
        cause,
      }),
    output: (raw, options) => cleanOutput(raw, redaction.current(), options),
    prepare: redaction.prepare,
  };
}

/** Stands in `clean` where there is no filter: then nothing leaves. */
export function refuseOutput(): never {
  throw new Error('text of a pane without an output filter');
}

/** Results, errors and progress of every call: names and titles, too, are written by whatever runs in a pane. */
export function outputFilter<Context extends FilteredCall>(filter: OutputFilter): Layer<Context> {
  return async (call, next) => {
    await filter.prepare();
    const done = new Set<string>();
    const clean: FilteredCall['clean'] = (raw, options) => {
      const output = filter.output(raw, options);
      done.add(output.text);
      return output;
    };
    const progress: FilteredCall['progress'] = (at, message) => {
      call.progress(at, filter.text(message));
    };
    try {
      return filter.data(await next({ ...call, clean, progress }), done);
    } catch (thrown) {
      throw thrown instanceof OrcError ? filter.error(thrown) : thrown;
    }
  };
}
