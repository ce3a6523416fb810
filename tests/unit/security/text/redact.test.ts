import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GITHUB, NAMED, privateKey, redactor, TOKENS } from './redactor.js';

const { redact } = redactor();
const text = (raw: string, options = {}): string => redact(raw, options).text;
const MARKER = /\[REDACTED:[a-z_]+:[0-9a-f]{4}\]/g;
const marker = (type: string): unknown => expect.stringMatching(new RegExp(`^\\[REDACTED:${type}:[0-9a-f]{4}\\]$`));

/** No piece of a secret that is long enough to be of use is left. */
function expectGone(shown: string, value: string): void {
  const plain = shown.replaceAll(MARKER, '\n');
  for (let at = 0; at + 8 <= value.length; at++) {
    const piece = value.slice(at, at + 8);
    if (!piece.includes('\n')) expect(plain).not.toContain(piece);
  }
}

describe('tokens that tell themselves', () => {
  it.each(TOKENS)('%s, whatever stands around it: %#', (type, token) => {
    expect(redact(token)).toEqual({ text: marker(type), redactions: 1 });
    for (const around of ['x = "@"', 'a @ b', '(@)', String.raw`line\n@\nline`, '<@>', 'KEY=@', '\t@\n', 'see:@,'])
      expectGone(text(around.replace('@', token)), token);
    expect(text(`before ${token} after`)).toMatch(/^before \[REDACTED:\w+:\w+\] after$/);
  });

  it.each(TOKENS)('%s, broken over lines, in a box, coloured or split unseen: %#', (_, token) => {
    const half = Math.floor(token.length / 2);
    for (const split of ['\n', '\n  ', ' │\n│ ', '\u001b[1m', '\u200b', '\u200d', '\u2060', '\ufeff', '\u00ad']) {
      for (const at of [half, 3, token.length - 9]) {
        const shown = text(`│ ${token.slice(0, at)}${split}${token.slice(at)} │\nnext words`);
        expectGone(shown, token);
        expect(shown).toContain('next words');
      }
    }
  });

  it('finds one that is longer than its format says, and one that goes on over several lines', () => {
    expect(text(`${GITHUB}${'x1'.repeat(30)} end`)).toMatch(/^\[REDACTED:github:\w+\] end$/);
    const [, long = ''] = TOKENS.find(([type]) => type === 'jwt') ?? [];
    const lines = [long.slice(0, 50), long.slice(50, 100), long.slice(100)];
    const shown = text(`the token:\n${lines.join('\n')}\nand other words`);
    expectGone(shown, long);
    expect(shown.split('\n')).toHaveLength(5);
    expect(shown).toContain('and other words');
  });

  it('leaves the lines behind one alone', () => {
    const shown = text(`${GITHUB}\nREADME\npackage.json\nsrc\n`);
    expect(shown.split('\n').slice(1)).toEqual(['README', 'package.json', 'src', '']);
  });
});

describe('private keys', () => {
  it.each(['RSA ', 'OPENSSH ', 'EC ', '', 'ENCRYPTED '])('%s', (kind) => {
    const key = privateKey(kind);
    const shown = redact(`before\n${key}\nafter`);
    expect(shown.redactions).toBe(1);
    expect(shown.text).toMatch(/^before\n\[REDACTED:private_key:\w+\]\n+\nafter$/);
    expect(shown.text.split('\n')).toHaveLength(`before\n${key}\nafter`.split('\n').length);
    expectGone(text(JSON.stringify({ private_key: key })), key.slice(40, 100));
  });

  it('without its end, without its beginning, in a box', () => {
    const lines = privateKey().split('\n');
    const body = lines.slice(1, -1).join('');
    const open = text(`$ head key\n${lines.slice(0, 4).join('\n')}\n$ ls -la\nfile`);
    expectGone(open, body);
    expect(open).toContain('$ ls -la\nfile');
    expectGone(text(lines.slice(0, 4).join('\n')), body);
    expectGone(text(lines.slice(0, 3).join('\n').slice(0, -50)), body);
    const closing = text(`$ tail key\n\n${lines.slice(3).join('\n')}\n$ ls`);
    expectGone(closing, body);
    expect(closing).toMatch(/^\$ tail key\n\n[^]*\n\$ ls$/);
    expectGone(text(lines.map((line, index) => `│ ${String(index)} ${line} │`).join('\n')), body);
    expectGone(text(`${lines.slice(0, 3).join('\n')}\n\n${privateKey()}`), body);
  });

  it('leaves public keys and certificates', () => {
    const shown = privateKey('').replaceAll('PRIVATE', 'PUBLIC');
    for (const benign of [shown, shown.replaceAll('PUBLIC KEY', 'CERTIFICATE')]) expect(text(benign)).toBe(benign);
  });
});

describe('values that are named', () => {
  it.each(NAMED)('%s %s in %s', (type, value, around) => {
    const [before = '', after = ''] = around.split(/@(?!example|db|github)/);
    const raw = around.replace('@', value);
    const shown = text(raw);
    expect(shown.match(MARKER)?.[0]).toEqual(marker(type));
    expectGone(shown, value);
    expect(shown.startsWith(before)).toBe(true);
    if (!after.startsWith('@')) expect(shown.endsWith(after)).toBe(true);
  });

  it.each([
    'password: ********',
    'password: •••••••• (hidden)',
    'const apiKey = process.env.API_KEY;',
    'const token = await getToken();',
    'token = crypto.randomBytes(32).toString("hex")',
    'password = config.database.password',
    'readonly token: MessageText;',
    'token: Record<string, string>',
    'privateKey: Uint8Array',
    'secret: z.string().min(16)',
    'password: string',
    'API_KEY=${API_KEY}',
    'API_KEY=$API_KEY1234',
    'PASSWORD=<your-password1>',
    'TOKEN=%TOKEN12345%',
    'export TOKEN="$(cat /run/secrets/token1)"',
    'max_tokens: 12345678',
    'input_tokens=1234567890 output_tokens=2345678901',
    '{"js-tokens": "^4.0.0", "token-types": "^10.11.12-beta.1"}',
    'PWD=/home/me/project1/source',
    'SSH_AUTH_SOCK=/run/user/1000/keyring/ssh1',
    'secret_name: my-secret-name-1',
    'token_type: bearer12345',
    'The API_KEY variable is unset.',
    'Password: ',
    '[sudo] password for user1234: ',
    'git@github.com:org/repo.git',
    'https://example.com:8080/@scope/package1',
    'bearer authentication is needed',
    'Authorization: required',
    'http://localhost:3000/a:b@c',
    'key: "value12345"',
    'tmux set-option -p @orc_last 0123456789abcdef',
  ])('leaves %s', (benign) => {
    expect(redact(benign)).toEqual({ text: benign, redactions: 0 });
  });
});

describe('what only looks like a secret', () => {
  const image = Buffer.from(Array.from({ length: 3000 }, (_, index) => (index * 7919 + (index >> 3) * 31) & 255));
  it.each([
    'commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad',
    'id 123e4567-e89b-12d3-a456-426614174000',
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
    '      "integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",',
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@host',
    `data:image/png;base64,${image.toString('base64')}`,
    image.toString('hex'),
    '/home/user/.cache/pnpm/v3/files/9f/86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08/index.js',
    'checksum = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"',
    'github.com/pkg/errors v0.9.1 h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=',
    'Uk7Rk: AKIA is a prefix, AIza too, eyJ as well, sk- and ghp_ and xoxb-',
    'class="sk-folding-cube sk-cube-grid-container-item"',
    'disk-0123456789abcdef0123456789 risk-0123456789abcdef01234567 task-0123456789abcdef01234567',
    'sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbImEuanMiXX0=',
    'cursor AQAABAAAJxAAAAABAAAAAgAAAAMAAAAEAAAABbqOuQ',
    '漢字 한국어 العربية ภาษา\u200bไทย 👩‍👩‍👧 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 葛\u{e0100}',
    "Error: ENOENT: no such file, open '/tmp/a'\n    at Object.open (node:fs:1:2)",
  ])('is left: %#', (benign) => {
    expect(redact(benign, { cut: true })).toEqual({ text: benign, redactions: 0 });
  });
});

describe('values known to be secret', () => {
  const value = 'a-value-of-the-environment';
  const known = redactor({ known: [value, 'two lines\nof a value'] });

  it('goes wherever it stands', () => {
    expect(known.redact(`x${value}y`).text).toMatch(/^x\[REDACTED:env:\w+\]y$/);
    expect(known.redact(`a two lines\nof a value b`).text).toMatch(/^a \[REDACTED:env:\w+\]\n b$/);
    for (const split of ['\n', '\u200b', '\u001b[0m', ' │\n│ '])
      expectGone(known.redact(`${value.slice(0, 9)}${split}${value.slice(9)}`).text, value);
  });

  it('goes in part where the text was cut', () => {
    expectGone(known.redact(`it is ${value.slice(0, -5)}\n`, { cut: true }).text, value);
    expectGone(known.redact(`${value.slice(5)} it was`, { cut: true }).text, value);
    expect(known.redact('a-value', { cut: true }).redactions).toBe(0);
  });
});

describe('a text in two parts', () => {
  it.each([...TOKENS, ['private_key', privateKey()] as const])('%s that begins in the first: %#', (_, token) => {
    for (const at of [Math.floor(token.length / 2), token.length - 5]) {
      const [before, rest] = [`first ${token.slice(0, at)}`, `${token.slice(at)} end`];
      const shown = redact(rest, { before });
      expect(shown.text).toMatch(/^\[REDACTED:\w+:\w+\]\n* end$/);
      expect(shown.redactions).toBe(1);
      expectGone(text(before, { cut: true }), token.slice(0, Math.floor(token.length / 2)));
    }
    const half = Math.floor(token.length / 2);
    expect(redact(token.slice(half), { before: token.slice(0, half) }).text.trim()).toBe(text(token).trim());
  });

  it('says nothing of what stands only in the first', () => {
    expect(redact('and more', { before: `${GITHUB}\n` })).toEqual({ text: 'and more', redactions: 0 });
  });

  it('knows where a job left something out', () => {
    const shown = text(`x ${GITHUB.slice(0, 20)}\n[... 12345 bytes left out ...]\nrest`, { cut: true });
    expectGone(shown, GITHUB);
    expect(shown).toContain('\n[... 12345 bytes left out ...]\nrest');
  });
});

describe('tags', () => {
  it('are the same for the same value under the same key, however it is shown', () => {
    const tags = (raw: string): string[] => (text(raw).match(MARKER) ?? []).map((found) => found.slice(-5, -1));
    const [one, two, three] = tags(`${GITHUB} and TOKEN=${GITHUB}; ${GITHUB.slice(0, 9)}\n${GITHUB.slice(9)}`);
    expect([two, three]).toEqual([one, one]);
    expect(tags(TOKENS[1]?.[1] ?? '')[0]).not.toBe(one);
    expect(redactor({ key: () => Buffer.from('another') }).redact(GITHUB).text).not.toBe(text(GITHUB));
    expect(redactor().redact(GITHUB).text).toBe(text(GITHUB));
  });

  it('cannot hide a secret in something that looks like one', () => {
    for (const forged of [`[REDACTED:${GITHUB}:abcd]`, `[REDACTED:nothing_known:abcd] ${GITHUB}`])
      expectGone(text(forged), GITHUB);
  });
});

describe('patterns of the user', () => {
  const find = (raw: string): { start: number; end: number }[] =>
    [...raw.matchAll(/CUST-\d+/g)].map(({ 0: found, index }) => ({ start: index, end: index + found.length }));
  it('are applied as well, under their names', () => {
    const mine = redactor({ custom: [{ name: 'Customer ID!', find }] });
    expect(mine.redact('see CUST-1 and CUST-22').text).toMatch(
      /^see \[REDACTED:customer_id_:\w+\] and \[REDACTED:customer_id_:\w+\]$/,
    );
    expect(redactor({ secrets: false, custom: [{ name: '客', find }] }).redact(`CUST-1 ${GITHUB}`).text).toMatch(
      /^\[REDACTED:custom:\w+\] gh/,
    );
  });
});

describe('any text', () => {
  const piece = fc.oneof(
    fc.constantFrom(...TOKENS.map(([, token]) => token), ...NAMED.map(([, value, around]) => around.replace('@', value))),
    fc.constantFrom(...['\n', ' ', '│', '\u200b', '\u001b[1m', '"', "'", '=', ':', '@', '[REDACTED:', ':abcd]', '-----BEGIN RSA ']),
    fc.constantFrom('PRIVATE KEY-----', '-----END RSA PRIVATE KEY-----', 'password', 'token=', 'Bearer ', '://', privateKey()),
    fc.string({ unit: 'binary', maxLength: 10 }),
  ); // prettier-ignore
  const texts = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));

  it('is changed no more the second time', () => {
    const both = redactor({ pii: true, known: ['hunter2hunter2'] });
    fc.assert(
      fc.property(texts, fc.boolean(), (raw, cut) => {
        const once = both.redact(raw, { cut }).text;
        expect(both.redact(once, { cut })).toEqual({ text: once, redactions: 0 });
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps its lines, and loses nothing where nothing was found', () => {
    fc.assert(
      fc.property(texts, texts, (raw, before) => {
        const shown = redact(raw, { before, cut: true });
        expect(shown.text.split('\n')).toHaveLength(raw.split('\n').length);
        if (shown.redactions === 0) expect(shown.text).toBe(raw);
      }),
      { numRuns: 2000 },
    );
  });

  it('is told truly whether there may be something on a line', () => {
    const all = redactor({ pii: true, known: ['hunter2hunter2'] });
    fc.assert(
      fc.property(texts, (raw) => {
        for (const line of raw.split('\n'))
          if (!all.mayRedact(line)) expect(all.redact(line, { cut: false }).text).toBe(line);
        const line = raw.replaceAll('\n', ' ');
        if (redact(`${line}\n`).redactions > 0) expect(all.mayRedact(line)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
