import { type Classes, classes, eachWord } from './lexicon.js';

/** Kinds of evidence; what results and the audit record name. */
export const CATEGORIES = [
  'instruction_override',
  'prompt_extraction',
  'role_change',
  'fake_system',
  'encoded_payload',
  'homoglyph',
  'exfiltration',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** One word of a rule: one of these, and all of those. */
interface Step {
  readonly any: Classes;
  readonly also: Classes;
  /** How many words may stand between it and the one before. */
  readonly gap: number;
}

export interface Rule {
  readonly category: number;
  readonly weight: number;
  readonly first: Step;
  /** In their order. */
  readonly rest: readonly Step[];
}

/**
 * Words in order, with weights from 0 to 1. `a|b` is a word of either class, `+c` asks for that class too, a number allows
 * as many other words between.
 */
const RULES: Partial<Record<Category, Readonly<Record<string, number>>>> = {
  instruction_override: {
    'ignore 4 previous 2 instruction': 0.75,
    'ignore 3 instruction 3 previous': 0.72,
    'ignore 3 previous 2 rule': 0.45,
    'ignore 3 all 3 previous 2 rule|text': 0.55,
    'ignore 2 your 2 instruction|safety': 0.6,
    'ignore 2 your 1 previous|system 2 rule|task': 0.55,
    'ignore 1 all 3 instruction': 0.45,
    'must 2 ignore 2 all 2 instruction': 0.6,
    'ignore 1 all 1 safety': 0.5,
    'ignore 1 safety 1 instruction|rule': 0.55,
    'ignore 2 system 1 instruction|rule|safety': 0.6,
    'ignore 3 instruction 4 you 3 given|told': 0.65,
    'forget 1 everything 5 previous|told|given|instruction': 0.65,
    'ignore 1 everything 2 previous|told': 0.6,
    'ignore 2 all 3 you 3 told|given': 0.6,
    'not 2 follow 3 previous|your|system 2 instruction|rule': 0.6,
    'previous 1 instruction 4 void': 0.7,
    'your 1 previous 2 task 3 void|complete': 0.5,
    'your 1 new 1 task': 0.4,
    'your 1 new 1 task+colon': 0.55,
    'new 0 instruction+colon': 0.55,
    'new 0 instruction 1 follow': 0.45,
    'new 1 instruction 4 ignore|replace': 0.55,
    'instruction 3 replace 3 previous|your': 0.55,
    'you must now 1 call|send|reveal|ignore': 0.35,
    'you must 2 execute|call|send 3 following': 0.35,
    'without|not 1 tell 3 user': 0.4,
    'not 1 tell 2 user': 0.45,
    'notice 1 ai': 0.4,
    'notice 3 ai': 0.42,
    'you are 3 ai 3 read': 0.55,
    'when you are 2 being': 0.5,
    'ai 2 read 3 this|must|should': 0.45,
    'ai 2 read 2 this 3 must': 0.55,
    'disable 2 all|your 2 safety': 0.35,
    'disable 0 safety': 0.35,
    'follow 2 instruction 2 instead': 0.4,
    'instead 2 follow 3 instruction': 0.4,
  },
  prompt_extraction: {
    'reveal 3 your 3 prompt': 0.62,
    'reveal 4 system|hidden 1 system 1 prompt': 0.5,
    'reveal 3 system|hidden 1 prompt': 0.42,
    'reveal 4 prompt 2 system|hidden|you|above': 0.5,
    'reveal 3 your 2 system|hidden 2 message|rule|text|configuration': 0.58,
    'repeat 3 text 3 above': 0.6,
    'repeat 3 all|everything 2 above': 0.6,
    'repeat 2 above 3 verbatim': 0.6,
    'what 1 your 3 system|hidden|previous 2 prompt|rule': 0.62,
    'what 1 your 0 prompt': 0.55,
    'what 3 prompt 2 you 3 given|told': 0.55,
    'what 2 you 2 told 4 above|begin|previous': 0.5,
    'your 2 system|hidden 1 prompt 5 verbatim|reveal|repeat': 0.58,
    'above 1 you are 4 verbatim': 0.5,
  },
  role_change: {
    'you are now 3 persona|freemode': 0.65,
    'you are now 4 opsmode|freemode 1 mode': 0.55,
    'you are now 1 ai|being': 0.4,
    'you are now 4 no 2 restrict': 0.65,
    'you are now 1 free|no': 0.35,
    'you are no longer': 0.4,
    'you are no longer 3 bound|being|restrict': 0.6,
    'act 4 persona|freemode': 0.6,
    'act 3 being 4 no 2 restrict': 0.65,
    'act 3 you 4 no|not 3 restrict|bound': 0.6,
    'act 3 you are 3 persona|freemode': 0.6,
    'act 1 you 3 no 2 restrict': 0.6,
    'freemode 0 mode': 0.55,
    'opsmode 0 mode 1 enabled': 0.3,
    'enter|enable 2 opsmode 0 mode': 0.4,
    'can 1 anything now': 0.65,
    'you 4 no 2 restrict': 0.5,
    'ai 3 no 2 restrict': 0.35,
    'not 1 bound 2 restrict|rule': 0.55,
    'from now 2 you 1 are|must|act': 0.45,
    'from now 3 act 3 being': 0.5,
    'from now 4 ignore|reveal': 0.4,
    'your 1 new 1 identity': 0.45,
    'your 0 identity 1 now': 0.45,
    'you are 3 persona': 0.5,
    'act 2 persona 1 being': 0.5,
  },
  fake_system: {
    'role+tag': 0.32,
    'reminder+tag': 0.4,
    'closing+ended': 0.4,
    'role+tag 4 you|ignore|new|disable|must': 0.5,
    'role+tag 4 you|ignore|new|disable 3 must|are|instruction|safety|previous': 0.55,
    'closing+ended 6 role|new|ignore|reminder': 0.55,
    'role+bracket': 0.3,
    'role+bracket 4 you|ignore|new|disable|must': 0.5,
    'system 0 prompt|override|notice+label': 0.4,
    'system+bracket 0 role|override|notice': 0.5,
    'system 0 override+colon': 0.45,
    'system 0 prompt+colon 6 you|ignore|reveal|disable|send': 0.55,
    'system 0 notice|override+colon 6 you|ignore|reveal|disable|send|must': 0.5,
    'system+label 5 ignore|disable': 0.5,
    'system+label 2 you are|must': 0.5,
    'system+label 3 new 1 instruction': 0.6,
    'role+label 2 you are now': 0.5,
    'system+colon 0 you are now': 0.5,
    'begin|end 1 system 1 prompt|message|instruction': 0.5,
    'end 1 user 1 prompt|input|message': 0.35,
    'tmuxorc 2 confirm 2 grant': 0.55,
    'confirm 1 grant 2 user': 0.35,
  },
  exfiltration: {
    'send 6 secret 5 url|outside': 0.62,
    'send 8 secret 5 url|outside': 0.58,
    'send 3 secretfile': 0.45,
    'net 8 secretfile': 0.4,
    'secretfile 4 net': 0.55,
    'secret 5 net 3 url|outside': 0.45,
    'reveal 3 all|your|contents 3 secret': 0.35,
    'reveal 5 secretfile': 0.45,
    'net 8 url 6 sh+piped': 0.3,
  },
  encoded_payload: {
    'decode 5 base64 6 execute': 0.5,
    'base64 5 decode 5 execute': 0.5,
    'decode 8 execute|follow 3 instruction': 0.5,
    'base64 3 sh+piped': 0.5,
  },
};

function step(word: string, gap: number): Step {
  const [any = '', ...also] = word.split('+');
  return { any: classes(any.split('|')), also: classes(also), gap };
}

function parse(pattern: string): Pick<Rule, 'first' | 'rest'> {
  const steps: Step[] = [];
  let gap = 0;
  for (const word of pattern.split(' ')) {
    const number = Number(word);
    if (Number.isNaN(number)) steps.push(step(word, gap));
    gap = Number.isNaN(number) ? 0 : number;
  }
  const [first, ...rest] = steps;
  if (first === undefined) throw new Error(`no rule: ${pattern}`);
  return { first, rest };
}

/** The heaviest first: once one has been found, the lighter ones of its category need no look. */
const readRules = (): Rule[] =>
  CATEGORIES.flatMap((name, category) =>
    Object.entries(RULES[name] ?? {}).map(([pattern, weight]) => ({ category, weight, ...parse(pattern) })),
  ).sort((a, b) => b.weight - a.weight);

export const meet = (a: Classes, b: Classes): boolean =>
  ((a[0] & b[0]) | (a[1] & b[1]) | (a[2] & b[2]) | (a[3] & b[3])) !== 0;

export const join = (a: Classes, b: Classes): Classes => [a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3]];

export const holds = (a: Classes, all: Classes): boolean =>
  (a[0] & all[0]) === all[0] && (a[1] & all[1]) === all[1] && (a[2] & all[2]) === all[2] && (a[3] & all[3]) === all[3];

const NONE: Classes = [0, 0, 0, 0];

/** What is known of a word. */
export interface Entry {
  readonly classes: Classes;
  /** Those that can begin with it. */
  readonly rules: readonly Rule[];
  /** How near the second word of any of them must stand; 0 where one of them has no second word. */
  readonly reach: number;
  /** The classes that the second word can have. */
  readonly second: Classes;
}

function entryFor(word: Classes, all: readonly Rule[]): Entry {
  const rules = all.filter(({ first }) => meet(first.any, word));
  const seconds = rules.map(({ rest }) => rest[0]);
  return {
    classes: word,
    rules,
    reach: seconds.includes(undefined) ? 0 : Math.max(0, ...seconds.map((second) => (second?.gap ?? 0) + 1)),
    second: seconds.reduce((sum, second) => join(sum, second?.any ?? NONE), NONE),
  };
}

const FILTER_MASK = 0xffff;
/** Most words of a text are not known, which this tells without a look into the map. */
const FILTER = new Uint8Array(FILTER_MASK + 1);
const BY_HASH = new Map<number, Entry>();

/** Takes some milliseconds, which programs that look at no text do not spend. */
export function prepareEntries(): void {
  if (BY_HASH.size > 0) return;
  const rules = readRules();
  const entries = new Map<Classes, Entry>();
  eachWord((hash, found) => {
    const entry = entries.get(found) ?? entryFor(found, rules);
    entries.set(found, entry);
    BY_HASH.set(hash, entry);
    FILTER[hash & FILTER_MASK] = 1;
  });
}

/** What is known of the word with a hash, once it is prepared. */
export const entryOf = (hash: number): Entry | undefined =>
  FILTER[hash & FILTER_MASK] === 1 ? BY_HASH.get(hash) : undefined;
