import { assignedValues } from './assignment.js';
import { type Finding, spansOf } from './finding.js';
import { isPlaceholder, looksRandom } from './placeholder.js';

interface Rule {
  readonly type: string;
  readonly hint: string;
  /** Group 1 is what stands before the value, group 2 the value. */
  readonly pattern: RegExp;
  readonly accept: (value: string) => boolean;
}

const isValue = (value: string): boolean => !isPlaceholder(value);

// Each is bounded, so that no text makes it slow.
const RULES: readonly Rule[] = [
  {
    type: 'bearer',
    hint: 'bearer',
    pattern: /(\bbearer["']?[ \t:=]{1,4}["']?)([A-Za-z0-9._~+/=-]{16,})/gi,
    accept: looksRandom,
  },
  {
    type: 'authorization',
    hint: 'authorization',
    pattern: /(\bauthorization["']?[ \t]{0,4}[:=][ \t]{0,4}["']?(?:[A-Za-z][A-Za-z0-9-]{1,20}[ \t]{1,4})?)([^\s"'`,;<>]{8,})/gi,
    accept: (value) => isValue(value) && looksRandom(value),
  },
  {
    type: 'url',
    hint: '://',
    pattern: /(:\/\/[^\s:@/?#"'`<>]{0,128}:)([^\s@/"'`<>]{1,256})(?=@)/g,
    accept: (value) => isValue(value) && value !== 'x-oauth-basic',
  },
  {
    // The token in the place of the user, which some services document.
    type: 'url',
    hint: '://',
    pattern: /(:\/\/)([^\s:@/?#"'`<>]{16,256})(?=(?::x-oauth-basic|:)?@)/g,
    accept: (value) => isValue(value) && looksRandom(value),
  },
  {
    type: 'connection',
    hint: 'key=',
    pattern: /(\b(?:account|sharedaccess)key=)([A-Za-z0-9+/=]{16,})/gi,
    accept: isValue,
  },
  {
    type: 'connection',
    hint: 'sig=',
    pattern: /([?&;]sig=)([A-Za-z0-9%+/=_-]{20,})/gi,
    accept: isValue,
  },
  {
    // ADO and ODBC: `Server=...;User Id=...;Password=...;`.
    type: 'connection',
    hint: ';',
    pattern: /(;[ \t]?(?:password|pwd)[ \t]?=[ \t]?)([^\s;"']{4,256})/gi,
    accept: isValue,
  },
  {
    // netrc(5).
    type: 'password',
    hint: 'login',
    pattern: /(\blogin[ \t]+[^\s]{1,100}[ \t]+password[ \t]+)([^\s]{4,256})/gi,
    accept: isValue,
  },
]; // prettier-ignore

export const CREDENTIAL_HINTS = RULES.map(({ hint }) => hint);

/** Secrets that show by what stands before them. */
export function findCredentials(text: string, lower: string): Finding[] {
  const findings: Finding[] = [];
  for (const { type, hint, pattern, accept } of RULES) {
    if (!lower.includes(hint)) continue;
    for (const { 1: before = '', 2: value = '', index } of text.matchAll(pattern)) {
      const start = index + before.length;
      if (accept(value)) findings.push({ type, spans: spansOf(text, start, start + value.length) });
    }
  }
  for (const { type, start, end } of assignedValues(text, lower))
    findings.push({ type, spans: spansOf(text, start, end) });
  return findings;
}
