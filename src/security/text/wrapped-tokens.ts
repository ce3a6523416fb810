import type { Finding, Span } from './finding.js';
import { lastAtMost } from './visible-text.js';
import type { TokenFormat } from './token-formats.js';

const SIDES = new Set([' ', '\t', '│', '┃', '|']);

interface Line {
  /** Of the text between the sides of a box, in the text. */
  readonly start: number;
  readonly end: number;
  /** The whole line, with its sides. */
  readonly width: number;
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let from = 0; from <= text.length;) {
    const newline = text.indexOf('\n', from);
    const stop = newline === -1 ? text.length : newline;
    let [start, end] = [from, stop];
    while (start < end && SIDES.has(text[start] ?? '')) start++;
    while (end > start && SIDES.has(text[end - 1] ?? '')) end--;
    lines.push({ start, end, width: stop - from });
    from = stop + 1;
  }
  return lines;
}

/** A text whose line ends, with the sides of boxes around them, are taken out. */
export interface Unwrapped {
  readonly text: string;
  readonly lines: readonly Line[];
  /** Where each line begins in it. */
  readonly starts: readonly number[];
}

export function unwrap(text: string): Unwrapped {
  const lines = linesOf(text);
  let at = 0;
  const starts = lines.map(({ start, end }) => {
    const own = at;
    at += end - start;
    return own;
  });
  return { text: lines.map(({ start, end }) => text.slice(start, end)).join(''), lines, starts };
}

/** Spans in the original of a part of the unwrapped text; fewer than two when it stands on one line. */
export function spansIn({ lines, starts }: Unwrapped, from: number, to: number): Span[] {
  const spans: Span[] = [];
  for (let line = lastAtMost(starts, from); line < lines.length && (starts[line] ?? 0) < to; line++) {
    const { start, end } = lines[line] ?? { start: 0, end: 0 };
    const own = starts[line] ?? 0;
    const span = { start: start + Math.max(0, from - own), end: Math.min(end, start + to - own) };
    if (span.end > span.start) spans.push(span);
  }
  return spans;
}

/** Tokens that a program broke before they were long enough to be known. */
export function findWrapped(unwrapped: Unwrapped, format: TokenFormat): Finding[] {
  const findings: Finding[] = [];
  for (const { 0: value, index } of unwrapped.text.matchAll(format.joined)) {
    const spans = spansIn(unwrapped, index, index + value.length);
    if (spans.length > 1 && (format.accept?.(value) ?? true))
      findings.push({ type: format.type, spans: shortest(format, value, spans) });
  }
  return findings;
}

/** Without the lines behind the one on which the token is whole: they are likelier other words. */
function shortest({ joined }: TokenFormat, value: string, spans: readonly Span[]): readonly Span[] {
  let length = 0;
  const whole = spans.findIndex(({ start, end }) => {
    length += end - start;
    return value.slice(0, length).search(joined) === 0;
  });
  return spans.slice(0, whole + 1);
}

/** A line that goes on with a token: one word of it alone. */
const MORE = /^[A-Za-z0-9_.=+/-]{8,}$/;
/** No line is broken before that. */
const MIN_WIDTH = 20;
/** Lines of one width may differ by what stands at their sides. */
const SIDES_WIDTH = 4;
/** Blanks and sides between the end of a word and the end of its line. */
const MAX_PADDING = 200;
/** Digits among letters, or a capital behind a small letter: no word of a language. */
const isNoWord = (text: string): boolean => (/\d/.test(text) && /[A-Za-z]/.test(text)) || /[a-z][A-Z]/.test(text);

/** The part of the line below that goes on with what ends at the end of its line, or undefined. */
function continuation(text: string, end: number): Span | undefined {
  const newline = text.indexOf('\n', end);
  if (newline === -1 || newline - end > MAX_PADDING) return undefined;
  const first = text.lastIndexOf('\n', end - 1) + 1;
  const second = text.indexOf('\n', newline + 1);
  const [own, next] = linesOf(text.slice(first, second === -1 ? text.length : second));
  if (own === undefined || next === undefined || first + own.end !== end) return undefined;
  const span = { start: first + next.start, end: first + next.end };
  const more = text.slice(span.start, span.end);
  const fits = own.width >= MIN_WIDTH && next.width <= own.width + SIDES_WIDTH;
  return fits && MORE.test(more) && isNoWord(more) ? span : undefined;
}

/**
 * Takes into a token what follows on the next lines, when it ends at the end of a line and they look like its rest:
 * nothing else on them, not wider than it, no word of a language.
 */
export function extendOverLines(text: string, finding: Finding): Finding {
  const spans = [...finding.spans];
  for (;;) {
    const more = continuation(text, spans.at(-1)?.end ?? text.length);
    if (more === undefined) return { ...finding, spans };
    spans.push(more);
  }
}
