/** What a person can press that means something here. */
export type Key =
  | 'up'
  | 'down'
  | 'first'
  | 'last'
  | 'enter'
  | 'escape'
  | 'quit'
  | 'interrupt'
  | 'suspend'
  | 'redraw'
  | 'pause'
  | 'help'
  | 'other';

const CHARACTERS: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\x03': 'interrupt',
  '\x0c': 'redraw',
  '\x1a': 'suspend',
  '?': 'help',
  g: 'first',
  G: 'last',
  h: 'help',
  j: 'down',
  k: 'up',
  p: 'pause',
  q: 'quit',
};

/** By the final character of `CSI` or `SS3`: a terminal sends the second form in application mode. */
const FINALS: Readonly<Record<string, Key>> = { A: 'up', B: 'down', F: 'last', H: 'first' };
/** By the number of `CSI n ~`. */
const NUMBERS: Readonly<Record<string, Key>> = { 1: 'first', 4: 'last', 5: 'up', 6: 'down', 7: 'first', 8: 'last' };

const SEQUENCE = /^\x1b(?:\[(?<csi>[0-?]*)[ -/]*(?<final>[@-~])|O(?<ss3>[ -~])|[^[O\x1b])/u;
const UNFINISHED = /^\x1b(?:\[[0-?]*[ -/]*|O)?$/;
/** Longer than any key: not a sequence that is still coming. */
const MAX_SEQUENCE = 64;

function sequenceKey(groups: Readonly<Record<string, string | undefined>>): Key {
  const { csi, final, ss3 } = groups;
  if (ss3 !== undefined) return FINALS[ss3] ?? 'other';
  if (final === '~') return NUMBERS[(csi ?? '').split(';')[0] ?? ''] ?? 'other';
  return final === undefined ? 'other' : (FINALS[final] ?? 'other');
}

/**
 * The keys in what a terminal sent. A sequence comes as a whole or not at all: the letters in it are no keys.
 * @returns also the beginning of a sequence that is not complete yet; on its own it is the Escape key.
 */
export function decodeKeys(text: string): { readonly keys: readonly Key[]; readonly rest: string } {
  const keys: Key[] = [];
  let left = text;
  while (left !== '') {
    if (left.startsWith('\x1b')) {
      if (UNFINISHED.test(left) && left.length <= MAX_SEQUENCE) return { keys, rest: left };
      const match = SEQUENCE.exec(left);
      keys.push(match === null ? 'escape' : sequenceKey(match.groups ?? {}));
      left = left.slice(match === null ? 1 : match[0].length);
    } else {
      const [character = ''] = left;
      keys.push(CHARACTERS[character] ?? 'other');
      left = left.slice(character.length);
    }
  }
  return { keys, rest: '' };
}

/** The keys of an incomplete sequence after which nothing came. */
export function restKeys(rest: string): readonly Key[] {
  return rest === '' ? [] : rest === '\x1b' ? ['escape'] : ['other'];
}
