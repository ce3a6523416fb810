import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configLeaves } from '../../src/config/leaves.js';
import { ERROR_CODES } from '../../src/kernel/errors.js';
import { operations } from '../../src/operations/index.js';
import { documents, ROOT } from './markdown.js';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The rows of the first table of a section of the README, cell by cell. */
function rows(section: string): string[][] {
  const text = readme.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
  const table = /(?:^\|.*\|\n)+/m.exec(text)?.[0] ?? '';
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
}

describe('the README', () => {
  it('has every tool with its command', () => {
    const wanted = operations.map(({ name, cli }) => `\`${name}\` | \`${cli.path.join(' ')}\``);
    const found = rows('Tools').map(([tool, command]) => `${tool} | ${command}`);
    expect(found.toSorted()).toEqual(wanted.toSorted());
    for (const row of rows('Tools')) expect(row[2], row[0]).toMatch(/^[A-Z].*[^.]$/);
  });

  it('names only settings that there are', () => {
    const known = new Set(configLeaves().map(({ path }) => path));
    const named = rows('Settings').flatMap(([cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !name.startsWith('--') && !known.has(name))).toEqual([]);
  });

  it('gives each error its exit code', () => {
    const exits = new Map<string, number>(Object.entries(ERROR_CODES).map(([code, { exit }]) => [code, exit]));
    for (const [error = '', exit] of rows('Troubleshooting')) {
      const code = /^`([A-Z_]+)`/.exec(error)?.[1];
      if (code !== undefined) expect(exit, code).toBe(String(exits.get(code)));
    }
  });
});

describe('variables in the documents', () => {
  it('are ones that tmux-orc reads', () => {
    const known = new Set(configLeaves().map(({ env }) => env));
    const reference = readFileSync(join(ROOT, 'docs', 'reference', 'environment.md'), 'utf8');
    for (const { path } of documents()) {
      const text = readFileSync(join(ROOT, path), 'utf8');
      const named = text.match(/TMUX_ORC_[A-Z_]*[A-Z]/g) ?? [];
      expect(
        named.filter((name) => !known.has(name) && !reference.includes(`\`${name}\``)),
        path,
      ).toEqual([]);
    }
  });
});
