const PLACEHOLDER =
  /^(?:[*•●.xX#_-]+|[$%<{[].*|(?:your|example|sample|dummy|fake)[_-].*|null|none|undefined|true|false|nil)$/is;

/** True for what stands in the place of a secret: a mask, a variable, a description. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || value.includes('****') || value.includes('...') || value.includes('…');
}

/** Digits and letters together, or a long word of small and capital letters: no word of a language. */
export function looksRandom(value: string): boolean {
  if (/[0-9]/.test(value) && /[A-Za-z]/.test(value)) return true;
  return value.length >= 20 && /[a-z][A-Z]|[A-Z]{2}/.test(value) && !/[ .]/.test(value);
}
