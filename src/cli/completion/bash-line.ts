/** Which quote is open at the end of a line; empty for none. */
type Quote = '' | '"' | "'";

/** A command line as bash reads it, up to the cursor. */
interface Line {
  readonly words: readonly string[];
  /** The word at the cursor, without its quotes. */
  readonly current: string;
  readonly quote: Quote;
}

/** The next piece of a line: a quoted part, which may be open at the end, an escape, blanks, or plain text. */
const PIECE =
  /'(?<single>[^']*)(?<singleEnd>'?)|"(?<double>(?:\\[^]|[^"\\])*)(?<doubleEnd>"?)|\\(?<escaped>[^])|(?<blanks>\s+)|(?<plain>[^\s'"\\]+)/uy;

/** What a backslash takes the meaning from inside double quotes (bash(1), QUOTING). */
const IN_DOUBLE = /\\(["$`\\])/g;

type Groups = Partial<Record<string, string>>;

const textOf = ({ single, double, escaped, plain }: Groups): string =>
  single ?? double?.replaceAll(IN_DOUBLE, '$1') ?? escaped ?? plain ?? '';

/** Outside quotes, what bash takes as it is. */
const PLAIN = /^[A-Za-z0-9_./,:@%+=\u0080-\u{10ffff}-]*$/u;
/** Inside double quotes, what it acts on: expansions, and history. */
const ACTIVE_IN_DOUBLE = /(?<!\\)(?:\\\\)*[$`]|!/;

/** Whether bash would make something else of a piece than its text: a variable, a pattern, a home. */
const isActive = ({ plain, double }: Groups): boolean =>
  (plain !== undefined && !PLAIN.test(plain)) || (double !== undefined && ACTIVE_IN_DOUBLE.test(double));

const openQuote = ({ singleEnd, doubleEnd }: Groups): Quote => (singleEnd === '' ? "'" : doubleEnd === '' ? '"' : '');

/**
 * Splits a line into words and takes quotes away. Nothing is expanded: a variable stays the text that it is.
 * @returns undefined when the line ends in the middle of an escape, or its last word is one that bash expands.
 */
function readLine(line: string): Line | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: Quote = '';
  let active = false;
  for (PIECE.lastIndex = 0; PIECE.lastIndex < line.length;) {
    const groups = PIECE.exec(line)?.groups;
    if (groups === undefined) return undefined;
    if (groups.blanks === undefined) {
      word = (word ?? '') + textOf(groups);
      quote = openQuote(groups);
      active ||= isActive(groups);
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
      active = false;
    }
  }
  return active ? undefined : { words, current: word ?? '', quote };
}

/** Text that bash takes literally where this quote is open; undefined where that cannot be written. */
function quoteFor(text: string, quote: Quote): string | undefined {
  if (quote === "'") return text.replaceAll("'", String.raw`'\''`);
  // History expansion acts inside double quotes, and a backslash before the `!` would stay.
  if (quote === '"') return text.includes('!') ? undefined : text.replaceAll(/["$`\\]/g, String.raw`\$&`);
  return text.replaceAll(/[^A-Za-z0-9_./,:@%+=\u0080-\u{10ffff}-]/gu, String.raw`\$&`);
}

export interface BashLine {
  /** The words before the one at the cursor, without the program. */
  readonly before: readonly string[];
  readonly current: string;
  /** What bash has to put in the place of its own current word for a candidate; undefined when it does not fit. */
  readonly replacement: (candidate: string) => string | undefined;
}

/**
 * Reads what bash knows at a TAB. Bash breaks words at more places than its own syntax does (COMP_WORDBREAKS: `:`, `=`
 * and `@` among them) and replaces only the last piece, so a candidate is given as that piece with the missing text
 * appended, quoted as the word is.
 * @param line the command line up to the cursor ($COMP_LINE, $COMP_POINT).
 * @param piece what bash will replace ($2 of the function).
 */
export function readBashLine(line: string, piece: string): BashLine | undefined {
  const read = readLine(line);
  if (read === undefined) return undefined;
  const { words, current, quote } = read;
  return {
    before: words.slice(1),
    current,
    replacement: (candidate) => {
      const rest = candidate.startsWith(current) ? quoteFor(candidate.slice(current.length), quote) : undefined;
      return rest === undefined ? undefined : `${piece}${rest}`;
    },
  };
}
