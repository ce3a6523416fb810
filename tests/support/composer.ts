import type { DetectionPack, ScreenReading } from '../../src/providers/pack.js';

/** How a composer shows what it holds: all of it, the end of it, or something in its place. */
export type Shown = 'whole' | 'end' | 'pasted';

/** Rows are broken and filled up with blanks. */
const squashed = (text: string): string => text.replaceAll(/\s/g, '');

/** Whether the composer is read as holding exactly this text, shown in this way. */
export function holds(pack: DetectionPack, reading: ScreenReading, text: string, shown: Shown): boolean {
  const { draft, draftIsPart = false } = reading;
  if (draft === undefined || draft === '') return draft === text;
  if (shown === 'pasted') return pack.pasted?.test(draft) === true;
  if (shown === 'whole') return !draftIsPart && squashed(draft) === squashed(text);
  return draftIsPart && squashed(text).endsWith(squashed(draft));
}
