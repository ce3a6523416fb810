import { filterEscapes } from '../text/escape-filter.js';
import type { Call, Layer } from '../ring.js';

/** Every string inside a result, changed; objects and arrays keep their shape. */
export function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]));
}

/** No result carries terminal control: names and titles are written by whatever runs in a pane. */
export function outputFilter<Context extends Call>(): Layer<Context> {
  return async (call, next) => {
    const keepSgr =
      typeof call.args === 'object' && call.args !== null && 'ansi' in call.args && call.args.ansi === true;
    return mapStrings(await next(call), (text) => filterEscapes(text, { keepSgr }).text);
  };
}
