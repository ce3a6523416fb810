import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { builtInProviders } from '../../../src/providers/index.js';
import { type LastShown, lastShown } from '../../../src/providers/last-shown.js';

const SCREENS = fileURLToPath(new URL('../../fixtures/screens', import.meta.url));
const WORDS = Array.from({ length: 32 }, (_, index) => `word${String(index)}`);

/** What the first idle screen that shows a text tells. */
function shownOn(id: string, text: string): LastShown | undefined {
  const [version = ''] = readdirSync(join(SCREENS, id));
  const names = readdirSync(join(SCREENS, id, version)).filter((name) => name.endsWith('-idle.json'));
  const screens = names.map((name) => JSON.parse(readFileSync(join(SCREENS, id, version, name), 'utf8')) as { lines: string[] }); // prettier-ignore
  const screen = screens.find(({ lines }) => lines.some((line) => line.includes(text)));
  return screen && lastShown(screen.lines, builtInProviders.byId(id)!.packs.at(-1)!);
}

const words = (shown: LastShown | undefined): string[] => shown?.text.match(/\bword[0-9]+\b/g) ?? [];

describe('what a recorded screen shows of the last turn', () => {
  it.each(['claude', 'gemini', 'qwen'])('is all that %s said, and nothing from before', (id) => {
    const shown = shownOn(id, 'word31');
    expect([words(shown), shown?.isWhole]).toEqual([WORDS, true]);
    expect(shown?.text).not.toMatch(/SLOW 8|hello there|for shortcuts|Shift\+Tab|──/);
  });

  it('is the last turn of several', () => {
    const shown = shownOn('codex', 'esc to interrupt');
    expect(shown).toMatchObject({ isWhole: true });
    expect(shown?.text).toMatch(/^• echo: the words "esc to interrupt"/);
    expect(shownOn('opencode', 'lab-proof')?.text).toMatch(/^ {5}\$ touch lab-proof\n\n {5}▣ {2}Build/);
  });

  it('is all there is where messages do not differ from answers', () => {
    const shown = shownOn('pi', 'word31');
    expect([words(shown), shown?.isWhole]).toEqual([WORDS, false]);
  });
});

it('is nothing without a composer, or with nothing above it', () => {
  const pack = builtInProviders.byId('claude')!.packs.at(-1)!;
  const rule = '─'.repeat(40);
  expect(lastShown(['a', 'b'], pack)).toBeUndefined();
  expect(lastShown([], pack)).toBeUndefined();
  expect(lastShown(['', rule, '❯ ', rule], pack)).toBeUndefined();
  expect(lastShown(['❯ said', '', rule, '❯ ', rule], pack)).toBeUndefined();
  expect(lastShown(['❯ said', 'on two lines', '', 'so', '', rule, '❯ ', rule], pack)).toEqual({ text: 'so', isWhole: true });
}); // prettier-ignore
