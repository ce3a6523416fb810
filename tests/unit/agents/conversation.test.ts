import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conversationOf } from '../../../src/agents/conversation.js';
import type { AgentRecord } from '../../../src/agents/records.js';
import type { Told } from '../../../src/agents/told.js';
import { notedAnswer, toldAnswer } from '../../../src/agents/told-answer.js';
import { claude } from '../../../src/providers/claude.js';
import { codex } from '../../../src/providers/codex.js';
import { opencode } from '../../../src/providers/opencode.js';
import { qwen } from '../../../src/providers/qwen.js';

const [MAIN, NEXT, SIDE] = ['01a1fbf2-main', '01a1fbf3-next', '01a1fbf4-side'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(process.env.TMUX_TMPDIR!, 'conversation-'));
  mkdirSync(join(folder, 'told'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const record = (more: Partial<AgentRecord> = {}): AgentRecord => ({
  ...{ provider: 'codex', panePid: 1, isAlone: true, isReady: true, readyBy: 0, isOpen: false, state: 'idle', since: 0, seq: 0 },
  ...{ folder: join(folder, 'told'), transcripts: folder, ...more },
}); // prettier-ignore
const tell = (event: string, payload: object, at?: number): void => {
  writeFileSync(join(folder, 'told', event), JSON.stringify(payload));
  if (at !== undefined) utimesSync(join(folder, 'told', event), at, at);
};
const told = (event: Told['event'], turns = 0, at = 10_000): Told => ({ event, turns, at });
const NOTHING = { server: undefined, registered: undefined };

describe('the conversation of Codex', () => {
  const rollout = (id: string, payload: object): void => {
    const days = join(folder, 'sessions', '2026', '11', '21');
    mkdirSync(days, { recursive: true });
    const line = { type: 'session_meta', payload: { id, source: 'cli', ...payload } };
    writeFileSync(join(days, `rollout-2026-11-21T02-32-46-${id}.jsonl`), `${JSON.stringify(line)}\n`);
  };
  const noted = (id: string, more: Partial<AgentRecord> = {}): Promise<string | undefined> => {
    tell('noted', { 'thread-id': id, 'last-assistant-message': 'x' });
    return conversationOf(codex, record(more), told('noted'), NOTHING);
  };

  it('is the one with a person, whichever has told of its turn last', async () => {
    rollout(MAIN, { thread_source: 'user' });
    rollout(NEXT, {});
    rollout(SIDE, { source: { subagent: 'review' } });
    expect(await noted(SIDE)).toBeUndefined();
    expect(await noted('01a1-title-without-a-file')).toBeUndefined();
    expect(await noted(MAIN)).toBe(MAIN);
    expect(await noted(SIDE, { sessionId: MAIN })).toBe(MAIN);
    expect(await noted(NEXT, { sessionId: MAIN })).toBe(NEXT);
    expect(await noted('../../x', { sessionId: MAIN })).toBe(MAIN);
  });

  it('is the first that was told of, where nobody knows where it keeps them', async () => {
    expect(await noted(MAIN, { transcripts: undefined })).toBe(MAIN);
    expect(await noted(NEXT, { transcripts: undefined, sessionId: MAIN })).toBe(MAIN);
  });

  it('is not looked for again while nothing is told', async () => {
    rollout(NEXT, {});
    expect(await noted(NEXT, { sessionId: MAIN, seenAt: 100_000 })).toBe(MAIN);
    expect(await noted(NEXT, { sessionId: MAIN, seenAt: 10_500 })).toBe(NEXT);
    expect(await conversationOf(codex, record({ sessionId: MAIN }), undefined, NOTHING)).toBe(MAIN);
  });

  it('has an answer of its own only', () => {
    tell('noted', { 'thread-id': SIDE, 'last-assistant-message': 'a title' });
    expect(notedAnswer(codex, record({ sessionId: MAIN }), false)).toBeUndefined();
    tell('noted', { 'thread-id': MAIN, 'last-assistant-message': 'it is done' });
    expect(notedAnswer(codex, record({ sessionId: MAIN }), false)).toMatchObject({ text: 'it is done', source: 'hook', complete: true });
    expect(notedAnswer(codex, record({ sessionId: MAIN }), undefined)).toMatchObject({ complete: false });
    expect(notedAnswer(claude, record({ sessionId: MAIN }), false)).toBeUndefined();
  }); // prettier-ignore
});

describe('the conversation of others', () => {
  it('is told with events, by a server, or in a file', async () => {
    tell('started', { session_id: 'new' });
    tell('submitted', {});
    const known = record({ sessionId: 'old', turns: 3 });
    expect(await conversationOf(claude, known, told('submitted', 4), NOTHING)).toBe('new');
    expect(await conversationOf(claude, known, told('submitted', 3), NOTHING)).toBe('old');
    const server = { says: 'working' as const, rule: 'busy', sessionId: 'ses_1' };
    expect(await conversationOf(opencode, record(), undefined, { ...NOTHING, server })).toBe('ses_1');
    expect(await conversationOf(claude, record({ folder: undefined }), undefined, { ...NOTHING, registered: 'mine' })).toBe('mine');
    expect(await conversationOf(claude, record({ folder: undefined }), undefined, { ...NOTHING, registered: '/etc/x' })).toBeUndefined();
  }); // prettier-ignore
});

describe('an answer that was told', () => {
  const answer = (isOpen?: boolean): unknown => {
    const found = toldAnswer(claude, record(), isOpen);
    return found && [found.text, found.complete];
  };

  it('is that of the newest turn, if nothing has begun or failed since', () => {
    expect(answer()).toBeUndefined();
    tell('submitted', { prompt: 'x' }, 100);
    expect(answer()).toBeUndefined();
    tell('finished', { last_assistant_message: 'said' }, 101);
    expect([answer(), answer(false), answer(true)]).toEqual([['said', true], ['said', true], ['said', false]]);
    tell('started', { session_id: 'cleared' }, 102);
    expect(answer(false)).toEqual(['said', true]);
    tell('submitted', { prompt: 'y' }, 103);
    expect(answer(false)).toEqual(['said', false]);
    tell('finished', { last_assistant_message: 'said more' }, 104);
    tell('failed', { last_assistant_message: 'API Error' }, 105);
    expect(answer(false)).toEqual(['said more', false]);
  }); // prettier-ignore

  it('is none where there was none, or it cannot be read', () => {
    tell('finished', {});
    expect(answer()).toBeUndefined();
    writeFileSync(join(folder, 'told', 'finished'), '{"last_assistant_message":"cut o');
    expect(answer()).toBeUndefined();
    tell('finished', { last_assistant_message: '[no response text]' });
    expect(toldAnswer(qwen, record(), false)).toBeUndefined();
    expect(answer()).toEqual(['[no response text]', true]);
    expect(toldAnswer(claude, record({ folder: undefined }), false)).toBeUndefined();
  });

  it('has an id that differs from turn to turn, also with the same words', () => {
    tell('finished', { last_assistant_message: 'done' }, 100);
    const first = toldAnswer(claude, record(), false)?.id;
    expect(toldAnswer(claude, record(), false)?.id).toBe(first);
    tell('finished', { last_assistant_message: 'done' }, 101);
    expect(toldAnswer(claude, record(), false)?.id).not.toBe(first);
  });
});
