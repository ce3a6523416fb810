import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { factsOf, readTold } from '../../../src/agents/told.js';
import { pi as provider } from '../../../src/providers/pi.js';
import { createWorld, until, type World } from '../../support/world.js';

const MODULES = fileURLToPath(new URL('../../../bin/hooks', import.meta.url));
const { default: extension } = (await import(join(MODULES, 'pi.mjs'))) as { default: (pi: object) => void };

type Listener = (payload: object, context: object) => void;

/** What stands for pi: it keeps who listens, and tells them of an event. */
function createPi(): { readonly emit: (event: string, payload?: object, context?: object) => void } {
  const listeners = new Map<string, Listener>();
  extension({ on: (event: string, listener: Listener) => listeners.set(event, listener) });
  return { emit: (event, payload = {}, context = {}) => listeners.get(event)?.(payload, context) };
}

const said = (answer: string, more: object = {}): object => ({
  role: 'assistant',
  content: [{ type: 'thinking', thinking: 'hm' }, { type: 'text', text: answer }, { type: 'toolCall', name: 'bash' }], // prettier-ignore
  ...more,
});

let world: World;
let pane: string;
let folder: string;
let log: string;
beforeAll(() => {
  world = createWorld();
});
beforeEach(async () => {
  folder = mkdtempSync(join(world.home, 'agent '));
  log = join(folder, 'log');
  pane = await world.tmux('new-session', '-d', '-P', '-F', '#{pane_id}', 'sleep 600');
  // The first event takes longest: were they told at once, it would come last.
  const slow = join(folder, 'tmux');
  const script = `[ -e "${log}" ] || { : >"${log}"; sleep 0.3; }\nfor word; do :; done\necho "$word" >>"${log}"\nexec tmux "$@"`;
  writeFileSync(slow, `#!/bin/sh\n${script}\n`);
  chmodSync(slow, 0o755);
  mkdirSync(join(folder, 'told'));
  vi.stubEnv('TMUX_PANE', pane);
  const words = ['/bin/sh', join(MODULES, 'event.sh'), join(folder, 'told'), slow, world.socketPath];
  vi.stubEnv('TMUX_ORC_EVENTS', JSON.stringify(words));
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => world.close());

const told = async (): Promise<unknown> => {
  const event = readTold(await world.tmux('display-message', '-p', '-t', pane, '#{@orc_event}'));
  return event && [event.turns, event.event];
};
const becomes = (...last: [number, string]): Promise<unknown> =>
  until(JSON.stringify(last), async () => JSON.stringify(await told()) === JSON.stringify(last));
const facts = (event: 'started' | 'submitted' | 'finished' | 'failed'): unknown =>
  factsOf(join(folder, 'told'), event, provider.events!);

describe('the extension of pi', () => {
  it('tells of a turn, in order, what was asked and what was answered', async () => {
    const { emit } = createPi();
    emit('session_start', {}, { sessionManager: { getSessionId: () => 'the-id' } });
    emit('before_agent_start', { prompt: 'do "it"\nnow' });
    emit('agent_start');
    emit('agent_end', { messages: [{ role: 'user', content: 'do it' }, said('not this'), said('done'), { role: 'toolResult' }] });
    await becomes(2, 'finished');
    const order = readFileSync(log, 'utf8').trim().split('\n').map((line) => line.split(' ')[1]);
    expect(order).toEqual(['started', 'submitted', 'finished']);
    expect([facts('started'), facts('submitted'), facts('finished')]).toEqual([
      ...[{ sessionId: 'the-id' }, { message: 'do "it"\nnow' }, { answer: 'done' }],
    ]);
  }); // prettier-ignore

  it('tells of an error with its text, and goes on', async () => {
    const { emit } = createPi();
    emit('agent_start');
    emit('agent_end', { messages: [said('so far', { stopReason: 'error', errorMessage: '429 slow down' })] });
    await becomes(2, 'failed');
    expect(facts('failed')).toEqual({ answer: 'so far', error: '429 slow down' });
    emit('agent_start');
    await becomes(3, 'submitted');
  });

  it.each([
    ['interrupted', { messages: [said('half', { stopReason: 'aborted' })] }],
    ['without an answer', { messages: [{ role: 'user', content: 'x' }] }],
    ['answered by no list', { messages: [{ role: 'assistant', content: 'x' }] }],
    ['without messages', {}],
  ])('takes a turn that is %s for finished, with no answer', async (_what, end) => {
    const { emit } = createPi();
    emit('agent_start');
    emit('agent_end', end);
    await becomes(2, 'finished');
    expect(facts('finished')).toEqual({});
  });

  it('takes a large answer along', async () => {
    const { emit } = createPi();
    emit('agent_end', { messages: [said('x'.repeat(500_000))] });
    await becomes(1, 'finished');
    expect(facts('finished')).toEqual({ answer: 'x'.repeat(500_000) });
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['no JSON', '['],
    ['no list', '{"a":1}'],
    ['a number', '5'],
    ['nothing in a list', '[]'],
    ['what are no words', '[{"a":1},null]'],
    ['an empty program', '["","a"]'],
    ['a program that is not there', '["/nowhere/sh"]'],
    ['a word that no process takes', '["/bin/sh","a\\u0000b"]'],
    ['a word that is too long', JSON.stringify(['/bin/sh', 'x'.repeat(200_000)])],
    ['a program that reads nothing', '["/bin/true"]'],
  ])('does no harm where it is told by %s', async (_what, words) => {
    const failed = vi.fn();
    process.on('unhandledRejection', failed);
    try {
      vi.stubEnv('TMUX_ORC_EVENTS', words);
      const { emit } = createPi();
      emit('session_start');
      emit('agent_start');
      emit('agent_end', { messages: [said('x'.repeat(200_000))] });
      // As long as a few processes take, one after the other.
      await sleep(150);
      expect(failed).not.toHaveBeenCalled();
      expect(await told()).toBeUndefined();
    } finally {
      process.off('unhandledRejection', failed);
    }
  });
});
