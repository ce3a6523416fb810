/** A kind of secret that tells itself by its first characters. */
export interface TokenFormat {
  readonly type: string;
  /** One of these stands in every text that holds such a token: a cheap look before the pattern. */
  readonly hints: readonly string[];
  readonly pattern: RegExp;
  /** The same where lines were joined, so that what stands before it says nothing. */
  readonly joined: RegExp;
  /** What all of it behind the prefix is made of. */
  readonly body: RegExp;
  /** It counts only where a word begins. */
  readonly atStart: boolean;
  /** It may be longer than its shortest form, and so go on in the next line. */
  readonly open: boolean;
  readonly accept?: (value: string) => boolean;
}

interface Row {
  readonly type: string;
  readonly prefixes: readonly string[];
  /** Character class of what follows the prefix. */
  readonly body: string;
  readonly min: number;
  /** Its letters are also those of base64, so it counts only where a word begins. */
  readonly atStart?: boolean;
  readonly fixed?: boolean;
  readonly accept?: (value: string) => boolean;
}

const WORD = '[A-Za-z0-9]';
const WORD_ = '[A-Za-z0-9_]';
const URL64 = '[A-Za-z0-9_-]';
const HEX = '[a-f0-9]';

/** Names of styles and files also begin with `sk-`; a key has a long part without a hyphen, with digits or capitals. */
const hasDensePart = (value: string): boolean =>
  value.split('-').some((part) => part.length >= 16 && /[0-9A-Z]/.test(part));

// Prefixes as their makers document them; `min` is the shortest known form. A shorter one would be another thing, a
// longer one is taken whole: formats grow.
const ROWS: readonly Row[] = [
  { type: 'github', prefixes: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], body: WORD_, min: 36, fixed: true },
  { type: 'github', prefixes: ['github_pat_'], body: WORD_, min: 22 },
  { type: 'gitlab', prefixes: ['glpat-', 'gldt-', 'glrt-', 'glptt-', 'glcbt-', 'glagent-'], body: URL64, min: 20 },
  { type: 'npm', prefixes: ['npm_'], body: WORD, min: 36, fixed: true },
  { type: 'pypi', prefixes: ['pypi-AgE'], body: URL64, min: 40 },
  { type: 'slack', prefixes: ['xoxa-', 'xoxb-', 'xoxe-', 'xoxe.', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xoxc-', 'xoxd-'], body: '[A-Za-z0-9.%-]', min: 10 },
  { type: 'slack', prefixes: ['xapp-'], body: '[A-Za-z0-9-]', min: 20 },
  { type: 'slack', prefixes: ['hooks.slack.com/services/', 'hooks.slack.com/workflows/'], body: '[A-Za-z0-9/]', min: 20 },
  { type: 'anthropic', prefixes: ['sk-ant-'], body: URL64, min: 20 },
  { type: 'openai', prefixes: ['sk-'], body: URL64, min: 20, atStart: true, accept: hasDensePart },
  { type: 'stripe', prefixes: ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'], body: WORD, min: 16 },
  { type: 'google', prefixes: ['AIza'], body: URL64, min: 35, atStart: true, fixed: true },
  { type: 'google', prefixes: ['ya29.'], body: URL64, min: 20, atStart: true },
  { type: 'google', prefixes: ['GOCSPX-'], body: URL64, min: 28 },
  { type: 'aws', prefixes: ['AKIA', 'ASIA'], body: '[A-Z0-9]', min: 16, atStart: true, fixed: true },
  { type: 'sendgrid', prefixes: ['SG.'], body: '[A-Za-z0-9_.-]', min: 60, atStart: true },
  { type: 'shopify', prefixes: ['shppa_', 'shpca_', 'shpat_', 'shpss_'], body: WORD, min: 32 },
  { type: 'linear', prefixes: ['lin_api_', 'lin_oauth_'], body: WORD, min: 32 },
  { type: 'onepassword', prefixes: ['ops_ey'], body: '[A-Za-z0-9+/=_-]', min: 100 },
  { type: 'huggingface', prefixes: ['hf_'], body: WORD, min: 30, atStart: true },
  { type: 'groq', prefixes: ['gsk_'], body: WORD, min: 40 },
  { type: 'xai', prefixes: ['xai-'], body: WORD, min: 60, atStart: true },
  { type: 'replicate', prefixes: ['r8_'], body: WORD, min: 36, atStart: true },
  { type: 'databricks', prefixes: ['dapi'], body: HEX, min: 32, atStart: true, fixed: true },
  { type: 'docker', prefixes: ['dckr_pat_', 'dckr_oat_'], body: URL64, min: 20 },
  { type: 'digitalocean', prefixes: ['dop_v1_', 'doo_v1_', 'dor_v1_'], body: HEX, min: 64, fixed: true },
  { type: 'vault', prefixes: ['hvs.', 'hvb.', 'hvr.'], body: URL64, min: 24, atStart: true },
  { type: 'supabase', prefixes: ['sbp_'], body: HEX, min: 40, fixed: true },
  { type: 'sentry', prefixes: ['sntrys_', 'sntryu_'], body: '[A-Za-z0-9+/=_-]', min: 40 },
  { type: 'newrelic', prefixes: ['NRAK-'], body: '[A-Z0-9]', min: 27 },
  { type: 'tailscale', prefixes: ['tskey-'], body: URL64, min: 20 },
  { type: 'notion', prefixes: ['ntn_'], body: WORD, min: 40 },
  { type: 'age', prefixes: ['AGE-SECRET-KEY-1'], body: '[A-Z0-9]', min: 58, fixed: true },
]; // prettier-ignore

// A word also begins behind an escaped line end, as in JSON.
const AT_START = '(?:(?<![A-Za-z0-9+/_-])|(?<=\\\\[nrt]))';
const literal = (text: string): string => text.replaceAll(/[.\\]/g, '\\$&');

function toFormat({ prefixes, body, min, atStart = false, fixed = false, ...row }: Row): TokenFormat {
  const prefix = `(?:${prefixes.map(literal).join('|')})`;
  const head = `${atStart ? AT_START : ''}${prefix}`;
  return {
    ...row,
    hints: prefixes,
    pattern: new RegExp(`${head}${body}{${String(min)},}`, 'g'),
    joined: new RegExp(`${prefix}${body}{${String(min)},}`, 'g'),
    body: new RegExp(`^${body}*$`),
    atStart,
    open: !fixed,
  };
}

/** `eyJ` is the beginning of a JSON object in base64: the header of a JSON web token (RFC 7519, RFC 7516). */
const JWT_PATTERN = new RegExp(
  `${AT_START}eyJ[A-Za-z0-9_-]{10,}\\.(?:eyJ[A-Za-z0-9_-]{6,}(?:\\.[A-Za-z0-9_-]*)?|(?:[A-Za-z0-9_-]*\\.){1,3}[A-Za-z0-9_-]+)`,
  'g',
);
const JWT: TokenFormat = {
  type: 'jwt',
  hints: ['eyJ'],
  pattern: JWT_PATTERN,
  // Without the look at what stands before it, it would begin anew in the middle of a long word, and be slow.
  joined: JWT_PATTERN,
  body: /^[A-Za-z0-9_.-]*$/,
  atStart: true,
  open: true,
};

export const TOKEN_FORMATS: readonly TokenFormat[] = [...ROWS.map(toFormat), JWT];
