import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents, ROOT } from './markdown.js';

const reference = readFileSync(join(ROOT, 'docs', 'reference', 'cli.md'), 'utf8');
const COMMANDS = [...reference.matchAll(/^###+ ([a-z][a-z ]*)$/gm)].map(([, command = '']) => command);

/** The words of every command line of the guide that come before its arguments. */
function named(): string[] {
  const guide = documents().find(({ path }) => path.endsWith('incident-response.md'))!;
  const lines = guide.blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.split('\n'));
  return lines.flatMap(
    (line) => /^tmux-orc (?:--json )?([a-z ]+?)(?: -| [^a-z]| host:| &&| work|$)/.exec(line)?.[1] ?? [],
  );
}

describe('the guide to incidents', () => {
  it('names only commands that there are', () => {
    expect(named().length).toBeGreaterThan(12);
    expect(named().filter((command) => !COMMANDS.includes(command))).toEqual([]);
  });

  it('has the commands for each step', () => {
    const steps = ['security lockdown', 'security events', 'audit tail', 'pane cancel', 'security contain'];
    const after = ['security trust revoke', 'audit verify', 'audit export', 'security check', 'security unlock'];
    expect(named()).toEqual(expect.arrayContaining([...steps, ...after]));
  });
});
