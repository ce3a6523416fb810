import { describe, expect, it } from 'vitest';
import { redactor } from './redactor.js';

const { redact } = redactor({ secrets: false, pii: true });

describe('personal data', () => {
  it.each([
    ['email', 'jane.doe+x@mail.example.co.uk', 'write to @.'],
    ['email', 'jane@example.com', '<@>'],
    ['phone', '+1 415 555 0132', 'call @'],
    ['phone', '+49 (30) 1234-5678', 'call @ now'],
    ['phone', '+14155550132', 'call @'],
    ['phone', '(415) 555-0132', 'call @'],
    ['phone', '415-555-0132', 'call @'],
    ['card', '4111 1111 1111 1111', 'card @'],
    ['card', '5500-0000-0000-0004', 'card @'],
    ['card', '340000000000009', 'card @,'],
    ['iban', 'DE89 3704 0044 0532 0130 00', 'to @'],
    ['iban', 'GB82WEST12345698765432', 'to @.'],
    ['ssn', '078-05-1120', 'ssn @'],
  ])('%s %s', (type, value, around) => {
    const shown = redact(around.replace('@', value));
    expect(shown.redactions).toBe(1);
    const [before = '', after = ''] = around.split('@');
    expect(shown.text).toMatch(new RegExp(`\\[REDACTED:${type}:[0-9a-f]{4}\\]`));
    expect(shown.text.startsWith(before) && shown.text.endsWith(after)).toBe(true);
    expect(shown.text).not.toContain(value.slice(0, 8));
  });

  it.each([
    'version 1.2.3.4-5678',
    'git@github.com:org/repo.git',
    'me@host:~/project$ ls',
    'npm i left-pad@1.3.0 @scope/pkg@2.0.0',
    'icon@2x.png',
    '127.0.0.1:3000 and 2026-11-20T10:00:00Z',
    '123e4567-e89b-12d3-a456-426614174000',
    '4111 1111 1111 1112',
    '1732096800000000',
    'commit 4111111111111111aaaa',
    'XX89 WEST 1234 5698 7654 32',
    '000-12-3456 666-12-3456 078-00-1120',
    '+12 -3 @@ -1,3 +1,3 @@',
    '0.30000000000000004',
    '10.0.0.1 192.168.100.200',
    '2026-11-20 2025-01-02',
    'HEAD@{1} user@',
  ])('leaves %s', (benign) => {
    expect(redact(benign)).toEqual({ text: benign, redactions: 0 });
  });

  it('is left where it is not asked for', () => {
    const text = 'jane@example.com 078-05-1120';
    expect(redactor().redact(text)).toEqual({ text, redactions: 0 });
  });
});
