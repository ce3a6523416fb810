import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { configLeaves } from '../../../src/config/leaves.js';
import { documentedDefaults } from '../../../src/config/documented.js';
import { configSchema } from '../../../src/config/schema.js';
import { readPlainYaml } from '../../support/default-config-text.js';

const FILE = fileURLToPath(new URL('../../../.tmux_orchestrator/config.yaml', import.meta.url));

describe('the documented defaults', () => {
  it('are the ones of the code, word for word', () => {
    const wanted = documentedDefaults();
    if (process.env.UPDATE === '1') {
      mkdirSync(dirname(FILE), { recursive: true });
      writeFileSync(FILE, wanted);
    }
    expect(readFileSync(FILE, 'utf8')).toBe(wanted);
  });

  it('read back as the defaults', () => {
    const read = readPlainYaml(readFileSync(FILE, 'utf8'));
    expect(read).toStrictEqual(configSchema.parse({}));
    expect(configSchema.parse(read)).toStrictEqual(configSchema.parse({}));
  });

  it('say what every key means', () => {
    expect(configLeaves().filter(({ description }) => description === '')).toEqual([]);
    const lines = readFileSync(FILE, 'utf8').split('\n');
    const settings = lines.filter((line) => /^ *[a-z][a-z0-9_]*: /.test(line));
    expect(settings).toHaveLength(configLeaves().length);
    for (const line of settings) expect(line).toMatch(/ {2}# \S/);
  });
});
