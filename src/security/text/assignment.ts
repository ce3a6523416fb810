import { isPlaceholder, looksRandom } from './placeholder.js';

/** The value of something that is named as a secret. */
export interface Assigned {
  readonly type: 'password' | 'secret';
  readonly start: number;
  readonly end: number;
}

export const ASSIGNMENT_HINTS = ['passw', 'passphrase', 'pwd', 'secret', 'token', 'key', 'credential'] as const;

// `key` alone names too many harmless things.
const WORD =
  '(?:passw(?:or)?d|passphrase|pwd|secret|token|credential|(?:api|access|secret|private|encryption|signing|master|auth|account|service|session|license|webhook)[_-]?key)';
const NAME_END = '[A-Za-z0-9_-]{0,30}';
/** A name with `=`, `:`, `=>` or `:=`, its quotes and those of an index; or a flag with its value behind a space. */
const HEAD = new RegExp(
  `${WORD}(${NAME_END})(?:\\\\?["'])?\\]?(?:([ \\t]{0,4})(=>|:=|[=:])([ \\t]{0,4})|([ \\t]{1,4})(?=["']?[A-Za-z0-9]))`,
  'gi',
);
/** What a name that ends so holds is no secret itself. */
const HARMLESS_END =
  /(?:^s|[_-]?(?:count|limit|types?|name|ids?|file|path|dir|ur[il]|expir\w*|ttl|length|len|size|budget|usage|field|hash|policy|rotation|age|version|header|param\w*|env|var|source|provider|manager|store|format|ring|kind|pattern|prefix|regex|class|status|error|required|valid\w*|reset\w*|hint|label|placeholder|prompt|input|max|min|index|offset|start|end))$/i;
const MAX_NAME = 40;
const NAME_CHARACTER = /[A-Za-z0-9_.-]/;

const QUOTED = /\\?(["'`])((?:(?!\1)[^\n\\]|\\(?!["'`])[^\n]){8,1024})/y;
const UNQUOTED = /[^\s"'`,;<>(){}[\]|&\\]{8,1024}/y;
/** In a shell or an env file a value goes on to the next blank, but for what ends a command. */
const SHELL_END = ';,)&|';
const SHELL = /[^\s"'`\\]{8,1024}/y;

/** What goes on behind the longest value that is looked at. */
const REST_QUOTED = /[^\n"'`\\]*/y;
const REST = /[^\s"'`,;<>(){}[\]|&\\]*/y;

const NUMBER = /^[\d.,:_/-]+[kKmMgGs%]?$/;
const VERSION = /^[\^~>=v]{0,2}\d+\.\d+/;
const ROOTED = /^(?:~|\.{1,2})?\/(?:(?:home|usr|etc|var|tmp|opt|run|root|Users|private|mnt|srv|proc|dev|work|app|data|src|bin|lib|Library|workspace|nix)(?:\/|$)|[\w.-]*$)|^(?:~|\.{1,2})\//; // prettier-ignore
const CODE = /^(?:process|os|env|config|settings|self|this|args?|opts|options|req|request|ctx|context|data|params|props|state|user|json|response|res|result|body|secrets|vault|var|local|module|window|document|credentials|creds|z|t|System|Deno|Bun|import|new|await|get\w+)[.?![]/; // prettier-ignore
const IDENTIFIER_PATH = /^[A-Za-z_$][\w$]*(?:(?:\?\.|\.|::|->)[A-Za-z_$][\w$]*)+[;,]?$/;
/** `Uint8Array`, `Base64String`: a type with a figure in its name. */
const TYPE_NAME = /^(?:Big)?(?:Uint|Int|Float|Base|Utf|Sha|Md|Aes|Ed|Hmac)\d{1,3}[A-Za-z]*$/;

interface Place {
  /** The name, from its beginning. */
  readonly name: string;
  readonly password: boolean;
  /** `NAME=value` without blanks. */
  readonly tight: boolean;
  readonly next: string;
}

function isHarmless(value: string): boolean {
  return isPlaceholder(value) || VERSION.test(value) || ROOTED.test(value) || CODE.test(value);
}

function isSecretWord(value: string, { password, tight, next }: Place): boolean {
  if (next === '(' || next === '[' || isHarmless(value)) return false;
  if (NUMBER.test(value)) return password && tight;
  if (tight) return password || looksRandom(value) || /^[^.]{12,}$/.test(value);
  return looksRandom(value) && !IDENTIFIER_PATH.test(value) && !TYPE_NAME.test(value);
}

function isSecretString(value: string, { password }: Place): boolean {
  if (isHarmless(value) || (NUMBER.test(value) && !password)) return false;
  if (/\s/.test(value.trim())) return password && looksRandom(value);
  return password || looksRandom(value);
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function endOfRest(pattern: RegExp, text: string, at: number): number {
  matchAt(pattern, text, at);
  return Math.max(at, pattern.lastIndex);
}

function withoutEnd(word: string | undefined): string | undefined {
  let end = word?.length ?? 0;
  while (end > 0 && SHELL_END.includes(word?.charAt(end - 1) ?? '')) end--;
  return word?.slice(0, end);
}

function valueAt(text: string, at: number, place: Omit<Place, 'next'>): { start: number; end: number } | undefined {
  const quoted = matchAt(QUOTED, text, at);
  if (quoted !== null) {
    const value = quoted[2] ?? '';
    const end = at + quoted[0].length;
    if (!isSecretString(value, { ...place, next: '' })) return undefined;
    return { start: end - value.length, end: endOfRest(REST_QUOTED, text, end) };
  }
  const shell = place.tight && /^[A-Z][A-Z0-9_]*$/.test(place.name);
  const word = withoutEnd(matchAt(shell ? SHELL : UNQUOTED, text, at)?.[0]);
  if (word === undefined || !isSecretWord(word, { ...place, next: text[at + word.length] ?? '' })) return undefined;
  return { start: at, end: endOfRest(REST, text, at + word.length) };
}

type Head = Omit<Place, 'next'> & { readonly valueAt: number };

const isSecretName = (name: string): boolean => !/^(?:old)?pwd$/i.test(name);

/** The beginning of the name that goes on at `at`. */
function nameBefore(text: string, at: number): string {
  let start = at;
  while (start > 0 && at - start < MAX_NAME && NAME_CHARACTER.test(text.charAt(start - 1))) start--;
  return text.slice(start, at);
}

/** @returns what stands before a value, or undefined where nothing secret follows. */
function headOf(head: RegExpExecArray, text: string): Head | undefined {
  const [whole, nameEnd, before, sign, after] = head;
  const start = nameBefore(text, head.index);
  const name = `${start}${/^[\w-]*/.exec(whole)?.[0] ?? ''}`;
  // A value behind a blank alone belongs to a flag.
  const assigned = sign !== undefined || start.startsWith('-');
  if (!assigned || HARMLESS_END.test(nameEnd ?? '') || !isSecretName(name)) return undefined;
  return {
    name,
    password: /pass|pwd|secret/i.test(name),
    tight: sign !== ':' && before === '' && after === '',
    valueAt: head.index + whole.length,
  };
}

/** Values of what is named as a password, token, secret or key: `DB_PASSWORD=...`, `"apiKey": "..."`, `--token ...`. */
export function assignedValues(text: string, lower: string): Assigned[] {
  const found: Assigned[] = [];
  if (!ASSIGNMENT_HINTS.some((hint) => lower.includes(hint))) return found;
  let passed = 0;
  for (const match of text.matchAll(HEAD)) {
    const head = match.index < passed ? undefined : headOf(match, text);
    const value = head === undefined ? undefined : valueAt(text, head.valueAt, head);
    if (head === undefined || value === undefined) continue;
    passed = value.end;
    found.push({ type: /pass|pwd/i.test(head.name) ? 'password' : 'secret', ...value });
  }
  return found;
}
