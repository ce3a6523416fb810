import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { builtInProviders } from '../../../src/providers/index.js';
import { type DetectionPack, packFor, readScreen, type ScreenReading } from '../../../src/providers/pack.js';
import type { Screen } from '../../../src/providers/screen.js';
import type { AgentState } from '../../../src/kernel/agent-words.js';
import { holds, type Shown } from '../../support/composer.js';

/** Screens of the real programs with the text that their composers held then; `npm run lab -- --record` makes them. */
const SCREENS = fileURLToPath(new URL('../../fixtures/screens', import.meta.url));

type Recorded = Screen & { readonly state: AgentState; readonly draft?: string; readonly shown?: Shown };
const recordings = readdirSync(SCREENS).flatMap((provider) =>
  readdirSync(join(SCREENS, provider)).map((version) => ({ provider, version })),
);

describe.each(recordings)('composers of $provider $version', ({ provider, version }) => {
  const folder = join(SCREENS, provider, version);
  const pack = packFor(builtInProviders.byId(provider)?.packs ?? [], version).pack!;

  it.each(readdirSync(folder))('%s', (name) => {
    const { state, draft = '', shown, ...screen } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Recorded;
    const reading = readScreen(pack, screen);
    if (state.startsWith('waiting')) expect(reading.draft).toBeUndefined();
    else expect([reading.draft, holds(pack, reading, draft, shown ?? 'whole')]).toEqual([expect.anything(), true]);
  });
});

describe('a composer', () => {
  const packOf = (id: string): DetectionPack => builtInProviders.byId(id)!.packs.at(-1)!;
  const read = (id: string, lines: readonly string[]): ScreenReading => readScreen(packOf(id), { title: '', lines });
  const RULE = '─'.repeat(80);
  const CLAUDE_END = [RULE, '  ⏸ manual mode on'];
  const CODEX_END = ['', '  m1 default · ~/proj'];

  it.each([
    'Press up to edit queued messages',
    'Press up to select a queued message, then Enter to edit it',
    'Try "how do I log an error?"',
    'Message @worker…',
  ])('of Claude Code that says %s is empty', (ghost) => {
    expect(read('claude', [RULE, `❯ ${ghost}`, ...CLAUDE_END]).draft).toBe('');
  });

  it('of Claude Code that shows a suggestion is empty until somebody types', () => {
    const suggested = [RULE, '❯ run the tests', RULE, '  ⏸ manual mode on · ? for shortcuts'];
    expect(read('claude', suggested).draft).toBe('');
    expect(read('claude', [RULE, '❯ run the tests', ...CLAUDE_END]).draft).toBe('run the tests');
  });

  it('holds a text that only begins like what stands in an empty one', () => {
    expect(read('claude', [RULE, '❯ Try "npm test" and tell me', ...CLAUDE_END]).draft).toBe('Try "npm test" and tell me');
  }); // prettier-ignore

  it('keeps the rows of its text apart from those of the program', () => {
    expect(read('codex', ['› 1. one', '  2. two', '', '    three', ...CODEX_END]).draft).toBe('1. one\n2. two\n\n  three');
    expect(read('codex', ['› go on', '', '• 1. done', '', '! ls', ...CODEX_END]).draft).toBe('! ls');
    expect(read('pi', [RULE, 'above', '─'.repeat(30), 'below', RULE, '~/proj']).draft).toBe(`above\n${'─'.repeat(30)}\nbelow`);
    expect(read('qwen', [RULE, '> a row \u200b', RULE, '  ? for shortcuts']).draft).toBe('a row');
  }); // prettier-ignore

  it('is none where the marked option of a dialog stands', () => {
    const dialog = ['› 1. Yes, proceed (y)', '  2. No (esc)', '', '  Press enter to confirm or esc to cancel'];
    expect(read('codex', ['› touch it', '', ...dialog]).draft).toBeUndefined();
  });

  it('says that only the end of its text is seen', () => {
    const more = `─── ↑ 2 more ${'─'.repeat(67)}`;
    expect(read('claude', [more, '  of it', ...CLAUDE_END])).toMatchObject({ draft: 'of it', draftIsPart: true });
    const scrolled = [`› row${' '.repeat(60)}↑`, '', '  the end'];
    expect(read('codex', scrolled)).toMatchObject({ draft: 'row\n\nthe end', draftIsPart: true });
  });

  it('of OpenCode is below the list that its text opens', () => {
    const list = ['  ┃ @explore              ┃', '  ┃', '  ┃  look at @', '  ┃', '  ┃  Build · m1 stub', `  ╹${'▀'.repeat(70)}`];
    expect(read('opencode', list).draft).toBe('look at @');
  }); // prettier-ignore
});

describe('what is in the place of a long text', () => {
  it.each([
    ['claude', '[Pasted text #1 +4 lines]', '[Pasted text #12]'],
    ['codex', '[Pasted Content 1001 chars]'],
    ['gemini', '[Pasted Text: 9 lines]', '[Pasted Text: 600 chars]'],
    ['opencode', '[Pasted ~1 lines]'],
    ['qwen', '[Pasted Content 221 chars]'],
    ['pi', '[paste #1 +11 lines]', '[paste #1 1001 chars]'],
  ])('%s', (id, ...texts) => {
    const { pasted } = builtInProviders.byId(id)!.packs.at(-1)!;
    for (const text of texts) expect([pasted!.test(text), pasted!.test(`a draft ${text}`)]).toEqual([true, false]);
  });
});
