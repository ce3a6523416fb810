import { expect, it } from 'vitest';
import { createRedaction, type Redaction, type RedactionSettings } from '../../../../src/security/outer/redaction.js';
import { GITHUB } from '../text/redactor.js';

const MAIL = 'jane@example.com';
const rules = (more: Partial<RedactionSettings> = {}): RedactionSettings => ({
  ...{ secrets: true, pii: false, custom: [] },
  ...more,
});

function follow(first: RedactionSettings): {
  redaction: Redaction;
  set: (next: RedactionSettings) => void;
  problems: string[];
} {
  let settings = first;
  const problems: string[] = [];
  const redaction = createRedaction({
    settings: () => settings,
    known: ['a-value-of-the-environment'],
    key: () => Buffer.from('k'),
    onProblem: (message) => problems.push(message),
  });
  return { redaction, set: (next) => (settings = next), problems };
}

const types = (redaction: Redaction, text: string): string[] =>
  [
    ...redaction
      .current()
      .redact(text)
      .text.matchAll(/\[REDACTED:(\w+):/g),
  ].map(([, type = '']) => type);
const TEXT = `${GITHUB} ${MAIL} CUST-123 a-value-of-the-environment`;

it('follows the config from call to call', async () => {
  const { redaction, set } = follow(rules());
  await redaction.prepare();
  expect(types(redaction, TEXT)).toEqual(['github', 'env']);
  set(rules({ pii: true }));
  expect(types(redaction, TEXT)).toEqual(['github', 'email', 'env']);
  set(rules({ secrets: false }));
  expect(types(redaction, TEXT)).toEqual([]);
  set(rules({ custom: [{ name: 'customer', pattern: 'CUST-[0-9]+' }] }));
  await redaction.prepare();
  expect(types(redaction, TEXT)).toEqual(['github', 'customer', 'env']);
});

it('redacts before its patterns are ready', () => {
  const { redaction } = follow(rules({ secrets: false, custom: [{ name: 'x', pattern: 'a' }] }));
  expect(types(redaction, TEXT)).toEqual(['github', 'env']);
});

it('matches in linear time, empty matches do no harm', async () => {
  const custom = [
    { name: 'nested', pattern: '(a+)+$' },
    { name: 'empty', pattern: 'z*' },
  ];
  const { redaction } = follow(rules({ custom }));
  await redaction.prepare();
  expect(redaction.current().redact(`${'a'.repeat(20_000)}b`).redactions).toBe(0);
  expect(types(redaction, 'x zzz y')).toEqual(['empty']);
}, 5000);

it('refuses a wrong pattern at the start, and keeps the last good rules later', async () => {
  const wrong = rules({ custom: [{ name: 'ok', pattern: 'x' }, { name: 'wrong', pattern: '(?=look)' }] }); // prettier-ignore
  await expect(follow(wrong).redaction.prepare()).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('security.redaction.custom[1].pattern'),
  });
  const { redaction, set, problems } = follow(rules({ pii: true }));
  await redaction.prepare();
  set(wrong);
  await redaction.prepare();
  await redaction.prepare();
  expect(problems).toEqual([expect.stringContaining('custom[1].pattern')]);
  expect(types(redaction, TEXT)).toEqual(['github', 'email', 'env']);
  set(rules());
  expect(types(redaction, TEXT)).toEqual(['github', 'env']);
});
