import type { DetectionPack } from '../../providers/pack.js';

/** Blanks, and what frames and wrapping put between the parts of a text. */
const BLANKS = /[\s\u00a0│┃▏]+/gu;

const bare = (text: string): string => text.normalize('NFC').replaceAll(BLANKS, '');

/** Less of a text that scrolls is no proof. */
const LEAST_PART = 20;

/**
 * Whether a composer holds exactly a text: itself, however it is wrapped, or what the CLI shows for it when it is long.
 * @param draft what stands in the composer
 */
export function holds(
  draft: string,
  text: string,
  pack: Pick<DetectionPack, 'pasted'> & { readonly scrolls?: true },
): boolean {
  if (draft === '') return false;
  const [shown, whole] = [bare(draft), bare(text)];
  if (shown === whole) return true;
  if (pack.pasted?.test(draft.trim()) === true) return true;
  return pack.scrolls === true && shown.length >= LEAST_PART && whole.includes(shown);
}

/** What a CLI puts around a paste that it collapses, where it tells of it and where the model reads it. */
const PASTE_TAGS = /<\/?pasted_content(?: id="[^"]{0,64}")?>/g;

/** Whether what a CLI has told that it took is a text, whatever it did to the blanks around it. */
export const isSame = (told: string, text: string): boolean =>
  bare(told) === bare(text) || bare(told.replaceAll(PASTE_TAGS, '')) === bare(text);
