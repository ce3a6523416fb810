import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hookFiles, hookSettings } from '../../../src/providers/hooks.js';

const ROLE = 'You are "build".\nIt\'s $(your) `briefing`.\n';

type Groups = readonly { readonly matcher?: string; readonly hooks: readonly { readonly command: string }[] }[];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "it's $(a) folder-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A CLI in which an event happens: what its hooks print. */
function createCli(again: 'at once' | 'with a message'): (event: string, source?: string) => string {
  for (const [name, text] of Object.entries(hookFiles(ROLE, again))) writeFileSync(join(folder, name), text);
  const settings = hookSettings({ folder, modules: '/', words: ['/bin/true'] }, 5, again) as Record<string, Groups>;
  return (event, source = '') =>
    (settings[event] ?? [])
      .filter(({ matcher }) => matcher === undefined || new RegExp(matcher).test(source))
      .flatMap(({ hooks }) =>
        hooks.map(({ command }) => execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' })),
      )
      .join('');
}

describe('the role of an agent', () => {
  it('is told at once where a conversation begins anew, and not at the first start', () => {
    const happens = createCli('at once');
    expect(happens('SessionStart', 'startup')).toBe('');
    for (const source of ['clear', 'compact', 'resume']) expect(happens('SessionStart', source)).toBe(ROLE);
    for (const event of ['UserPromptSubmit', 'Stop', 'StopFailure']) expect(happens(event)).toBe('');
  });

  it('is told with the next message, once, by a CLI that takes nothing at the beginning', () => {
    const happens = createCli('with a message');
    expect([happens('SessionStart', 'startup'), happens('UserPromptSubmit')]).toEqual(['', '']);
    expect([happens('SessionStart', 'clear'), happens('SessionStart', 'compact')]).toEqual(['', '']);
    expect(JSON.parse(happens('UserPromptSubmit'))).toEqual({
      hookSpecificOutput: { hookEventName: 'UserPromptSubmit', additionalContext: ROLE },
    });
    expect(happens('UserPromptSubmit')).toBe('');
    expect(readdirSync(folder)).toEqual(['role']);
  });
});
