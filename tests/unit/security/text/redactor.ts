import { createHash } from 'node:crypto';
import { createRedactor, type RedactionRules, type Redactor } from '../../../../src/security/text/redact.js';

export const redactor = (more: Partial<RedactionRules> = {}): Redactor =>
  createRedactor({ secrets: true, pii: false, custom: [], known: [], key: () => Buffer.from('a key'), ...more });

/** Joined here, so that no scanner takes the tests for a leak. */
const secret = (...parts: string[]): string => parts.join('');

/** Letters and digits that are always the same and look random. */
function letters(count: number, alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'): string {
  let text = '';
  for (let block = 0; text.length < count; block++) {
    for (const byte of createHash('sha256')
      .update(`${String(count)} ${String(block)}`)
      .digest())
      text += alphabet.charAt(byte % alphabet.length);
  }
  return text.slice(0, count);
}
const HEX = '0123456789abcdef';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** One of each format that tells itself by its first characters: its type and the whole token. */
export const TOKENS: readonly (readonly [type: string, token: string])[] = [
  ['github', secret('gh', 'p_', letters(36))],
  ['github', secret('gh', 's_', letters(36))],
  ['github', secret('github', '_pat_', letters(22), '_', letters(59))],
  ['gitlab', secret('gl', 'pat-', letters(20))],
  ['npm', secret('np', 'm_', letters(36))],
  ['pypi', secret('py', 'pi-AgE', letters(80))],
  ['slack', secret('xo', 'xb-123456789012-1234567890123-', letters(24))],
  ['slack', secret('xa', 'pp-1-A0123456789-', letters(40))],
  ['slack', secret('hooks.slack', '.com/services/T00000000/B00000000/', letters(24))],
  ['anthropic', secret('sk', '-ant-api03-', letters(93))],
  ['openai', secret('sk', '-', letters(48))],
  ['openai', secret('sk', '-proj-', letters(74), 'T3Blbk', 'FJ', letters(74))],
  ['stripe', secret('sk', '_live_', letters(24))],
  ['google', secret('AI', 'za', letters(35))],
  ['google', secret('ya', '29.', letters(60))],
  ['aws', secret('AK', 'IA', letters(16, UPPER))],
  ['sendgrid', secret('S', 'G.', letters(22), '.', letters(43))],
  ['shopify', secret('shp', 'at_', letters(32, HEX))],
  ['linear', secret('lin', '_api_', letters(40))],
  ['huggingface', secret('h', 'f_', letters(34))],
  ['databricks', secret('da', 'pi', letters(32, HEX))],
  ['docker', secret('dckr', '_pat_', letters(27))],
  ['digitalocean', secret('dop', '_v1_', letters(64, HEX))],
  ['vault', secret('hv', 's.', letters(90))],
  ['age', secret('AGE-SECRET', '-KEY-1', letters(58, UPPER))],
  ['jwt', secret('ey', 'J', letters(33), '.ey', 'J', letters(50), '.', letters(43))],
];

export const GITHUB = TOKENS[0]?.[1] ?? '';

export function privateKey(kind = 'RSA '): string {
  const body = Array.from({ length: 6 }, (_, line) => letters(64 - line)).join('\n');
  return secret('-----BEGIN ', kind, 'PRIVATE KEY-----\n', body, '\n-----END ', kind, 'PRIVATE KEY-----');
}

/** Text that names secrets: the value, and the text around it. */
export const NAMED: readonly (readonly [type: string, value: string, around: string])[] = [
  ['password', 'hunter2hunter2', 'export DB_PASSWORD=@'],
  ['password', 'correcthorse', 'PASSWORD=@\nHOME=/root'],
  ['password', 'hunter2hunter2', 'password: @'],
  ['password', 'hunter2hunter2', '{"user":"me","password":"@"}'],
  ['password', 'hunter2hunter2', String.raw`{\"password\": \"@\"}`],
  ['password', 'hunter2hunter2', "mysql({ passwd: '@' })"],
  ['password', 'hunter2hunter2', 'app --password @ --verbose'],
  ['password', 'hunter2hunter2', 'machine example.com login me password @'],
  ['password', 'a;b&c|d(e)f1', 'ADMIN_PASSWORD=@'],
  ['secret', 'wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzKEY1', 'AWS_SECRET_ACCESS_KEY=@'],
  ['secret', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEY1', 'aws_secret_access_key = @'],
  ['secret', '0123456789abcdef', 'api_key = "@"'],
  ['secret', '0123456789abcdef', 'x-api-key: @'],
  ['secret', '0123456789abcdef', 'GET /?access_token=@&x=1'],
  ['secret', 'abcdefghijklmnop', 'NPM_TOKEN=@'],
  ['secret', '0123456789abcdef', '//registry.example.com/:_authToken=@'],
  ['bearer', 'abcdef0123456789abcdef0123456789', 'Authorization: Bearer @'],
  ['bearer', 'abcdef0123456789abcdef0123456789', `curl -H 'authorization: bearer @' x`],
  ['authorization', 'dXNlcjpwYXNzd29yZDE=', 'Authorization: Basic @'],
  ['url', 'p4ssw0rd', 'https://user:@@example.com/x'],
  ['url', 's3cr3t-db', 'postgres://app:@@db:5432/app'],
  ['url', 'abcdef0123456789abcd', 'https://@:x-oauth-basic@github.com/a/b'],
  ['connection', 'Pa55word!', 'Server=db;User Id=sa;Password=@;'],
  ['connection', 'dGhpcyBpcyBub3QgYSByZWFsIGtleQ==', 'AccountName=a;AccountKey=@;EndpointSuffix=x'],
];
