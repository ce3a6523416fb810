import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Dialog, isSameDialog } from '../../../src/providers/dialog.js';
import { builtInProviders } from '../../../src/providers/index.js';
import { readScreen } from '../../../src/providers/pack.js';

const SCREENS = fileURLToPath(new URL('../../fixtures/screens', import.meta.url));
const RULE = '─'.repeat(60);

const dialogOn = (id: string, lines: readonly string[]): Dialog =>
  readScreen(builtInProviders.byId(id)!.packs.at(-1)!, { title: '', lines }).dialog!;

/** The lines of the only screen of its kind that was recorded. */
function asked(id: string, version: string): string[] {
  const folder = join(SCREENS, id, version);
  const name = readdirSync(folder).find((file) => file.endsWith('-waiting_permission.json')) ?? '';
  return (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { lines: string[] }).lines;
}

const claude = (command: string, options: readonly string[], title = ' Do you want to proceed?'): Dialog =>
  dialogOn('claude', [
    ...['❯ 7. Yes, of an older text', '● Running it', RULE, ' Bash command', '╌'.repeat(60), ` ${command}`],
    ...['╌'.repeat(60), title, ...options, '', ' Esc to cancel · Tab to amend'],
  ]);

describe('a question on a screen', () => {
  it.each([
    ['claude', '2.1.328', 'Yes', 4, 'touch lab proof'],
    ['codex', '0.169.0', 'Yes, proceed (y)', 3, 'touch lab proof'],
    ['gemini', '0.61.0', 'Allow once', 3, 'touch lab proof'],
    ['qwen', '0.15.10', 'Yes, allow once', 4, 'touch lab proof'],
  ])('of %s has its options, and tells what it is about', (id, version, first, count, about) => {
    const dialog = dialogOn(id, asked(id, version));
    expect(dialog.options[0]).toEqual({ label: first, selected: true });
    expect(dialog.options).toHaveLength(count);
    expect(dialog.about).toContain(about);
    expect(dialog.about).not.toContain('hello there');
    expect(dialog.cancels).toBe(true);
  });

  it('is another one where only the command differs', () => {
    const options = [' ❯ 1. Yes', '   2. No'];
    expect(isSameDialog(claude('touch x', options), claude('touch x', [' ❯ 1. Yes', '   2. No']))).toBe(true);
    expect(isSameDialog(claude('touch x', options), claude('touch x', ['   1. Yes', ' ❯ 2. No']))).toBe(true);
    expect(isSameDialog(claude('touch x', options), claude('rm -rf /', options))).toBe(false);
    expect(isSameDialog(claude('touch x', options), claude('touch x', options, ' Do you want to go?'))).toBe(false);
    expect(isSameDialog(claude('touch x', options), undefined)).toBe(false);
  });

  it('has all its options where they go on in further lines, and none of the text above', () => {
    const options = [' ❯ 1. Yes', '   2. Yes, and always allow access to /a/very/long', '      path from this project', '   3. No']; // prettier-ignore
    expect(claude('touch x', options).options.map(({ label }) => label)).toEqual([
      ...['Yes', 'Yes, and always allow access to /a/very/long', 'No'],
    ]);
    const counted = dialogOn('codex', [
      ...[
        '• 1. first thing',
        '  2. second thing',
        '  Would you like to run the following command?',
        '› 1. Yes',
        '  2. No',
      ],
      '  Press enter to confirm or esc to cancel',
    ]);
    expect(counted.options.map(({ label }) => label)).toEqual(['Yes', 'No']);
  });

  it('tells which options are fields for a text', () => {
    const { options } = claude('q', ['❯ 1. Red', '  2. Type something.', '  3. Chat about this']);
    expect(options.map(({ isField }) => isField)).toEqual([undefined, true, true]);
  });
});

describe('what the server of OpenCode asks', () => {
  const { read } = builtInProviders.byId('opencode')!.api!;
  const permission = { id: 'per_1', sessionID: 's', permission: 'bash', patterns: ['touch x'] };

  it('is a permission, answered by its id', () => {
    const dialog = read([[permission, { ...permission, id: 'per_2' }], [], {}])?.dialog;
    expect(dialog).toMatchObject({ title: 'Permission required: bash touch x', cancels: true });
    expect(dialog?.options.map(({ label, reply }) => [label, reply])).toEqual(
      [['Allow once', 'once'], ['Allow always', 'always'], ['Reject', 'reject']].map(([label, reply]) => [label, { path: '/permission/per_1/reply', body: { reply } }]),
    );
    expect(isSameDialog(dialog!, read([[{ ...permission, id: 'per_2' }], [], {}])?.dialog)).toBe(false);
  }); // prettier-ignore

  it('is a question of one kind only, and nothing that is not understood', () => {
    const question = { question: 'Which?', options: [{ label: 'Red' }, { label: 'Blue' }] };
    const of = (...questions: object[]) => read([[], [{ id: 'que_1', questions }], {}])?.dialog;
    expect(of(question)?.options[1]).toEqual({
      ...{ label: 'Blue', selected: false, reply: { path: '/question/que_1/reply', body: { answers: [['Blue']] } } },
    });
    expect(of(question, question)).toBeUndefined();
    expect(of({ ...question, multiple: true })).toBeUndefined();
    for (const id of [undefined, 5, '../x', 'a/b', ''])
      expect(read([[{ ...permission, id }], [], {}])).toMatchObject({ says: 'waiting_permission', dialog: undefined });
  });
});
