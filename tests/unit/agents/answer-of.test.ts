import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { answerOf, type AnswerSources } from '../../../src/agents/read.js';
import type { AgentRecord } from '../../../src/agents/records.js';
import { findPane, type Observed } from '../../../src/agents/service.js';
import { OrcError } from '../../../src/kernel/errors.js';
import { builtInProviders } from '../../../src/providers/index.js';
import { ownDirectory } from '../../../src/security/text/directory.js';
import { sessionName } from '../../../src/security/text/names.js';
import type { ManagedAgent } from '../../../src/store/managed-agents.js';
import { createFakeTmux, type FakeTmux } from '../../support/fake-tmux.js';

let folder: string;
let tmux: FakeTmux;
let agent: ManagedAgent;
let observed: Observed;

beforeEach(async () => {
  folder = mkdtempSync(join(process.env.TMUX_TMPDIR!, 'answer-'));
  tmux = createFakeTmux();
  const cwd = await ownDirectory({ allowedPaths: ['/'], maxPathChars: 1024, home: '/', own: '/' });
  const { pane } = await tmux.createSession({ name: sessionName('s'), cwd, command: ['claude'] });
  agent = {
    name: 'a',
    pane: pane.id,
    panePid: pane.pid,
    server: pane.server,
    since: 1,
  } as Partial<ManagedAgent> as ManagedAgent;
  const record: AgentRecord = {
    ...{
      provider: 'claude',
      panePid: pane.pid,
      isAlone: true,
      isReady: true,
      readyBy: 0,
      isOpen: false,
      state: 'idle',
    },
    ...{ since: 0, seq: 2, folder },
  };
  const verdict = { state: 'idle' as const, confidence: 1, winner: undefined, runnerUp: undefined };
  const found = findPane(await tmux.list(), pane.id, pane.server.pid);
  observed = {
    facts: {} as Observed['facts'],
    look: { verdict, evidence: [], lines: [] },
    record,
    found,
    isOpen: false,
  };
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const ask = (more: Partial<Observed> = {}, port: Partial<FakeTmux> = {}): ReturnType<typeof answerOf> => {
  const providers = (): Promise<typeof builtInProviders> => Promise.resolve(builtInProviders);
  const sources = { tmux: { ...tmux, ...port }, providers, signal: new AbortController().signal };
  return answerOf(sources as unknown as AnswerSources, agent, { ...observed, ...more });
};
const failing = (error: Error): Partial<FakeTmux> => ({ lastLines: () => Promise.reject(error) });

it('is what the agent has said last, or nothing that is known', async () => {
  expect(await ask()).toBeUndefined();
  writeFileSync(join(folder, 'finished'), JSON.stringify({ last_assistant_message: 'said' }));
  expect(await ask()).toMatchObject({ text: 'said', source: 'hook', complete: true });
  expect(await ask({ isOpen: true })).toMatchObject({ text: 'said', complete: false });
  expect(await ask({ record: { ...observed.record, provider: 'gone' } })).toBeUndefined();
});

it('is nothing to whoever may not read its pane, and of one whose pane is gone', async () => {
  writeFileSync(join(folder, 'finished'), JSON.stringify({ last_assistant_message: 'said' }));
  expect(await ask({}, failing(new OrcError('DENIED', 'no', { hint: 'no' })))).toBeUndefined();
  expect(await ask({}, failing(new OrcError('NOT_FOUND', 'gone', { hint: 'no' })))).toBeUndefined();
  expect(await ask({ found: undefined })).toBeUndefined();
  await expect(ask({}, failing(new OrcError('TMUX_UNAVAILABLE', 'no', { hint: 'no' })))).rejects.toThrow();
});
