import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentRecord } from '../../../src/agents/records.js';
import { readTranscript, readTranscriptCursor, type TranscriptPage } from '../../../src/agents/transcript.js';
import { transcriptAnswer, withoutThoughts } from '../../../src/agents/transcript-answer.js';
import { findTranscript } from '../../../src/agents/transcript-file.js';
import { builtInProviders } from '../../../src/providers/index.js';
import type { Provider } from '../../../src/providers/provider.js'; // prettier-ignore

const FIXTURES = fileURLToPath(new URL('../../fixtures/transcripts', import.meta.url));
const ID = '3b3b61af-0fa4-4a2b-b667-60b9eee4592f';
const recorded = (id: string, name = 'turns'): string => join(FIXTURES, id, `${name}.jsonl`);
const provider = (id: string): Provider => builtInProviders.byId(id)!;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(process.env.TMUX_TMPDIR!, 'transcripts-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const record = (more: Partial<AgentRecord> = {}): AgentRecord => ({
  ...{ provider: 'claude', panePid: 1, isAlone: true, isReady: true, readyBy: 0, isOpen: false, state: 'idle', since: 0, seq: 0 },
  ...{ transcripts: folder, sessionId: ID, ...more },
}); // prettier-ignore

/** Where each of them keeps it. */
const PLACES: Readonly<Record<string, string>> = {
  claude: `projects/-home-me/${ID}.jsonl`,
  codex: `sessions/2026/11/21/rollout-2026-11-21T02-32-46-${ID}.jsonl`,
  gemini: `.gemini/tmp/proj/chats/session-2026-11-21T02-33-${ID.slice(0, 8)}.jsonl`,
  qwen: `projects/-home-me/chats/${ID}.jsonl`,
  pi: `sessions/--home-me--/2026-11-21T02-34-39-702Z_${ID}.jsonl`,
};
const placeOf = (id: string): string => join(folder, PLACES[id]!);

/** Puts a recorded conversation where the CLI would. */
function put(id: string, name = 'turns'): string {
  mkdirSync(dirname(placeOf(id)), { recursive: true });
  const own = /"(?:id|sessionId)":"([0-9a-f-]{36})"/.exec(readFileSync(recorded(id, name), 'utf8'))![1]!;
  writeFileSync(placeOf(id), readFileSync(recorded(id, name), 'utf8').replaceAll(own, ID));
  return placeOf(id);
}
const claudeLine = (type: 'user' | 'assistant', text: string): string =>
  `${JSON.stringify({ type, message: type === 'user' ? { content: text } : { id: text, content: [{ type: 'text', text }], stop_reason: 'end_turn' } })}\n`;

const answer = async (id: string, isOpen: boolean | undefined = false, more: Partial<AgentRecord> = {}): Promise<unknown> => {
  const found = await transcriptAnswer(provider(id), record(more), isOpen);
  return found && [found.answer.text, found.answer.complete, found.isStale];
}; // prettier-ignore

describe('the last answer in the file of a conversation', () => {
  it.each([
    ['claude', 'echo: tool finished'],
    ...(['codex', 'gemini', 'qwen', 'pi'] as const).map((id) => [id, 'echo: last one']),
  ])('of %s is %j', async (id, text) => {
    put(id);
    expect(await answer(id)).toEqual([text, true, false]);
    expect(await answer(id, true)).toEqual([id === 'gemini' ? 'echo: tool finished' : text, false, false]);
    put(id, 'trouble');
    expect(await answer(id)).toEqual(['echo: eins\nzwei\ndrei', true, false]);
  });

  it('is that of the turn before while one is open, was interrupted, or has failed', async () => {
    const file = put('claude');
    appendFileSync(file, claudeLine('user', 'next'));
    expect(await answer('claude', true)).toEqual(['echo: tool finished', false, false]);
    expect(await answer('claude', false)).toEqual(['echo: tool finished', false, false]);
    appendFileSync(file, claudeLine('user', '[Request interrupted by user]'));
    expect(await answer('claude', false)).toEqual(['echo: tool finished', false, false]);
  });

  it('is known to be old where a turn was seen to begin after it was written', async () => {
    utimesSync(put('gemini'), 1000, 1000);
    expect(await answer('gemini', false, { openAt: 1_000_500 })).toEqual(['echo: last one', true, false]);
    expect(await answer('gemini', false, { openAt: 1_100_000 })).toEqual(['echo: last one', false, true]);
  });

  it('is found though much was written since, and no line of it is taken for whole that is not', async () => {
    const file = put('claude');
    appendFileSync(file, claudeLine('assistant', 'before the noise'));
    for (let count = 0; count < 30; count++) appendFileSync(file, `${JSON.stringify({ type: 'noise', text: 'x'.repeat(100_000) })}\n`);
    appendFileSync(file, `${JSON.stringify({ type: 'noise', text: 'x'.repeat(9_000_000) })}\nno JSON\n\n`);
    appendFileSync(file, claudeLine('assistant', 'cut off').trimEnd());
    expect(await answer('claude')).toEqual(['before the noise', true, false]);
    appendFileSync(file, '\n');
    expect(await answer('claude')).toEqual(['cut off', true, false]);
  }); // prettier-ignore

  it('is none without a file, a folder or an id', async () => {
    expect(await answer('claude')).toBeUndefined();
    put('claude');
    expect(await answer('claude', false, { sessionId: undefined })).toBeUndefined();
    expect(await answer('claude', false, { transcripts: undefined })).toBeUndefined();
    expect(await answer('claude', false, { sessionId: 'other' })).toBeUndefined();
    expect(await answer('shell')).toBeUndefined();
  });

  it('takes the place of one that was told with thoughts, once it is written', async () => {
    const file = put('qwen');
    const told = { text: 'I think so. echo: late one ', source: 'hook' as const, complete: true, id: 'x' };
    const line = { type: 'assistant', message: { parts: [{ text: 'I think so. ', thought: true }, { text: 'echo: late one' }] }, usageMetadata: {} };
    const { signal } = new AbortController();
    setTimeout(() => {
      appendFileSync(file, `${JSON.stringify(line)}\n`);
    }, 120);
    expect(await withoutThoughts(provider('qwen'), record(), told, signal)).toEqual({ ...told, text: 'echo: late one', source: 'transcript' });
    const other = { ...told, text: 'never written' };
    expect(await withoutThoughts(provider('qwen'), record(), other, signal)).toEqual(other);
    expect(await withoutThoughts(provider('qwen'), record(), told, AbortSignal.abort())).toMatchObject({ source: 'transcript' });
    await expect(withoutThoughts(provider('qwen'), record(), other, AbortSignal.abort())).rejects.toThrow();
  }); // prettier-ignore
});

describe('the file of a conversation', () => {
  const find = (id: string, name = ID): Promise<string | undefined> => findTranscript(folder, provider(id).transcript!, name);

  it.each(Object.keys(PLACES))('of %s is found by its name', async (id) => {
    expect(await find(id)).toBeUndefined();
    put(id);
    expect(await find(id)).toBe(placeOf(id));
    expect(await find(id, 'b'.repeat(36))).toBeUndefined();
  });

  it('is the one that says it is, where the name does not tell', async () => {
    const other = join(dirname(placeOf('gemini')), `session-2026-12-01T00-00-${ID.slice(0, 8)}.jsonl`);
    put('gemini');
    copyFileSync(recorded('gemini'), other);
    expect(await find('gemini')).toBe(placeOf('gemini'));
    writeFileSync(placeOf('gemini'), 'no JSON');
    expect(await find('gemini')).toBeUndefined();
  });

  it('is nothing that a link leads to, and nothing that is waited for', async () => {
    const outside = join(folder, 'outside');
    renameSync(put('claude'), outside);
    symlinkSync(outside, placeOf('claude'));
    expect(await find('claude')).toBeUndefined();
    rmSync(placeOf('claude'));
    execFileSync('mkfifo', [placeOf('claude')]);
    expect([await find('claude'), await answer('claude')]).toEqual([undefined, undefined]);
    rmSync(dirname(placeOf('claude')), { recursive: true });
    mkdirSync(join(folder, 'elsewhere'));
    renameSync(outside, join(folder, 'elsewhere', `${ID}.jsonl`));
    symlinkSync(join(folder, 'elsewhere'), dirname(placeOf('claude')));
    expect(await find('claude')).toBeUndefined();
  });
}); // prettier-ignore

describe('pages of a conversation', () => {
  const page = async (id: string, since?: string, maxBytes = 100_000): Promise<TranscriptPage> => {
    const cursor = since === undefined ? undefined : readTranscriptCursor(since);
    return (await readTranscript(provider(id), record(), undefined, { since: cursor, maxBytes, isOpen: false }))!;
  };

  it.each(Object.keys(PLACES))('of %s hold each entry once, whatever their size', async (id) => {
    put(id);
    const whole = await page(id);
    expect(whole).toMatchObject({ source: 'transcript', more: false, continues: false, isLate: false, before: '' });
    expect(whole.text).toContain('[user]\nSAY first thing\n\n[agent]\necho: first thing\n\n[user]\nplease LINES');
    for (const maxBytes of [1, 60, 300]) {
      const texts: string[] = [];
      let [since, more] = [undefined as string | undefined, true];
      for (let count = 0; more && count < 100; count++) {
        const next = await page(id, since, maxBytes);
        expect(next.continues).toBe(since !== undefined);
        texts.push(next.text);
        ({ cursor: since, more } = next);
      }
      expect(texts.join('\n\n')).toBe(whole.text);
      expect(await page(id, since)).toMatchObject({ text: '', more: false, continues: true });
    }
  });

  it('go on with what was added, and with nothing that is only half there', async () => {
    const file = put('claude');
    const { cursor } = await page('claude');
    const line = claudeLine('user', 'more of it');
    appendFileSync(file, line.slice(0, 20));
    expect(await page('claude', cursor)).toMatchObject({ text: '', cursor, isLate: false });
    appendFileSync(file, line.slice(20));
    const next = await page('claude', cursor);
    expect(next).toMatchObject({ text: '[user]\nmore of it', isLate: true });
    appendFileSync(file, claudeLine('assistant', 'so it is'));
    expect(await page('claude', next.cursor)).toMatchObject({ text: '[agent]\nso it is', isLate: false, continues: true });
  });

  it('begin anew with another conversation, or where the file was written anew', async () => {
    const file = put('claude');
    const { cursor } = await page('claude');
    const position = readTranscriptCursor(cursor)!;
    writeFileSync(file, claudeLine('user', 'anew'));
    expect(await page('claude', cursor)).toMatchObject({ text: '[user]\nanew', continues: false });
    writeFileSync(file, claudeLine('user', 'x'.repeat(100_000)));
    expect((await page('claude', cursor)).continues).toBe(false);
    put('claude');
    const other = Buffer.from(`t:${'0'.repeat(12)}:${position.at}:0`).toString('base64url');
    expect((await page('claude', other)).text).toContain('first thing');
  });

  it('split what is long, and say what stands before', async () => {
    mkdirSync(dirname(placeOf('claude')), { recursive: true });
    const long = `${'a'.repeat(3992)}😀${'b'.repeat(6000)}`;
    writeFileSync(placeOf('claude'), claudeLine('user', long) + claudeLine('assistant', 'short'));
    const first = await page('claude', undefined, 5000);
    expect(first.text).toBe(`[user]\n${'a'.repeat(3992)}😀`);
    const second = await page('claude', first.cursor, 5000);
    expect(second).toMatchObject({ text: 'b'.repeat(4000), more: true, before: first.text });
    const third = await page('claude', second.cursor, 5000);
    expect(third).toMatchObject({ text: `${'b'.repeat(2000)}\n\n[agent]\nshort`, more: false, before: 'b'.repeat(4000) });
  });

  it('are none by a cursor of something else', () => {
    for (const cursor of ['', 'x', 'dDo', Buffer.from('a:0123456789abcdef:5').toString('base64url'), Buffer.from('t:0123456789ab:../x:0').toString('base64url')])
      expect(readTranscriptCursor(cursor)).toBeUndefined();
  });
}); // prettier-ignore
