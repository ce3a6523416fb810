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
  /** Between the last two lines that match, at most `maxLines` apart. */
  | { readonly kind: 'between'; readonly line: LinePattern; readonly maxLines: number }
  /** From the last line that matches `first`, on to the next blank line. */
  | { readonly kind: 'prompt'; readonly first: LinePattern }
  /** The last run of lines that match, with the line that closes it below. */
  | { readonly kind: 'block'; readonly line: LinePattern; readonly close: LinePattern };

/** Rows of the composer: `start` is its first line of text, `end` the one after its last. */
interface Span {
  readonly start: number;
  readonly end: number;
  /** The first row of what belongs to it, rules around it included, and the one after the last. */
  readonly outer: readonly [number, number];
}

/** Fewer rows than this below the composer: what is above is older output, not a composer. */
const MAX_FOOTER = 6;

function lastIndexWhere(lines: readonly string[], test: (line: string) => boolean, before = lines.length): number {
  for (let row = before - 1; row >= 0; row--) if (test(lines[row] ?? '')) return row;
  return -1;
}

function spanBetween(
  lines: readonly string[],
  { line, maxLines }: ComposerSpec & { kind: 'between' },
): Span | undefined {
  const bottom = lastIndexWhere(lines, (text) => line.test(text));
  const top = lastIndexWhere(lines, (text) => line.test(text), bottom);
  if (top < 0 || bottom - top < 2 || bottom - top - 1 > maxLines) return undefined;
  return { start: top + 1, end: bottom, outer: [top, bottom + 1] };
}

function spanOfPrompt(lines: readonly string[], { first }: ComposerSpec & { kind: 'prompt' }): Span | undefined {
  const start = lastIndexWhere(lines, (text) => first.test(text));
  if (start < 0) return undefined;
  const blank = lines.findIndex((text, row) => row > start && text.trim() === '');
  const end = blank < 0 ? lines.length : blank;
  return { start, end, outer: [start, end] };
}

function spanOfBlock(lines: readonly string[], { line, close }: ComposerSpec & { kind: 'block' }): Span | undefined {
  const end = lastIndexWhere(lines, (text) => close.test(text));
  const before = lastIndexWhere(lines, (text) => !line.test(text), end);
  if (end < 0 || before + 1 >= end) return undefined;
  return { start: before + 1, end, outer: [before + 1, end + 1] };
}

function spanOf(lines: readonly string[], spec: ComposerSpec): Span | undefined {
  const span =
    spec.kind === 'between'
      ? spanBetween(lines, spec)
      : spec.kind === 'prompt'
        ? spanOfPrompt(lines, spec)
        : spanOfBlock(lines, spec);
  if (span === undefined) return undefined;
  const below = lines.slice(span.outer[1]).filter((text) => text.trim() !== '');
  return below.length > MAX_FOOTER ? undefined : span;
}

export interface Regions {
  readonly title: readonly string[];
  /** Undefined when there is none on the screen. */
  readonly composer: readonly string[] | undefined;
  /** The last lines above the composer that are not blank, nearest last. */
  readonly status: readonly string[];
  /** What is below the composer. */
  readonly footer: readonly string[];
  /** The end of the screen, where a dialog stands in the composer's place; empty where the composer is there. */
  readonly dialog: readonly string[];
}

export interface RegionSpec {
  readonly composer: ComposerSpec;
  /** How many lines at the end of the composer are not the person's. */
  readonly composerTail: number;
  /** How many lines above the composer tell what the agent is doing. */
  readonly statusLines: number;
  /** Hints that come and go above the composer; they are none of these lines. */
  readonly hint: LinePattern;
  /** How many lines at the end of the screen a dialog may have. */
  readonly dialogLines: number;
}

const isText = (line: string): boolean => line.trim() !== '';

/** Cuts a screen into the regions in which markers count. */
export function regionsOf({ title, lines }: Screen, spec: RegionSpec): Regions {
  const span = spanOf(lines, spec.composer);
  if (span === undefined) {
    const dialog = lines.filter(isText).slice(-spec.dialogLines);
    return { title: [title], composer: undefined, status: [], footer: [], dialog };
  }
  const [top, bottom] = span.outer;
  return {
    title: [title],
    composer: lines.slice(span.start, Math.max(span.start, span.end - spec.composerTail)),
    status: lines
      .slice(0, top)
      .filter((line) => isText(line) && !spec.hint.test(line))
      .slice(-spec.statusLines),
    footer: lines.slice(bottom).filter(isText),
    dialog: [],
  };
}

/** The lines above the composer; undefined when there is none on the screen. */
export function aboveComposer(lines: readonly string[], composer: ComposerSpec): readonly string[] | undefined {
  const span = spanOf(lines, composer);
  return span === undefined ? undefined : lines.slice(0, span.outer[0]);
}
