import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { builtInProviders } from '../../../src/providers/index.js';
import { type Entry, toolLine } from '../../../src/providers/transcripts/entry.js';
import { opencodeTalk } from '../../../src/providers/transcripts/opencode.js';

/** Recorded from the real programs; what is long and tells nothing is left out. */
const FIXTURES = fileURLToPath(new URL('../../fixtures/transcripts', import.meta.url));
const LINES = 'echo: Grüße 漢字\nzweite 😀\n```js\nconst x = 1;\n```';
const SLOW = expect.stringMatching(/^word0 word1 /);

const recorded = (id: string, name: string): unknown[] =>
  readFileSync(join(FIXTURES, id, `${name}.jsonl`), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as unknown); // prettier-ignore

const shown = (entry: Entry): readonly unknown[] =>
  entry.by === 'end' ? [entry.isAnswered ? 'answered' : 'cut'] : [entry.by, entry.text];

const told = (id: string, name: string): (readonly unknown[])[] => {
  const { read } = builtInProviders.byId(id)!.transcript!;
  return recorded(id, name).flatMap((line) => read(line).map(shown));
};

const user = (text: string): [string, string] => ['user', text];
const agent = (text: unknown): [string, unknown] => ['agent', text];
const [answered, cut] = [['answered'], ['cut']];
const MANY = user('please LINES Grüße 漢字 | zweite 😀 | ```js | const x = 1; | ```');

describe('what a recorded conversation tells', () => {
  it('of Claude Code', () => {
    expect(told('claude', 'turns')).toEqual([
      ...[user('SAY first thing'), agent('echo: first thing'), answered],
      ...[MANY, agent(LINES), answered],
      ...[user('TOOL echo hallo; uname'), ['tool', 'Bash: echo hallo; uname'], agent('echo: tool finished'), answered],
    ]);
    expect(told('claude', 'trouble')).toEqual([
      ...[user('SAY first thing'), agent('echo: first thing'), answered],
      ...[user('SLOW 30'), agent(SLOW), cut],
      ...[user('TOOL touch lab-proof'), ['tool', 'Bash: touch lab-proof'], cut],
      ...[user('ERR 400'), cut],
      ...[user('LINES eins | zwei | drei'), agent('echo: eins\nzwei\ndrei'), answered],
    ]);
    expect(told('claude', 'cleared')).toEqual([
      ...[user('/clear'), user('SAY after new'), agent('echo: after new'), answered],
    ]);
  });

  it('of Codex', () => {
    expect(told('codex', 'turns')).toEqual([
      ...[user('SAY first thing'), agent('echo: first thing'), answered],
      ...[MANY, agent(LINES), answered],
      ...[user('TOOL echo hallo; uname'), ['tool', 'exec_command: echo hallo; uname'], agent('echo: tool finished'), answered],
      ...[user('SLOW 30'), cut],
      ...[user('SAY last one'), agent('echo: last one'), answered],
    ]);
    expect(told('codex', 'trouble')).toEqual([
      ...[user('SAY first thing'), agent('echo: first thing'), answered],
      ...[user('SLOW 30'), cut],
      ...[user('TOOL touch lab-proof'), ['tool', 'exec_command: touch lab-proof'], cut],
      ...[user('ERR 400'), cut],
      ...[user('LINES eins | zwei | drei'), agent('echo: eins\nzwei\ndrei'), answered],
    ]);
  }); // prettier-ignore

  it('of Gemini CLI, which tells of no ends but of those without an answer', () => {
    expect(told('gemini', 'turns')).toEqual([
      ...[user('SAY first thing'), agent('echo: first thing'), MANY, agent(LINES)],
      ...[user('TOOL echo hallo; uname'), ['tool', 'run_shell_command: echo hallo; uname'], agent('echo: tool finished')],
      ...[user('SLOW 30'), cut, user('SAY last one'), agent('echo: last one')],
    ]);
    expect(told('gemini', 'trouble')).toEqual([
      ...[user('SAY first thing'), agent('echo: first thing'), user('SLOW 30'), cut],
      ...[user('TOOL touch lab-proof'), ['tool', 'run_shell_command: touch lab-proof'], cut, user('ERR 400'), cut],
      ...[user('LINES eins | zwei | drei'), agent('echo: eins\nzwei\ndrei')],
    ]);
  }); // prettier-ignore

  it('of Qwen Code', () => {
    expect(told('qwen', 'turns')).toEqual([
      ...[user('SAY first thing'), agent('echo: first thing'), answered, MANY, agent(LINES), answered],
      ...[user('TOOL echo hallo; uname'), ['tool', 'run_shell_command: echo hallo; uname'], agent('echo: tool finished'), answered],
      ...[user('SLOW 30'), agent(SLOW), cut, user('SAY last one'), agent('echo: last one'), answered],
    ]);
    expect(told('qwen', 'trouble').slice(3)).toEqual([
      ...[user('SLOW 30'), agent(SLOW), cut],
      ...[user('TOOL touch lab-proof'), ['tool', 'run_shell_command: touch lab-proof'], user('ERR 400')],
      ...[user('LINES eins | zwei | drei'), agent('echo: eins\nzwei\ndrei'), answered],
    ]);
  }); // prettier-ignore

  it('of pi', () => {
    expect(told('pi', 'turns')).toEqual([
      ...[user('SAY first thing'), agent('echo: first thing'), answered, MANY, agent(LINES), answered],
      ...[user('TOOL echo hallo; uname'), ['tool', 'bash: echo hallo; uname'], agent('echo: tool finished'), answered],
      ...[user('SLOW 30'), agent(SLOW), cut, user('SAY last one'), agent('echo: last one'), answered],
    ]);
    expect(told('pi', 'trouble').slice(-5)).toEqual([
      ...[user('ERR 400'), cut, user('LINES eins | zwei | drei'), agent('echo: eins\nzwei\ndrei'), answered],
    ]);
  });

  it('of OpenCode, by its server', () => {
    const messages = opencodeTalk.read(JSON.parse(readFileSync(join(FIXTURES, 'opencode', 'messages.json'), 'utf8')));
    expect(messages.flatMap(({ entries }) => entries.map(shown))).toEqual([
      ...[user('SAY first thing'), agent('echo: first thing'), answered],
      ...[user('LINES Grüße 漢字 | zweite 😀 | ```js | const x = 1; | ```'), agent(LINES), answered],
      ...[user('SLOW 30'), agent(SLOW), cut],
      ...[user('TOOL echo hallo; touch x'), ['tool', 'bash: echo hallo; touch x'], agent('echo: tool finished'), answered],
      ...[user('SAY last one'), agent('echo: last one'), answered],
    ]);
    expect(messages.every(({ isOver, at }) => isOver && at > 1_700_000_000_000)).toBe(true);
  }); // prettier-ignore
});

describe('a first line', () => {
  const meta = (payload: object): unknown => ({
    type: 'session_meta',
    payload: { id: 'a', source: 'cli', ...payload },
  });
  it.each<[string, unknown, boolean]>([
    ['codex', recorded('codex', 'turns')[0], false],
    ['codex', meta({}), true],
    ['codex', meta({ thread_source: 'user' }), true],
    ['codex', meta({ thread_source: 'title' }), false],
    ['codex', meta({ source: { subagent: 'review' } }), false],
    ['codex', { type: 'event_msg', payload: { id: 'a', source: 'cli' } }, false],
    ['gemini', { sessionId: 'a', kind: 'main' }, true],
    ['gemini', { sessionId: 'b' }, false],
    ['gemini', undefined, false],
  ])('of %s says whose it is: %j', (id, line, expected) => {
    expect(builtInProviders.byId(id)!.transcript!.isOf!(line, 'a')).toBe(expected);
  }); // prettier-ignore
});

describe('what is no conversation', () => {
  const ODD = [
    undefined, null, 5, 'text', [], {}, { type: 'user' }, { type: 'assistant', message: {} }, { type: 'user', message: { content: [null, 7, { type: 'text' }] } },
    { type: 'assistant', message: { content: 'x', stop_reason: 'end_turn' } }, { type: 'message', message: { role: 'assistant', content: {} } },
    { type: 'response_item', payload: { type: 'function_call', arguments: '{' } }, { type: 'event_msg', payload: { type: 'task_complete' } }, { id: 'x', type: 'gemini', content: [] },
    { type: 'assistant', message: { parts: [{ functionCall: 3 }, { text: 4 }] } },
  ]; // prettier-ignore
  it.each(['claude', 'codex', 'gemini', 'qwen', 'pi'])('is none to %s', (id) => {
    const { read } = builtInProviders.byId(id)!.transcript!;
    for (const line of ODD) expect(Array.isArray(read(line))).toBe(true);
    expect(ODD.slice(0, 6).flatMap((line) => read(line))).toEqual([]);
  });

  it('is none to OpenCode', () => {
    for (const answer of [undefined, {}, 'x', [null, {}, { info: {} }, { info: { id: 'm', role: 'assistant' }, parts: [{ type: 'tool' }] }]])
      expect(Array.isArray(opencodeTalk.read(answer))).toBe(true);
    expect(opencodeTalk.readList([{ id: 5 }, { id: 'a', parentID: 'b' }, { id: 'c' }])).toEqual([{ id: 'c', title: '', changedAt: 0 }]);
  }); // prettier-ignore
});

it('shows a call as one short line', () => {
  expect(toolLine('Bash', { command: 'echo a\n  b', description: 'it' })).toBe('Bash: echo a b');
  expect(toolLine('shell', { command: ['ls', '-l', 3] })).toBe('shell: ls -l');
  expect(toolLine('Read', { file_path: '/x', limit: 3 })).toBe('Read: /x');
  expect(toolLine('odd', { limit: 3 })).toBe('odd: {"limit":3}');
  expect(toolLine('apply_patch', '*** Begin\nPatch')).toBe('apply_patch: *** Begin Patch');
  expect(toolLine('now', {})).toBe('now');
  const long = toolLine('Bash', { command: `${'x'.repeat(193)}😀${'y'.repeat(100)}` });
  expect([long.length, long.isWellFormed()]).toEqual([203, true]);
});
