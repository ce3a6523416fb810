import type { DetectionPack } from '../../providers/pack.js';

/** Blanks, what frames and wrapping put between the parts of a text, and what terminals drop: marks, tones of emoji. */
const BLANKS = /[\s│┃▏\p{Cf}\ufe0f\p{Emoji_Modifier}]+/gu;

const bare = (text: string): string => text.normalize('NFC').replaceAll(BLANKS, '');

/** Less of a text that scrolls is no proof. */
const LEAST_PART = 20;

/** What stands in a composer. */
export interface Draft {
  readonly draft?: string | undefined;
  /** It may be only the end. */
  readonly draftIsPart?: true | undefined;
}

/** Whether a composer holds exactly a text: itself, however it is wrapped, or what the CLI shows for it when it is long. */
export function holds(
  { draft = '', draftIsPart }: Draft,
  text: string,
  { pasted }: Pick<DetectionPack, 'pasted'>,
): boolean {
  if (draft === '') return false;
  const [shown, whole] = [bare(draft), bare(text)];
  if (shown === whole || pasted?.test(draft.trim()) === true) return true;
  return draftIsPart === true && shown.length >= LEAST_PART && whole.endsWith(shown);
}

const PROBE = 60;

/** How often the beginning of a draft stands on a screen, in the composer and elsewhere. */
export function timesShown(draft: string, lines: readonly string[]): number {
  const probe = bare(draft).slice(0, PROBE);
  return probe === '' ? 0 : bare(lines.join('')).split(probe).length - 1;
}

/** What a CLI puts around a paste that it collapses, where it tells of it and where the model reads it. */
const PASTE_TAGS = /<\/?pasted_content(?: id="[^"]{0,64}")?>/g;

/** Whether what a CLI has told that it took is a text, whatever it did to the blanks around it. */
export const isSame = (told: string, text: string): boolean =>
  bare(told) === bare(text) || bare(told.replaceAll(PASTE_TAGS, '')) === bare(text);
