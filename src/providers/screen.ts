import type { LinePattern } from '../security/text/pattern.js';

/** What is seen of a pane at one moment: pane options and the visible screen, without blank lines at its end. */
export interface Screen {
  /** #{pane_title}, cleaned. */
  readonly title: string;
  readonly lines: readonly string[];
}

/** Where on the screen a marker counts. An agent may quote any marker, so none counts everywhere. */
export type Region = 'title' | 'status' | 'composer' | 'footer' | 'dialog';

/** How a provider's composer (the box that a person types into) is found, looking from the end of the screen up. */
export type ComposerSpec =
  /** Between the last two lines that match, at most `maxLines` apart; of one length, where there are such. */
  | { readonly kind: 'between'; readonly line: LinePattern; readonly maxLines: number }
  | PromptSpec
  /** The last run of lines that match, with the line that closes it below. */
  | { readonly kind: 'block'; readonly line: LinePattern; readonly close: LinePattern };

/** From the last line that matches `first`, on to the next blank line. */
export interface PromptSpec {
  readonly kind: 'prompt';
  readonly first: LinePattern;
  /** How its further lines begin; with it blank lines may stand between them. */
  readonly more?: LinePattern;
  /** How many lines below it, behind a blank one, look like further ones and are none. */
  readonly footerLines?: number;
  /** A line below it which shows that it is the marked option of a dialog. */
  readonly unless?: LinePattern;
}

/** Rows of the composer: `start` is its first line of text, `end` the one after its last. */
interface Span {
  readonly start: number;
  readonly end: number;
  /** The first row of what belongs to it, rules around it included, and the one after the last. */
  readonly outer: readonly [number, number];
}

/** Fewer rows than this below the composer: what is above is older output, not a composer. */
const MAX_FOOTER = 6;

const isBlank = (line: string): boolean => line.trim() === '';
const isText = (line: string): boolean => !isBlank(line);

function lastIndexWhere(lines: readonly string[], test: (line: string) => boolean, before = lines.length): number {
  for (let row = before - 1; row >= 0; row--) if (test(lines[row] ?? '')) return row;
  return -1;
}

function spanBetween(
  lines: readonly string[],
  { line, maxLines }: ComposerSpec & { kind: 'between' },
): Span | undefined {
  const bottom = lastIndexWhere(lines, (text) => line.test(text));
  // A shorter one may be text.
  const { length } = lines[bottom] ?? '';
  const even = lastIndexWhere(lines, (text) => text.length === length && line.test(text), bottom);
  const isNear = even >= 0 && bottom - even - 1 <= maxLines;
  const top = isNear ? even : lastIndexWhere(lines, (text) => line.test(text), bottom);
  if (top < 0 || bottom - top < 2 || bottom - top - 1 > maxLines) return undefined;
  return { start: top + 1, end: bottom, outer: [top, bottom + 1] };
}

/** The first row from `from` on for which `test` holds, or the one after the last. */
function rowWhere(lines: readonly string[], from: number, test: (line: string) => boolean): number {
  const found = lines.findIndex((text, row) => row >= from && test(text));
  return found < 0 ? lines.length : found;
}

/** The row after the last of the composer. */
function endOfPrompt(lines: readonly string[], start: number, more: LinePattern | undefined, footer: number): number {
  if (more === undefined) return rowWhere(lines, start + 1, isBlank);
  const end = rowWhere(lines, start + 1, (text) => !isBlank(text) && !more.test(text));
  const blank = lastIndexWhere(lines, isBlank, end);
  const isFooter = blank > start && end === lines.length && end - blank - 1 <= footer;
  return lastIndexWhere(lines, isText, isFooter ? blank : end) + 1;
}

function spanOfPrompt(lines: readonly string[], spec: PromptSpec, scrolls: ScrollSpec | undefined): Span | undefined {
  const { first, more, footerLines = 0, unless } = spec;
  const start = lastIndexWhere(lines, (text) => first.test(text));
  if (start < 0 || lines.slice(start + 1).some((text) => unless?.test(text) === true)) return undefined;
  // One that has no room for all of its text leaves none for a footer.
  const isFull = scrolls?.kind === 'mark' && scrolls.mark.test(lines[start] ?? '');
  const end = endOfPrompt(lines, start, more, isFull ? 0 : footerLines);
  return { start, end, outer: [start, end] };
}

function spanOfBlock(lines: readonly string[], { line, close }: ComposerSpec & { kind: 'block' }): Span | undefined {
  const end = lastIndexWhere(lines, (text) => close.test(text));
  const before = lastIndexWhere(lines, (text) => !line.test(text), end);
  if (end < 0 || before + 1 >= end) return undefined;
  return { start: before + 1, end, outer: [before + 1, end + 1] };
}

function spanOf(lines: readonly string[], { composer, scrolls }: RegionSpec): Span | undefined {
  const span =
    composer.kind === 'between'
      ? spanBetween(lines, composer)
      : composer.kind === 'prompt'
        ? spanOfPrompt(lines, composer, scrolls)
        : spanOfBlock(lines, composer);
  if (span === undefined) return undefined;
  const below = lines.slice(span.outer[1]).filter(isText);
  return below.length > MAX_FOOTER ? undefined : span;
}

export interface Regions {
  readonly title: readonly string[];
  /** Undefined when there is none on the screen. */
  readonly composer: readonly string[] | undefined;
  /** More of its text stands above what is seen, or may do so. */
  readonly isScrolled: boolean;
  /** The last lines above the composer that are not blank, nearest last. */
  readonly status: readonly string[];
  /** What is below the composer. */
  readonly footer: readonly string[];
  /** The end of the screen, where a dialog stands in the composer's place; empty where the composer is there. */
  readonly dialog: readonly string[];
}

/** How a composer shows that it holds more rows than are seen. */
export type ScrollSpec =
  /** On the rule around it, or behind one of its rows, where it does not belong to the text. */
  | { readonly kind: 'mark'; readonly mark: LinePattern }
  /** Not at all, but it never shows more than so many: so many may be a part. */
  | { readonly kind: 'rows'; readonly rows: number };

export interface RegionSpec {
  readonly composer: ComposerSpec;
  /** Without it the whole text is seen, or no composer. */
  readonly scrolls?: ScrollSpec;
  /** How many lines at the end of the composer are not the person's. */
  readonly composerTail: number;
  /** How many lines above the composer tell what the agent is doing. */
  readonly statusLines: number;
  /** Hints that come and go above the composer; they are none of these lines. */
  readonly hint: LinePattern;
  /** How many lines at the end of the screen a dialog may have. */
  readonly dialogLines: number;
}

/** @param rows the composer's, rules around it included */
function isScrolled(rows: readonly string[], { start, end }: Span, scrolls: ScrollSpec | undefined): boolean {
  if (scrolls?.kind === 'rows') return end - start >= scrolls.rows;
  return scrolls !== undefined && rows.some((row) => scrolls.mark.test(row));
}

/** Cuts a screen into the regions in which markers count. */
export function regionsOf({ title, lines }: Screen, spec: RegionSpec): Regions {
  const span = spanOf(lines, spec);
  if (span === undefined) {
    const dialog = lines.filter(isText).slice(-spec.dialogLines);
    return { title: [title], composer: undefined, isScrolled: false, status: [], footer: [], dialog };
  }
  const [top, bottom] = span.outer;
  return {
    title: [title],
    composer: lines.slice(span.start, Math.max(span.start, span.end - spec.composerTail)),
    isScrolled: isScrolled(lines.slice(top, bottom), span, spec.scrolls),
    status: lines
      .slice(0, top)
      .filter((line) => isText(line) && !spec.hint.test(line))
      .slice(-spec.statusLines),
    footer: lines.slice(bottom).filter(isText),
    dialog: [],
  };
}

/** The lines above the composer; undefined when there is none on the screen. */
export function aboveComposer(lines: readonly string[], spec: RegionSpec): readonly string[] | undefined {
  const span = spanOf(lines, spec);
  return span === undefined ? undefined : lines.slice(0, span.outer[0]);
}
