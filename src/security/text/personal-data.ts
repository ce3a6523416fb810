import { type Finding, spansOf } from './finding.js';

interface Kind {
  readonly type: string;
  /** Every such thing has one of these; a cheap look before the pattern. */
  readonly hint: RegExp;
  readonly pattern: RegExp;
  readonly accept: (value: string, text: string, start: number) => boolean;
}

const digitsOf = (value: string): string => value.replaceAll(/\D/g, '');

/** ISO/IEC 7812: every second digit from the right counts twice. */
function passesLuhn(value: string): boolean {
  const digits = digitsOf(value);
  if (digits.length < 13 || digits.length > 19 || /^(\d)\1*$/.test(digits)) return false;
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, index) => {
      const doubled = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return sum % 10 === 0;
}

/** ISO 13616: the rearranged number, letters as two digits, leaves 1 when divided by 97. */
function isIban(value: string): boolean {
  const plain = value.replaceAll(' ', '');
  if (plain.length < 15 || plain.length > 34) return false;
  let rest = 0;
  for (const letter of plain.slice(4) + plain.slice(0, 4)) {
    const figure = parseInt(letter, 36);
    rest = (rest * (figure > 9 ? 100 : 10) + figure) % 97;
  }
  return rest === 1;
}

const FILE_END = /\.(?:png|jpe?g|gif|webp|svg|ico|[cm]?[jt]sx?|json|css|html?|md|ya?ml|lock|log|txt|sh|py|rb|rs|go)$/i;

/** `git@host:path` and `user@host:~` are places, `icon@2x.png` is a file. */
function isEmail(value: string, text: string, start: number): boolean {
  return !FILE_END.test(value) && !/^:[^\s\d]/.test(text.slice(start + value.length, start + value.length + 2));
}

function isPhone(value: string): boolean {
  const count = digitsOf(value).length;
  return count >= 8 && count <= 15;
}

const KINDS: readonly Kind[] = [
  {
    type: 'email',
    hint: /@/,
    pattern: /(?<![\w.%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w-])/g,
    accept: isEmail,
  },
  {
    type: 'card',
    hint: /\d{4}/,
    pattern: /(?<![\w.-])[2-6](?:[ -]?\d){12,18}(?![\w-]|\.\d)/g,
    accept: passesLuhn,
  },
  {
    type: 'iban',
    hint: /[A-Z]{2}\d{2}/,
    pattern: /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g,
    accept: isIban,
  },
  {
    type: 'ssn',
    hint: /\d-\d\d-\d/,
    pattern: /(?<![\w.-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-]|\.\d)/g,
    accept: () => true,
  },
  {
    type: 'phone',
    hint: /\d/,
    pattern: /(?<![\w+.-])\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,6}(?![\w-]|\.\d)|(?<![\w+.-])(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}(?![\w-]|\.\d)/g,
    accept: isPhone,
  },
]; // prettier-ignore

export const PERSONAL_TYPES = KINDS.map(({ type }) => type);

/** False when there is certainly none. */
export function mayHoldPersonalData(text: string): boolean {
  return KINDS.some(({ hint }) => hint.test(text));
}

/** E-mail addresses, card, account, social security and phone numbers. */
export function findPersonalData(text: string): Finding[] {
  const findings: Finding[] = [];
  for (const { type, hint, pattern, accept } of KINDS) {
    if (!hint.test(text)) continue;
    for (const { 0: value, index } of text.matchAll(pattern)) {
      if (accept(value, text, index)) findings.push({ type, spans: spansOf(text, index, index + value.length) });
    }
  }
  return findings;
}
