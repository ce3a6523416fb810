import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { describe, expect, it } from 'vitest';
import { NAMED, privateKey, redactor, TOKENS } from './redactor.js';

/** What the recommended rules of secretlint find; they serve as a second opinion on our own. */
async function found(content: string): Promise<number> {
  const { messages } = await lintSource({
    source: { content, filePath: '/text', ext: '', contentType: 'text' },
    options: { config: { rules: [{ id: creator.meta.id, rule: creator }] }, maskSecrets: false },
  });
  return messages.length;
}

const SAMPLES = [
  ...TOKENS.map(([, token]) => token),
  ...NAMED.map(([, value, around]) => around.replace('@', value)),
  privateKey(),
  privateKey('OPENSSH '),
  'mongodb://me:s3cret-pw@db.example.com/x',
];

describe('what secretlint finds', () => {
  it.each(SAMPLES.map((sample) => [sample]))('is gone: %#', async (sample) => {
    const shown = redactor().redact(`first line\n${sample}\nlast line`);
    expect(shown.redactions).toBeGreaterThan(0);
    expect(await found(shown.text)).toBe(0);
  });

  it('is enough of it to be a second opinion', async () => {
    const counts = await Promise.all(SAMPLES.map(found));
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(12);
  });

  it('is found even where a text tells secretlint not to look', async () => {
    const [, token = ''] = TOKENS[0] ?? [];
    const hidden = `// secretlint-disable\n${token}`;
    expect(await found(hidden)).toBe(0);
    expect(redactor().redact(hidden).redactions).toBe(1);
  });
});
