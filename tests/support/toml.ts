type TomlValue = string | boolean | readonly TomlValue[] | { readonly [key: string]: TomlValue };

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', '"': '"', '\\': '\\' };

/** A basic string (TOML 1.0): no control character but the tab stands for itself, and no escape but these is known. */
const STRING = /"(?:[^"\\\0-\x08\n-\x1f\x7f]|\\(?:[btnfr"\\]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}))*"/y;
const BARE = /[A-Za-z0-9_-]+/y;

/**
 * Reads `path=value` as a setting on a command line has it, strictly, as far as such settings go: strings, booleans, lists
 * and inline tables.
 * @throws Error for what is not TOML
 */
export function parseToml(setting: string): Readonly<Record<string, TomlValue>> {
  const equals = setting.indexOf('=');
  const text = setting.slice(equals + 1);
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    at += found?.length ?? 0;
    return found;
  };
  const has = (mark: string): boolean => {
    if (!text.startsWith(mark, at)) return false;
    at += mark.length;
    return true;
  };
  const fail = (): never => {
    throw new Error(`no TOML at ${String(at)}: ${text}`);
  };
  const string = (): string | undefined =>
    take(STRING)
      ?.slice(1, -1)
      .replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g, (_all, short?: string, long?: string, one = '') => {
        const code = short ?? long;
        return code === undefined ? ESCAPES[one]! : String.fromCodePoint(parseInt(code, 16));
      });
  const several = <T>(close: string, read: () => T): T[] => {
    const all: T[] = [];
    while (!has(close)) {
      if (all.length > 0 && !has(',')) fail();
      all.push(read());
    }
    return all;
  };
  const entry = (): [string, TomlValue] => {
    const key = string() ?? take(BARE) ?? fail();
    if (!has('=')) fail();
    return [key, value()];
  };
  const value = (): TomlValue => {
    if (has('[')) return several(']', value);
    if (has('{')) return Object.fromEntries(several('}', entry));
    if (has('true')) return true;
    if (has('false')) return false;
    return string() ?? fail();
  };
  const read = value();
  if (at !== text.length) fail();
  return { [setting.slice(0, equals)]: read };
}
