/** Text without smuggled characters, and how many were taken out. */
export interface Unhidden {
  readonly text: string;
  readonly hidden: number;
}

// Emoji tag sequence (UTS #51, ED-14a): a black flag, tags, a cancel tag; England's flag is one.
const TAG_SEQUENCE = '\\u{1F3F4}[\\u{E0020}-\\u{E007E}]{1,16}\\u{E007F}';
// Ideographic variation sequence (UTS #37): one selector directly after a Han character.
const IDEOGRAPHIC = '\\p{Script=Han}[\\u{E0100}-\\u{E01EF}]';
const INVISIBLE = '[\\u{E0000}-\\u{E007F}\\u{E0100}-\\u{E01EF}]';
// eslint-disable-next-line no-misleading-character-class -- single invisible characters are what is looked for
const ANY = new RegExp(INVISIBLE, 'u');
// eslint-disable-next-line no-misleading-character-class -- as above
const TOKENS = new RegExp(`(${TAG_SEQUENCE}|${IDEOGRAPHIC})|${INVISIBLE}`, 'gu');

/**
 * Removes tag characters and supplementary variation selectors outside the sequences that Unicode defines for them:
 * they show nothing and carry text that only a model reads. Joiners, direction marks and spaces are language and stay.
 */
export function removeHidden(text: string): Unhidden {
  if (!ANY.test(text)) return { text, hidden: 0 };
  let hidden = 0;
  const clean = text.replaceAll(TOKENS, (_match, legitimate: string | undefined) => {
    if (legitimate === undefined) hidden++;
    return legitimate ?? '';
  });
  return { text: clean, hidden };
}
