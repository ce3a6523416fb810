import { type Finding, spansOf } from './finding.js';
import { TOKEN_FORMATS } from './token-formats.js';

/** Where a job's output leaves something out. */
const GAP = '\n[... ';
const MAX_GAPS = 4;
/** How far back a token may begin that is cut off. */
const MAX_CHARACTERS = 4096;
/** A prefix with fewer characters behind it gives nothing away. */
const MIN_BODY = 6;
const TOKEN_CHARACTER = /[A-Za-z0-9_.%+/=-]/;

/** Ends of text that was cut: of the whole, and before each gap. */
function cuts(text: string): number[] {
  const ends = [text.trimEnd().length];
  for (let at = text.indexOf(GAP); at !== -1 && ends.length <= MAX_GAPS; at = text.indexOf(GAP, at + 1)) ends.push(at);
  return ends;
}

/** The beginning of the word that ends at `end`. */
function wordStart(text: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < MAX_CHARACTERS && TOKEN_CHARACTER.test(text.charAt(start - 1))) start--;
  return start;
}

/** Tokens of which the end is not there. */
export function findUnfinished(text: string): Finding[] {
  const findings: Finding[] = [];
  for (const end of cuts(text)) {
    const start = wordStart(text, end);
    const word = text.slice(start, end);
    for (const { type, hints, body, atStart } of TOKEN_FORMATS) {
      for (const hint of hints) {
        const at = word.indexOf(hint);
        const rest = word.slice(at + hint.length);
        if (at === -1 || (atStart && at > 0) || rest.length < MIN_BODY || !body.test(rest)) continue;
        findings.push({ type, spans: spansOf(text, start + at, end) });
      }
    }
  }
  return findings;
}
