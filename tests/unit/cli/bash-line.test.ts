import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBashLine } from '../../../src/cli/completion/bash-line.js';

describe('a line of bash', () => {
  it.each([
    ['tmux-orc ', [], ''],
    ['tmux-orc pane ca', ['pane'], 'ca'],
    ['tmux-orc   pane\tcapture ', ['pane', 'capture'], ''],
    [String.raw`tmux-orc a\ b "c d" 'e "f' "g\"h\i" x`, ['a b', 'c d', 'e "f', String.raw`g"h\i`], 'x'],
    [`tmux-orc a'b'"c"d`, [], 'abcd'],
    ['tmux-orc "a b', [], 'a b'],
    ["tmux-orc '' x", [''], 'x'],
    ['tmux-orc $HOME `id` $(id) ~ x', ['$HOME', '`id`', '$(id)', '~'], 'x'],
    ['tmux-orc "日本 語', [], '日本 語'],
  ])('%j is read as words', (line, before, current) => {
    expect(readBashLine(line, '')).toMatchObject({ before, current });
  });

  it('that ends in an escape is not completed', () => {
    expect(readBashLine('tmux-orc a\\', '')).toBeUndefined();
    expect(readBashLine('tmux-orc "a\\', '')).toBeUndefined();
  });

  it.each(['~r', 'a$', '$HO', 'a`', 'a*', 'a{', 'a!', '"a$', '"a`', '"a!', String.raw`"a\\$`, 'a;'])(
    'whose last word is %j, which bash would expand, is not completed',
    (word) => {
      expect(readBashLine(`tmux-orc ${word}`, word)).toBeUndefined();
    },
  );

  it.each([String.raw`\~r`, String.raw`a\$`, String.raw`"a\$`, "'$HO", "'a`*{!"])(
    'whose last word is %j, which is literal, is',
    (word) => {
      expect(readBashLine(`tmux-orc ${word}`, word)).toBeDefined();
    },
  );

  it('gets the missing text behind the piece that bash replaces', () => {
    expect(readBashLine('tmux-orc pane capture work:ty', 'ty')?.replacement('work:types & co')).toBe(
      String.raw`types\ \&\ co`,
    );
    expect(readBashLine('tmux-orc pane capture "a ', 'a ')?.replacement('a "$x')).toBe(String.raw`a \"\$x`);
    expect(readBashLine("tmux-orc pane capture 'a ", 'a ')?.replacement("a 'x")).toBe(String.raw`a '\''x`);
    expect(readBashLine('tmux-orc pane capture b', 'b')?.replacement('a')).toBeUndefined();
  });

  it('in double quotes is not given a "!", which history expansion would act on', () => {
    expect(readBashLine('tmux-orc pane capture "a', 'a')?.replacement('a!!')).toBeUndefined();
    expect(readBashLine('tmux-orc pane capture a', 'a')?.replacement('a!!')).toBe(String.raw`a\!\!`);
  });
});

describe('what bash makes of a completed line', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'orc-line-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const CHARACTERS = Array.from('ab $`"\'\\!;&|<>(){}[]*?~#=:@%^,.-日é');
  const name = fc.string({ unit: fc.constantFrom(...CHARACTERS), minLength: 1, maxLength: 12 });
  const START = ['', '"', "'"] as const;

  /** What a person typed of a name: its first characters, in each kind of quotes. */
  function typed(text: string, quote: (typeof START)[number]): string {
    if (quote === "'") return `'${text.replaceAll("'", String.raw`'\''`)}`;
    if (quote === '"') return `"${text.replaceAll(/["$`\\]/g, String.raw`\$&`)}`;
    return text.replaceAll(/[^ab日é]/gu, String.raw`\$&`);
  }

  it('is exactly the name', () => {
    const samples = fc.sample(fc.tuple(name, fc.nat(12), fc.constantFrom(...START)), { numRuns: 2000, seed: 7 });
    const lines: { line: string; name: string }[] = [];
    for (const [whole, length, quote] of samples) {
      const raw = typed(Array.from(whole).slice(0, length).join(''), quote);
      // Readline gives the piece without the quote that opens it.
      const piece = raw.slice(quote.length);
      const replacement = readBashLine(`tmux-orc ${raw}`, piece)?.replacement(whole);
      if (replacement === undefined) {
        expect(quote).toBe('"');
        expect(whole).toContain('!');
      } else lines.push({ line: `${quote}${replacement}${quote}`, name: whole });
    }
    expect(lines.length).toBeGreaterThan(1500);
    // No program can be found, should a quote be missing.
    const script = 'PATH=/nowhere; while IFS= read -r line; do eval "set -- $line"; printf "%s %s\\n" "$#" "$*"; done';
    const output = execFileSync('bash', ['--norc', '-c', script], {
      cwd: folder,
      input: lines.map(({ line }) => `${line}\n`).join(''),
      env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: folder },
      encoding: 'utf8',
    });
    expect(output.split('\n').slice(0, -1)).toEqual(lines.map((one) => `1 ${one.name}`));
    expect(readdirSync(folder)).toEqual([]);
  });
});
