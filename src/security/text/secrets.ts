import { ASSIGNMENT_HINTS } from './assignment.js';
import { CREDENTIAL_HINTS, findCredentials } from './credentials.js';
import { type Finding, spansOf } from './finding.js';
import { findKnown, findKnownParts, findKnownWrapped } from './known-secrets.js';
import { findPrivateKeys } from './private-key.js';
import { TOKEN_FORMATS, type TokenFormat } from './token-formats.js';
import { findUnfinished } from './unfinished-tokens.js';
import { extendOverLines, findWrapped, unwrap } from './wrapped-tokens.js';

/** Short names of what is found, but for those of custom patterns. */
export const SECRET_TYPES: readonly string[] = [
  ...TOKEN_FORMATS.map(({ type }) => type),
  ...['env', 'private_key', 'bearer', 'authorization', 'url', 'connection', 'password', 'secret'],
];

// One pattern for all: many times faster than a search for each. Longer ones first, because some begin alike.
const TOKEN_HINTS = TOKEN_FORMATS.flatMap(({ hints }) => hints)
  .sort((a, b) => b.length - a.length)
  .map((hint) => hint.replaceAll('.', '\\.'));
const TOKEN_HINT = new RegExp(TOKEN_HINTS.join('|'));
const EACH_TOKEN_HINT = new RegExp(TOKEN_HINT, 'g');
const OTHER_HINT = new RegExp(['private key', ...CREDENTIAL_HINTS, ...ASSIGNMENT_HINTS].join('|'), 'i');

function present(text: string): TokenFormat[] {
  if (!TOKEN_HINT.test(text)) return [];
  const found = new Set(Array.from(text.matchAll(EACH_TOKEN_HINT), ([hint]) => hint));
  return TOKEN_FORMATS.filter(({ hints }) => hints.some((hint) => found.has(hint)));
}

function findTokens(text: string): Finding[] {
  const findings: Finding[] = [];
  for (const { type, pattern, open, accept } of present(text)) {
    for (const { 0: value, index } of text.matchAll(pattern)) {
      if (accept?.(value) === false) continue;
      const finding = { type, spans: spansOf(text, index, index + value.length) };
      findings.push(open ? extendOverLines(text, finding) : finding);
    }
  }
  return findings;
}

function findOverLines(text: string, known: readonly string[]): Finding[] {
  if (!text.includes('\n')) return [];
  const unwrapped = unwrap(text);
  const tokens = present(unwrapped.text).flatMap((format) => findWrapped(unwrapped, format));
  return [...tokens, ...findKnownWrapped(unwrapped, known)];
}

/** False when there is certainly nothing on any single line; far cheaper than looking for it. */
export function mayHoldSecrets(text: string, known: readonly string[]): boolean {
  return TOKEN_HINT.test(text) || OTHER_HINT.test(text) || known.some((value) => text.includes(value));
}

/**
 * Everything in a text that is a secret; what tells most of its kind comes first.
 * @param known values that are secret whatever they look like.
 * @param cut whether the text may begin or end in the middle of a secret.
 */
export function findSecrets(text: string, known: readonly string[], cut: boolean): Finding[] {
  return [
    ...findPrivateKeys(text),
    ...findTokens(text),
    ...(cut ? findUnfinished(text) : []),
    ...findOverLines(text, known),
    ...findKnown(text, known),
    ...(cut ? findKnownParts(text, known) : []),
    ...findCredentials(text, text.toLowerCase()),
  ];
}
