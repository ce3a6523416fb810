import { createHmac, type KeyObject } from 'node:crypto';
import type { Finding, Span } from './finding.js';
import { findPersonalData, mayHoldPersonalData, PERSONAL_TYPES } from './personal-data.js';
import { findSecrets, mayHoldSecrets, SECRET_TYPES } from './secrets.js';
import { hasUnseen, type VisibleText, visibleText } from './visible-text.js';

/** A pattern of the user's own. */
export interface CustomPattern {
  readonly name: string;
  /** Every match in a text. */
  readonly find: (text: string) => readonly Span[];
}

export interface RedactionRules {
  readonly secrets: boolean;
  readonly pii: boolean;
  readonly custom: readonly CustomPattern[];
  /** Values that are secret whatever they look like, the longest first. */
  readonly known: readonly string[];
  /** For the tags: the same secret gets the same one wherever the key is the same. Asked when there is a secret. */
  readonly key: () => KeyObject | Uint8Array;
}

export interface RedactOptions {
  /** What stood directly before the text: a secret that begins there is found, nothing of it is given back. */
  readonly before?: string;
  /** The text may have been cut in the middle of a secret. */
  readonly cut?: boolean;
}

export interface Redacted {
  readonly text: string;
  /** How many secrets were replaced. */
  readonly redactions: number;
}

/** Replaces secrets by `[REDACTED:type:tag]`. What it gives back it leaves as it is the next time. */
export interface Redactor {
  readonly redact: (text: string, options?: RedactOptions) => Redacted;
  /** False when no single line of the text holds anything to replace; far cheaper than `redact`. */
  readonly mayRedact: (text: string) => boolean;
}

/** Nothing shorter is a secret. */
const MIN_CHARACTERS = 8;
const TAG_CHARACTERS = 4;
const MAX_ROUNDS = 5;
const WORD = /[A-Za-z0-9_]/;
const MARKER = /\[REDACTED:([a-z_]{1,20}):[0-9a-f]{4}\]/g;

function customType(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '_')
    .slice(0, 20);
  return /[a-z]/.test(plain) ? plain : 'custom';
}

/** A part of the text that goes, and which finding it belongs to. */
interface Piece {
  readonly start: number;
  end: number;
  owner: number;
}

/** Overlapping findings become one, which is called after the first of them. @returns what goes, sorted by place. */
function merge(findings: readonly Finding[]): readonly Piece[] {
  const joined = findings.map((_, index) => index);
  const root = (owner: number): number => {
    let at = owner;
    while (joined[at] !== at) at = joined[at] ?? at;
    return at;
  };
  const pieces: Piece[] = [];
  const spans = findings.flatMap(({ spans: own }, owner) => own.map(({ start, end }) => ({ start, end, owner })));
  for (const span of spans.sort((a, b) => a.start - b.start)) {
    const last = pieces.at(-1);
    if (last === undefined || span.start >= last.end) {
      pieces.push(span);
      continue;
    }
    last.end = Math.max(last.end, span.end);
    const [one, other] = [root(last.owner), root(span.owner)];
    joined[Math.max(one, other)] = Math.min(one, other);
  }
  for (const piece of pieces) piece.owner = root(piece.owner);
  return pieces;
}

function isApart({ spans }: Finding, markers: readonly Span[]): boolean {
  return !markers.some((marker) => spans.some(({ start, end }) => start < marker.end && marker.start < end));
}

type NamedRules = RedactionRules & { readonly types: ReadonlySet<string> };

function findAll({ secrets, pii, known, custom, types }: NamedRules, text: string, cut: boolean): Finding[] {
  const findings = [
    ...(secrets ? findSecrets(text, known, cut) : []),
    ...(pii ? findPersonalData(text) : []),
    ...custom.flatMap(({ name, find }) => find(text).map((span) => ({ type: customType(name), spans: [span] }))),
  ];
  if (findings.length === 0 || !text.includes('[REDACTED:')) return findings;
  const markers = [...text.matchAll(MARKER)]
    .filter(({ 1: type = '' }) => types.has(type))
    .map(({ 0: marker, index }) => ({ start: index, end: index + marker.length }));
  return findings.filter((finding) => isApart(finding, markers));
}

function mayRedact({ secrets, pii, known, custom }: RedactionRules, text: string): boolean {
  if (custom.length > 0) return true;
  if (text.length < MIN_CHARACTERS) return false;
  if (secrets && mayHoldSecrets(text, known)) return true;
  // Colours or invisible characters may split what would be seen.
  return (pii && mayHoldPersonalData(text)) || hasUnseen(text);
}

function markerFor(key: KeyObject | Uint8Array, type: string, value: string): string {
  const tag = createHmac('sha256', key).update(value).digest('hex').slice(0, TAG_CHARACTERS);
  return `[REDACTED:${type}:${tag}]`;
}

/** @param offset where the text begins in what is visible: what was found before that is not of it. */
function replace(
  { key }: RedactionRules,
  { text, offset }: { readonly text: string; readonly offset: number },
  visible: VisibleText,
  findings: readonly Finding[],
): Redacted {
  const pieces = merge(findings);
  const values = new Map<number, string>();
  for (const { start, end, owner } of pieces)
    values.set(owner, (values.get(owner) ?? '') + visible.text.slice(start, end));
  const marked = new Set<number>();
  const parts: string[] = [];
  let from = 0;
  for (const { start, end, owner } of pieces) {
    const [first, stop] = [visible.original(start) - offset, visible.original(end - 1) + 1 - offset];
    if (stop <= 0) continue;
    parts.push(text.slice(from, Math.max(from, first)));
    // The lines below the first of a secret lose their part of it without a mark of their own.
    if (!marked.has(owner)) parts.push(markerFor(key(), findings[owner]?.type ?? 'secret', values.get(owner) ?? ''));
    marked.add(owner);
    from = stop;
  }
  parts.push(text.slice(from));
  return { text: parts.join(''), redactions: marked.size };
}

/** A word that began in the middle of another one may show when that one is gone. */
function uncovers(text: string, findings: readonly Finding[]): boolean {
  return findings.some(({ spans }) => spans.length > 1 || WORD.test(text.charAt(spans[0]?.end ?? text.length)));
}

export function createRedactor(rules: RedactionRules): Redactor {
  const own = rules.custom.map(({ name }) => customType(name));
  const named: NamedRules = { ...rules, types: new Set([...SECRET_TYPES, ...PERSONAL_TYPES, ...own]) };
  return {
    mayRedact: (text) => mayRedact(rules, text),
    redact: (text, { before = '', cut = false } = {}) => {
      const one = !cut && before === '' && !text.includes('\n');
      if (one && !mayRedact(rules, text)) return { text, redactions: 0 };
      let shown: Redacted = { text, redactions: 0 };
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const visible = visibleText(before + shown.text);
        const findings = findAll(named, visible.text, cut);
        if (findings.length === 0) break;
        const next = replace(rules, { text: shown.text, offset: before.length }, visible, findings);
        shown = { text: next.text, redactions: shown.redactions + next.redactions };
        if (next.redactions === 0 || !uncovers(visible.text, findings)) break;
      }
      return shown;
    },
  };
}
