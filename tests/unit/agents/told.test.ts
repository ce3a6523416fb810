import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OwnEvidence, ownEvidence } from '../../../src/agents/own-evidence.js';
import type { AgentRecord } from '../../../src/agents/records.js';
import { factsOf, readTold, type Told, toldEvidence } from '../../../src/agents/told.js';
import { EVENTS, type EventName } from '../../../src/providers/events.js';
import { builtInProviders } from '../../../src/providers/index.js';
import type { PaneRow } from '../../../src/tmux/listing.js';

const NOW = { mono: 50_000, wall: 1_800_000_000_000 };
const HOOK = { source: 'hook', fields: { message: 'prompt', error: 'error' } } as const;
const event = (name: EventName, agoMs = 0, turns = 1): Told => ({ event: name, turns, at: NOW.wall - agoMs });

describe('the option that tells of an event', () => {
  it('is read as the script sets it', () => {
    expect(readTold('12 finished 1800000000123')).toEqual({ turns: 12, event: 'finished', at: 1_800_000_000_123 });
    expect(EVENTS.map((name) => readTold(`0 ${name} 1800000000000`)?.event)).toEqual(EVENTS);
  });

  it.each([undefined, '', '1', 'submitted', '1 submitted', ' submitted 1800000000000', '-1 submitted 1800000000000', '1 Submitted 1800000000000', '1 constructor 1800000000000', '1 submitted 18e11', '1 submitted 1800000000000 ', '1 submitted 1800000000000\n', '1\nsubmitted 1800000000000', '1 submitted 1800000000000 x', '٣ submitted 1800000000000', '1234567890 submitted 1800000000000', '1 submitted 18000000000000000'])('is no event where it is %j', (option) => {
    expect(readTold(option)).toBeUndefined();
  }); // prettier-ignore

  it('is an event or none, whatever stands there', () => {
    const digits = fc.stringMatching(/^[0-9]{0,20}$/);
    const blank = fc.constantFrom(' ', ' ', '  ', '\t', '');
    const near = fc.tuple(digits, blank, fc.constantFrom(...EVENTS, 'toString', '__proto__'), digits);
    const nearly = near.map(([turns, between, name, at]) => `${turns}${between}${name} ${at}`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), nearly), (option) => {
        const told = readTold(option);
        if (told === undefined) return;
        expect(EVENTS).toContain(told.event);
        expect(option.split(' ')).toEqual([expect.any(String), told.event, expect.any(String)]);
        expect(Number.isInteger(told.turns) && told.turns >= 0 && told.turns < 1e9).toBe(true);
        expect(told.at >= 0 && told.at < 1e16).toBe(true);
        const [evidence] = toldEvidence(told, HOOK, NOW);
        expect(evidence === undefined || (evidence.at <= NOW.mono && Number.isFinite(evidence.at))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what an event says', () => {
  it.each<[EventName, string]>([
    ['started', 'idle'],
    ['submitted', 'working'],
    ['finished', 'idle'],
    ['failed', 'error'],
  ])('is by %s that it is %s, since then', (name, says) => {
    const at = NOW.mono - 1234;
    const told = { ...event(name, 1234), turns: name === 'started' ? 0 : 3 };
    expect(toldEvidence(told, HOOK, NOW)).toEqual([{ source: 'hook', says, rule: name, at, since: at }]);
  });

  it('is nothing by what says nothing, by none, and by one that has yet to come', () => {
    expect(toldEvidence(event('noted'), HOOK, NOW)).toEqual([]);
    // A conversation that begins anew in a turn was made shorter.
    expect(toldEvidence({ ...event('started'), turns: 1 }, HOOK, NOW)).toEqual([]);
    expect(toldEvidence(undefined, HOOK, NOW)).toEqual([]);
    expect(toldEvidence(event('submitted', -1), HOOK, NOW)).toEqual([]);
    expect(toldEvidence(event('submitted', -3_600_000), HOOK, NOW)).toEqual([]);
    expect(toldEvidence(event('submitted', 0), HOOK, NOW)).toMatchObject([{ at: NOW.mono }]);
  });
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(process.env.TMUX_TMPDIR!, 'told-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const put = (name: string, content: string | object): void => {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
};

describe('the payload of an event', () => {
  const hooked = [
    { session_id: 'a', prompt: 'b', last_assistant_message: 'c', error: 'rate_limit' },
    { sessionId: 'a', message: 'b', answer: 'c', error: 'c', kind: 'rate_limit' },
  ] as const;
  it.each([
    ['claude', ...hooked],
    ['qwen', ...hooked],
    ['codex', { 'thread-id': 'a', 'input-messages': ['b'], 'last-assistant-message': 'c', error: 'd' }, { sessionId: 'a', message: 'b', answer: 'c' }],
    ['pi', { session_id: 'a', message: 'b', answer: 'c', error: 'd' }, { sessionId: 'a', message: 'b', answer: 'c', error: 'd' }],
  ])('has facts by the names that %s gives them', (id, payload, facts) => {
    put('finished', payload);
    expect(factsOf(folder, 'finished', builtInProviders.byId(id)!.events!)).toEqual(facts);
  }); // prettier-ignore

  it.each(['', '{', '[]', '"text"', 'null', '5', '{}', '{"prompt":5,"error":null}', '{"prompt":"","error":["a"]}', `{"prompt":"${'x'.repeat(1_000_000)}"}`])('has none where it is %.30j', (content) => {
    put('submitted', content);
    expect(factsOf(folder, 'submitted', HOOK)).toEqual({});
  }); // prettier-ignore

  it('has none where it is no plain file, and is not waited for', () => {
    mkdirSync(join(folder, 'started'));
    execFileSync('mkfifo', [join(folder, 'submitted')]);
    put('secret', { prompt: 'elsewhere' });
    symlinkSync(join(folder, 'secret'), join(folder, 'finished'));
    for (const name of ['started', 'submitted', 'finished', 'failed'] as const)
      expect(factsOf(folder, name, HOOK)).toEqual({});
  });
});

describe('what an agent says of itself', () => {
  const record: AgentRecord = {
    ...{ provider: 'qwen', panePid: process.pid, isAlone: true, isReady: true, readyBy: 0 },
    ...{ isOpen: false, state: 'idle', since: 0, seq: 0 },
  };
  const qwen = builtInProviders.byId('qwen')!;
  const said = (agentEvent: string | undefined, more: Partial<AgentRecord> = {}): Promise<OwnEvidence> =>
    ownEvidence(qwen, { ...record, folder, ...more }, { agentEvent } as PaneRow, NOW);
  const at = String(NOW.wall - 100);
  const nothing = { evidence: [], told: undefined, text: undefined, sessionId: undefined };

  it('is its last event, and what it tells of an error', async () => {
    put('failed', { error: 'server_error', last_assistant_message: 'it broke', session_id: 'own-id' });
    expect(await said(`3 failed ${at}`)).toMatchObject({
      ...{ text: 'it broke', told: { turns: 3 }, sessionId: 'own-id' },
      evidence: [{ source: 'hook', says: 'error', rule: 'failed' }],
    });
    put('failed', { error: 'rate_limit' });
    expect(await said(`3 failed ${at}`)).toMatchObject({ text: 'rate_limit', evidence: [{ says: 'rate_limited' }] });
    expect((await said(`4 submitted ${at}`)).text).toBeUndefined();
    expect(await said(undefined)).toEqual(nothing);
  });

  it('is no error of before where the new one has none', async () => {
    put('failed', { last_assistant_message: 'of before' });
    put('failed', {});
    expect(await said(`4 failed ${at}`)).toMatchObject({ text: undefined, evidence: [{ says: 'error' }] });
  });

  it('is no name of its conversation that could be read as anything else', async () => {
    for (const id of ['--help', '../x', 'a b', '', 'x'.repeat(200), '$(touch x)']) {
      put('finished', { session_id: id });
      expect((await said(`2 finished ${at}`, { sessionId: 'known' })).sessionId).toBe('known');
    }
  });

  it('is nothing by what another one has left in the pane before it was adopted', async () => {
    expect(await said(`7 submitted ${at}`, { folder: undefined })).toEqual(nothing);
  });
});
