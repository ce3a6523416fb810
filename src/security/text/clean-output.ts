import { filterEscapes, filterOutput } from './escape-filter.js';
import { type HiddenKind, revealOutput } from './hidden-unicode.js';
import type { Redacted, RedactOptions, Redactor } from './redact.js';

/** What a program wrote, as it may leave. */
export interface CleanOutput {
  readonly text: string;
  /** Terminal sequences, controls and hidden characters that were taken out. */
  readonly stripped: number;
  readonly redactions: number;
  /** One for each kind of thing that a reader should know of. */
  readonly warnings: readonly string[];
}

export interface OutputOptions {
  readonly keepSgr?: boolean;
  /** What stood directly before it, as far as it is known. */
  readonly before?: string;
}

/** UTF-16 that a JSON reader may refuse becomes U+FFFD: our own cuts can halve a character. */
const wellFormed = (text: string): string => (text.isWellFormed() ? text : text.toWellFormed());

function warningsOf(hidden: Readonly<Partial<Record<HiddenKind, number>>>): string[] {
  const kinds = Object.entries(hidden).map(([kind, count]) => `${kind}=${String(count)}`);
  return kinds.length === 0 ? [] : [`hidden_unicode:${kinds.join(',')}`];
}

/** Redacted, without the invisible characters that belonged to a letter which has gone with a secret. */
function redacted(text: string, redactor: Redactor, options?: RedactOptions): Redacted {
  const { text: shown, redactions } = redactor.redact(text, options);
  return { text: redactions === 0 ? shown : revealOutput(shown).text, redactions };
}

/** The filters for the text of a pane or a command. */
export function cleanOutput(
  raw: string,
  redactor: Redactor,
  { keepSgr = false, before = '' }: OutputOptions = {},
): CleanOutput {
  const plain = filterOutput(raw, keepSgr);
  const { text: revealed, hidden } = revealOutput(plain.text);
  const context = before === '' ? '' : revealOutput(filterOutput(before).text).text;
  const { text, redactions } = redacted(wellFormed(revealed), redactor, { before: context, cut: true });
  const found = Object.values(hidden).reduce((sum, count) => sum + count, 0);
  return { text, redactions, stripped: plain.escapes + plain.controls + found, warnings: warningsOf(hidden) };
}

/** The same for any other text: names, titles, messages, lines of the log. */
export function cleanText(raw: string, redactor: Redactor): string {
  return redacted(wellFormed(revealOutput(filterEscapes(raw).text).text), redactor).text;
}

const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
const LATIN = /^[\x00-\u02ff]*$/;

/** False when `cleanText` would certainly leave every line of the text as it is. */
export function mayNeedCleaning(text: string, redactor: Redactor): boolean {
  return CONTROLS.test(text) || !LATIN.test(text) || redactor.mayRedact(text);
}
