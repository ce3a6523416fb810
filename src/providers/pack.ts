import { compareVersions } from '../kernel/version.js';
import type { LineMatch, LinePattern } from '../security/text/pattern.js';
import { type Dialog, type OptionSpec, readDialog, unframed } from './dialog.js';
import { type Region, regionsOf, type Regions, type RegionSpec, type Screen } from './screen.js';
import type { AgentState } from '../kernel/agent-words.js';

/** One marker of a provider: what it says when it stands in its region. */
export interface Marker {
  /** Name of the rule, for `explain`. */
  readonly rule: string;
  readonly region: Region;
  /** Group `text`, where there is one, is what the program says about it. */
  readonly match: LinePattern;
  readonly says: AgentState;
  /** Only the last line of its region counts: further up, the agent may have written it. */
  readonly isLast?: true;
  /** What stands on its next lines, where the program breaks what it says: all of them up to the end of the region. */
  readonly wraps?: LinePattern;
}

/** Versions of a CLI: from `from` on, up to but without `to`; parts are compared as numbers. */
export interface VersionRange {
  readonly from: string;
  readonly to: string;
}

/**
 * How the screens of one CLI are read, for a range of its versions. Data, because markers change weekly; recorded screens
 * of the real program prove it.
 */
export interface DetectionPack extends RegionSpec {
  readonly provider: string;
  /** Undefined: every version. */
  readonly versions?: VersionRange | undefined;
  /** The first that matches decides. Dialogs come first, then trouble, then work. */
  readonly markers: readonly Marker[];
  readonly options: OptionSpec;
  /** The title tells the state by itself (the markers of the region `title`): a true signal of this CLI. */
  readonly hasTrueTitle: boolean;
  /** What stands before the text of the composer, and what stands in an empty one. */
  readonly prompt: LinePattern;
  readonly placeholder: LinePattern;
  /** How what a person has said begins on the screen, where that is not as in the composer. */
  readonly message?: LinePattern;
  /** What stands below it only while nothing is typed: whatever it shows then is the program's own suggestion. */
  readonly untyped?: LinePattern;
  /** What stands before its further lines; without it a frame is taken from both ends of each line. */
  readonly indent?: LinePattern;
  /** What stands in the composer for a long or many-line paste, in the place of its text. */
  readonly pasted?: LinePattern;
}

/** What a screen says. */
export interface ScreenReading {
  /** Undefined when nothing on it is known. */
  readonly says: AgentState | undefined;
  readonly rule: string;
  readonly region: Region | undefined;
  /** What the program says, for example about an error. */
  readonly text?: string;
  /** Text that waits in the composer, not sent; undefined when there is no composer. */
  readonly draft: string | undefined;
  /** The draft may be only the end of that text. */
  readonly draftIsPart?: true;
  readonly dialog?: Dialog;
}

/** A text without what the pattern finds first in it. */
function without(text: string, pattern: LinePattern): string {
  const found = pattern.exec(text);
  return found === null ? text : text.slice(0, found.index) + text.slice(found.index + found[0].length);
}

/** What stands behind a row's text; a zero width space is drawn as the cursor's place. */
const ROW_END = /[\s\u200b]+$/;

/** The rows of the composer without what the program draws around their text. */
function rowsIn(composer: readonly string[], { prompt, indent, scrolls }: DetectionPack): string[] {
  const [first = '', ...more] = composer;
  const bare = indent === undefined ? unframed : (row: string) => row;
  const unmarked = scrolls?.kind === 'mark' ? (row: string) => without(row, scrolls.mark) : (row: string) => row;
  const rest = indent === undefined ? more : more.map((row) => without(row, indent));
  return [without(first, prompt), ...rest].map((row) => bare(unmarked(row)).replace(ROW_END, ''));
}

function draftIn(regions: Regions, pack: DetectionPack): Pick<ScreenReading, 'draft' | 'draftIsPart'> {
  if (regions.composer === undefined) return { draft: undefined };
  const text = rowsIn(regions.composer, pack).join('\n').trim();
  const isUntyped = regions.footer.some((line) => pack.untyped?.test(line) === true);
  if (isUntyped || pack.placeholder.test(text)) return { draft: '' };
  return regions.isScrolled ? { draft: text, draftIsPart: true } : { draft: text };
}

/** @param more the lines that go on with it */
function readingOf(
  marker: Marker,
  found: LineMatch,
  more: readonly string[],
  regions: Regions,
  pack: DetectionPack,
): ScreenReading {
  const { rule, region, says } = marker;
  const told = found.groups?.text;
  const text = told === undefined ? undefined : [told, ...more].map((line) => unframed(line).trim()).join(' ').trim(); // prettier-ignore
  const dialog = region === 'dialog' ? readDialog(regions.dialog, found.input, pack.options) : undefined;
  return {
    ...{ says, rule, region, ...draftIn(regions, pack) },
    ...(text === undefined ? {} : { text }),
    ...(dialog === undefined ? {} : { dialog }),
  };
}

/** The lines behind a marker's that belong to it. */
function moreOf({ wraps }: Marker, lines: readonly string[], row: number): readonly string[] {
  const rest = lines.slice(row + 1);
  return wraps !== undefined && rest.every((line) => wraps.test(line)) ? rest : [];
}

function readingIn(
  marker: Marker,
  lines: readonly string[],
  regions: Regions,
  pack: DetectionPack,
): ScreenReading | undefined {
  for (const [row, line] of lines.entries()) {
    const found = marker.match.exec(line);
    if (found === null) continue;
    const more = moreOf(marker, lines, row);
    if (marker.isLast !== true || row + more.length === lines.length - 1)
      return readingOf(marker, found, more, regions, pack);
  }
  return undefined;
}

/** @param only which regions count */
function firstMarker(
  pack: DetectionPack,
  regions: Regions,
  only: (region: Region) => boolean,
): ScreenReading | undefined {
  for (const marker of pack.markers) {
    if (!only(marker.region)) continue;
    const reading = readingIn(marker, regions[marker.region] ?? [], regions, pack);
    if (reading !== undefined) return reading;
  }
  return undefined;
}

/** What the screen says, the title left out. A composer without any marker is idle; neither is unknown. */
export function readScreen(pack: DetectionPack, screen: Screen): ScreenReading {
  const regions = regionsOf(screen, pack);
  const marked = firstMarker(pack, regions, (region) => region !== 'title');
  if (marked !== undefined) return marked;
  const drafted = draftIn(regions, pack);
  if (drafted.draft === undefined) return { says: undefined, rule: 'no_composer', region: undefined, ...drafted };
  return { says: 'idle', rule: 'composer', region: 'composer', ...drafted };
}

/** What the title says, where it is a true signal. */
export function readTitle(pack: DetectionPack, screen: Screen): ScreenReading | undefined {
  if (!pack.hasTrueTitle) return undefined;
  return firstMarker(pack, regionsOf(screen, pack), (region) => region === 'title');
}

const isFrom = (range: VersionRange | undefined, version: string): boolean =>
  range !== undefined && compareVersions(version, range.from) >= 0;

const covers = (range: VersionRange | undefined, version: string | undefined): boolean =>
  range === undefined || (version !== undefined && isFrom(range, version) && compareVersions(version, range.to) < 0);

/**
 * The pack for a version: the one that covers it, else the nearest.
 * @param packs of one provider, oldest first
 */
export function packFor(
  packs: readonly DetectionPack[],
  version: string | undefined,
): { readonly pack: DetectionPack | undefined; readonly isCovered: boolean } {
  const covering = packs.find(({ versions }) => covers(versions, version));
  if (covering !== undefined) return { pack: covering, isCovered: true };
  const newer = packs.findLast(({ versions }) => version !== undefined && isFrom(versions, version));
  return { pack: version === undefined ? packs.at(-1) : (newer ?? packs[0]), isCovered: false };
}
