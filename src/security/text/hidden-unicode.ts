/** Text without smuggled characters, and how many were taken out. */
export interface Unhidden {
  readonly text: string;
  readonly hidden: number;
}

/** What can be invisible or misleading in a text that a program wrote; the words that warnings use. */
export type HiddenKind = 'tags' | 'selectors' | 'bidi' | 'zero_width' | 'fillers' | 'annotations' | 'stacked_marks';

export interface Revealed {
  readonly text: string;
  /** How many of each kind were taken out; kinds of which there were none are absent. */
  readonly hidden: Readonly<Partial<Record<HiddenKind, number>>>;
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

// Overrides, embeddings and isolates turn the order of what is shown. The marks U+200E, U+200F and U+061C only settle
// neutral characters beside them, which Hebrew and Arabic need, so they stay; so do U+200C and U+200D.
// A zero width space between letters of a script that is written without spaces tells where a word ends.
const SPACELESS = '[\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}]';
const MISLEADING = new RegExp(
  [
    '([\\u202a-\\u202e\\u2066-\\u2069])',
    `((?<!${SPACELESS})\\u200b|\\u200b(?!${SPACELESS})|[\\u2060-\\u2064\\ufeff])`,
    '([\\u115f\\u1160\\u3164\\uffa0\\u206a-\\u206f])',
    '([\\ufff9-\\ufffb])',
  ].join('|'),
  'gu',
);
const KINDS = ['bidi', 'zero_width', 'fillers', 'annotations'] as const;
/** Nothing of that is among the first characters, which most text is made of. */
const PLAIN = /^[\x00-\u02ff]*$/;
const MARKS = /[\p{Mn}\p{Me}]{3,}/gu;
// The blocks that marks are in, and halves of characters: a fast look that spares most text the slow one.
const MAY_BE_MARKS =
  // eslint-disable-next-line no-misleading-character-class -- single marks are what is looked for
  /[\u0300-\u1dff\u20d0-\u20ff\u2cef-\u2cf1\u2d7f-\u2dff\u302a-\u302f\u3099\u309a\ua66f-\uabff\ufb1e\ufe00-\ufe2f\ud800-\udfff]{3}/;
/** More are drawn by nobody; Tibetan stacks, the highest of any script, have fewer. */
const MAX_MARKS = 10;
const REPEATED_MARK = /(.)\1{2,}/gsu;

/** Characters, not UTF-16 units. */
const characters = (text: string): string[] => Array.from(text);

function unstack(marks: string): string {
  return characters(marks.replaceAll(REPEATED_MARK, '$1')).slice(0, MAX_MARKS).join('');
}

/** Removes from the output of programs what a person does not see but a model reads, or what both read differently. */
export function revealOutput(text: string): Revealed {
  if (PLAIN.test(text)) return { text, hidden: {} };
  const hidden: Partial<Record<HiddenKind, number>> = {};
  const count = (kind: HiddenKind, more = 1): void => {
    hidden[kind] = (hidden[kind] ?? 0) + more;
  };
  let clean = text.replaceAll(MISLEADING, (_match, ...groups: (string | undefined)[]) => {
    count(KINDS[groups.findIndex((group) => typeof group === 'string')] ?? 'zero_width');
    return '';
  });
  if (ANY.test(clean)) {
    clean = clean.replaceAll(TOKENS, (match, legitimate: string | undefined) => {
      if (legitimate === undefined) count((match.codePointAt(0) ?? 0) < 0xe0100 ? 'tags' : 'selectors');
      return legitimate ?? '';
    });
  }
  if (!MAY_BE_MARKS.test(clean)) return { text: clean, hidden };
  clean = clean.replaceAll(MARKS, (marks) => {
    const fewer = unstack(marks);
    if (fewer.length < marks.length) count('stacked_marks', characters(marks).length - characters(fewer).length);
    return fewer;
  });
  return { text: clean, hidden };
}
