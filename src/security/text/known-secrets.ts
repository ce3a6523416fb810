import { type Finding, spansOf } from './finding.js';
import { spansIn, type Unwrapped } from './wrapped-tokens.js';

/** A shorter one may stand anywhere by chance. */
const MIN_CHARACTERS = 8;
/** How much of a value at the end or the beginning of a cut text is enough to know it. */
const MIN_PART = 8;

const SECRET_NAME =
  /(?:^|_)(?:PASS|PASSWD|PASSWORD|PASSPHRASE|PWD|SECRETS?|TOKENS?|KEYS?|APIKEY|CREDENTIALS?|AUTH|PAT|JWT|COOKIE|SIGNATURE|DSN)(?:_|[0-9]|$)|AUTHTOKEN|ACCESSTOKEN|APIKEY|SECRETKEY/;
const HARMLESS_NAME =
  /^(?:PWD|OLDPWD|GPG_KEYS?|TMUX_ORC_.*)$|_(?:FILE|PATH|DIR|HOME|SOCK|SOCKET|IDS?|TYPE|NAME|USER|HOST|PORT|TTL|EXPIRY|COUNT|LENGTH|MODE|VERSION|ALGORITHM|FORMAT|ENABLED|REQUIRED)$/;
const HARMLESS_VALUE = /^(?:true|false|enabled|disabled|required|optional|default|[0-9.,:]+|(?:\/[\w.@+-]+){2,}\/?)$/i;

/** Values of variables whose names look secret, the longest first. */
export function secretValues(env: Readonly<Record<string, string | undefined>>): string[] {
  const values = new Set<string>();
  for (const [name, value = ''] of Object.entries(env)) {
    const upper = name.toUpperCase();
    if (!SECRET_NAME.test(upper) || HARMLESS_NAME.test(upper)) continue;
    const trimmed = value.trim();
    if (trimmed.length >= MIN_CHARACTERS && !HARMLESS_VALUE.test(trimmed)) values.add(trimmed);
  }
  return [...values].sort((a, b) => b.length - a.length);
}

export function findKnown(text: string, values: readonly string[]): Finding[] {
  const findings: Finding[] = [];
  for (const value of values) {
    for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + value.length))
      findings.push({ type: 'env', spans: spansOf(text, at, at + value.length) });
  }
  return findings;
}

/** Values that a program broke over lines. */
export function findKnownWrapped(unwrapped: Unwrapped, values: readonly string[]): Finding[] {
  return findKnown(unwrapped.text, values)
    .map(({ type, spans }) => ({
      type,
      spans: spans.flatMap(({ start, end }) => spansIn(unwrapped, start, end)),
    }))
    .filter(({ spans }) => spans.length > 1);
}

/** Parts of values that the beginning or the end of a text cut off. */
export function findKnownParts(text: string, values: readonly string[]): Finding[] {
  const findings: Finding[] = [];
  const end = text.trimEnd().length;
  for (const value of values) {
    for (let part = Math.min(value.length - 1, end); part >= MIN_PART; part--) {
      if (text.startsWith(value.slice(-part))) findings.push({ type: 'env', spans: spansOf(text, 0, part) });
      else if (text.endsWith(value.slice(0, part), end))
        findings.push({ type: 'env', spans: spansOf(text, end - part, end) });
      else continue;
      break;
    }
  }
  return findings;
}
