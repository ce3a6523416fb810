import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { apiAnswer, shownConversation, type Talk, talkOf } from '../../../src/agents/api-talk.js';
import type { AgentRecord } from '../../../src/agents/records.js';
import { readTranscript, readTranscriptCursor, type TranscriptPage } from '../../../src/agents/transcript.js';
import { opencode } from '../../../src/providers/opencode.js';
import type { ManagedAgent } from '../../../src/store/managed-agents.js';

interface Message {
  readonly info: { readonly id: string; readonly role: string; readonly time: { created: number; completed?: number } };
  readonly parts: readonly object[];
}
const RECORDED = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../fixtures/transcripts/opencode/messages.json', import.meta.url)), 'utf8'),
) as Message[];
const LAST = 'echo: last one';
const PASSWORD = 'right';

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
  server = undefined;
});

const session = (id: string, title = 'a title', updated = 5): object => ({ id, title, time: { created: 1, updated } });

/** As OpenCode's own: pages go from the end to the beginning. */
async function serve(messages: readonly Message[], sessions: readonly object[] = [session('ses_a')]): Promise<{ readonly record: AgentRecord; readonly asked: string[] }> {
  const asked: string[] = [];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    asked.push(request.url ?? '');
    if (request.headers.authorization !== `Basic ${Buffer.from(`opencode:${PASSWORD}`).toString('base64')}`) {
      response.writeHead(401).end('{}');
      return;
    }
    if (url.pathname === '/session') {
      response.end(JSON.stringify(sessions));
      return;
    }
    const end = messages.findIndex(({ info }) => info.id === url.searchParams.get('before'));
    const upTo = end < 0 ? messages.length : end;
    const from = Math.max(0, upTo - Number(url.searchParams.get('limit')));
    if (from > 0) response.setHeader('x-next-cursor', messages[from]!.info.id);
    response.end(JSON.stringify(messages.slice(from, upTo)));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const api = { port: (server.address() as AddressInfo).port, password: PASSWORD };
  const record: AgentRecord = {
    ...{ provider: 'opencode', panePid: 1, isAlone: true, isReady: true, readyBy: 0, isOpen: false, state: 'idle', since: 0, seq: 0, api },
  };
  return { record, asked };
} // prettier-ignore

const AGENT = { since: 1000 } as ManagedAgent;
const talk = (record: AgentRecord, title = 'OC | a title'): Promise<Talk | undefined> => talkOf(opencode, AGENT, record, title); // prettier-ignore
const answer = async (record: AgentRecord, isOpen: boolean | undefined = false): Promise<unknown> => {
  const found = await apiAnswer(await talk(record), record, isOpen);
  return found && [found.answer.text, found.answer.complete, found.isStale];
};
const message = (id: string, role: string, text: string, more: object = {}): Message => ({
  info: { id, role, time: { created: 9, ...(role === 'user' ? {} : { completed: 9 }) }, ...more },
  parts: [{ type: 'text', text }],
});

describe('the last answer on the server of OpenCode', () => {
  it('is that of the newest turn that is over', async () => {
    const { record } = await serve(RECORDED);
    expect(await answer(record)).toEqual([LAST, true, false]);
    expect(await answer(record, true)).toEqual([LAST, false, false]);
    expect(await answer({ ...record, openAt: RECORDED.at(-1)!.info.time.created + 60_000 })).toEqual([LAST, false, true]);
  });

  it('is that of the turn before while one is open, and after one that was stopped', async () => {
    const slow = RECORDED.findIndex(({ parts }) => JSON.stringify(parts).includes('SLOW 30'));
    const stopped = await serve(RECORDED.slice(0, slow + 2));
    expect(await answer(stopped.record)).toEqual([expect.stringMatching(/^echo: Grüße/), false, false]);
    server?.close();
    const [open] = [message('msg_z', 'assistant', 'so far', { time: { created: 9 } })];
    const { record } = await serve([...RECORDED, message('msg_y', 'user', 'next'), open]);
    expect(await answer(record, true)).toEqual([LAST, false, false]);
  });

  it('is looked for further back', async () => {
    const noise = Array.from({ length: 60 }, (_, index) => message(`msg_n${String(index)}`, 'user', 'again'));
    const { record, asked } = await serve([...RECORDED, ...noise]);
    expect(await answer(record)).toEqual([LAST, false, false]);
    expect(asked.map((path) => /limit=(\d+)/.exec(path)?.[1])).toEqual(['50', '20', '200']);
  });

  it('is none where it does not answer, has another password, or has nothing', async () => {
    const { record } = await serve([]);
    expect(await answer(record)).toBeUndefined();
    expect(await talk({ ...record, api: { ...record.api!, password: 'wrong' } })).toBeUndefined();
    expect(await talk({ ...record, api: undefined })).toBeUndefined();
    server?.close();
    server?.closeAllConnections();
    expect(await talk(record)).toBeUndefined();
  });
}); // prettier-ignore

describe('the conversation that is shown', () => {
  const all = [
    { id: 'a', title: 'Fix the build', changedAt: 3 },
    { id: 'b', title: 'Write a very long title that is cut somewhere', changedAt: 2 },
    { id: 'c', title: 'Twice', changedAt: 1 },
    { id: 'd', title: 'Twice', changedAt: 1 },
  ];
  it.each<[string | undefined, string | undefined, string | undefined]>([
    ['a', 'Fix the build', 'a'],
    ['a', 'Write a very long title that is...', 'b'],
    ['a', undefined, 'a'],
    ['a', 'unknown', 'a'],
    ['c', 'Twice', 'c'],
    ['x', 'Twice', 'x'],
    [undefined, 'Twice', undefined],
    [undefined, 'Fix the build', 'a'],
    [undefined, undefined, undefined],
  ])('is, where %s is known and %s its title, %s', (known, title, expected) => {
    expect(shownConversation(known, title, all)).toBe(expected);
  });

  it('is the only one that there is', () => {
    expect(shownConversation(undefined, undefined, all.slice(0, 1))).toBe('a');
    expect(shownConversation(undefined, undefined, [])).toBeUndefined();
  });
});

describe('pages of a conversation on it', () => {
  const page = async (record: AgentRecord, since?: string, maxBytes = 100_000, isOpen = false): Promise<TranscriptPage> => {
    const cursor = since === undefined ? undefined : readTranscriptCursor(since);
    return (await readTranscript(opencode, record, await talk(record), { since: cursor, maxBytes, isOpen }))!;
  };

  it('hold each entry once, oldest first, and go on', async () => {
    const many = Array.from({ length: 120 }, (_, index) => message(`msg_${String(index).padStart(4, '0')}`, index % 2 === 0 ? 'user' : 'assistant', `text ${String(index)}`));
    const { record } = await serve(many);
    const whole = await page(record);
    expect(whole).toMatchObject({ source: 'api', more: false, continues: false });
    expect(whole.text.match(/text \d+/g)).toEqual(many.map((_, index) => `text ${String(index)}`));
    const texts: string[] = [];
    let [since, more] = [undefined as string | undefined, true];
    while (more) {
      const next = await page(record, since, 400);
      texts.push(next.text);
      ({ cursor: since, more } = next);
    }
    expect(texts.join('\n\n')).toBe(whole.text);
    expect(await page(record, since)).toMatchObject({ text: '', continues: true });
    expect((await page(record, Buffer.from(Buffer.from(whole.cursor, 'base64url').toString().replace('0119', '0999')).toString('base64url'))).continues).toBe(false);
  });

  it('leave out what is still being said', async () => {
    const open = message('msg_2', 'assistant', 'half', { time: { created: 9 } });
    const { record } = await serve([message('msg_1', 'user', 'go'), open, message('msg_3', 'user', 'queued')]);
    expect(await page(record, undefined, 1000, true)).toMatchObject({ text: '[user]\ngo', isLate: true });
    expect((await page(record)).text).toContain('half');
  });
}); // prettier-ignore
