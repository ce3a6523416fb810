import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readTold } from '../../../src/agents/told.js';
import { createWorld, until, type World } from '../../support/world.js';

const HOOKS = fileURLToPath(new URL('../../../bin/hooks/', import.meta.url));
const run = promisify(execFile);

let world: World;
let pane: string;
let folder: string;
let count = 0;

beforeAll(async () => {
  world = createWorld();
  await world.tmux('new-session', '-d', '-s', 'hooks', 'sleep 1000');
});
afterAll(() => world.close());
beforeEach(async () => {
  pane = await world.tmux('split-window', '-d', '-P', '-F', '#{pane_id}', '-t', 'hooks:', 'sleep 1000');
  folder = join(world.folder, `an agent ${String(count++)}`);
  mkdirSync(folder);
});
afterEach(() => world.tmux('kill-pane', '-t', pane));

const words = (): string[] => ['/bin/sh', join(HOOKS, 'event.sh'), folder, 'tmux', world.socketPath];
const env = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, TMUX_PANE: pane });

/** Calls it as a hook does, with the payload as input. */
function tell(event: string, payload: string, given: Partial<{ words: string[]; env: NodeJS.ProcessEnv }> = {}): Promise<{ code: number | null; output: string }> {
  const [program = '', ...rest] = given.words ?? words();
  const child = spawn(program, [...rest, event], { env: given.env ?? env() });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(payload);
  return new Promise((resolve) => child.once('close', (code) => { resolve({ code, output }); })); // prettier-ignore
} // prettier-ignore

const option = (name: string): Promise<string> => world.tmux('show-options', '-pqv', '-t', pane, name);
const QUIET = { code: 0, output: '' };

describe('what is called at an event', () => {
  it('keeps the payload as it is, and tells of the event at once', async () => {
    const payload = JSON.stringify({ prompt: `a "b" 'c' $HOME \`id\` $(id)\n${'x'.repeat(100_000)}` });
    const before = Date.now();
    expect(await tell('submitted', payload)).toEqual(QUIET);
    expect(readFileSync(join(folder, 'submitted'), 'utf8')).toBe(payload);
    const told = readTold(await option('@orc_event'));
    expect(told).toMatchObject({ event: 'submitted', turns: 1 });
    expect(Math.abs((told?.at ?? 0) - before)).toBeLessThan(3000);
  });

  it('takes the payload as a word too', async () => {
    const [program = '', ...rest] = words();
    const { stdout, stderr } = await run(program, [...rest, 'noted', '{"a":"b c"}'], { env: env() });
    expect(stdout + stderr).toBe('');
    expect(readFileSync(join(folder, 'noted'), 'utf8')).toBe('{"a":"b c"}');
  });

  it('counts beginnings and ends of turns, and no other event', async () => {
    for (const event of ['started', 'submitted', 'asked', 'replied', 'retrying', 'finished', 'noted', 'submitted', 'failed'])
      await tell(event, '{}');
    expect(readTold(await option('@orc_event'))).toMatchObject({ event: 'failed', turns: 4 });
  }); // prettier-ignore

  it('loses no count where many are called at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => tell('finished', '{}')));
    expect(await option('@orc_turns')).toBe('20');
  });

  it('says nothing and does not fail, whatever is missing', async () => {
    expect(await tell('submitted', '{}', { env: { PATH: process.env.PATH } })).toEqual(QUIET);
    const [shell = '', script = '', , tmux = ''] = words();
    expect(await tell('submitted', '{}', { words: [shell, script, '/no/such/folder', tmux, world.socketPath] })).toEqual(QUIET);
    expect(await option('@orc_turns')).toBe('1');
    expect(await tell('submitted', '{}', { words: [shell, script, folder, tmux, `${world.socketPath}-gone`] })).toEqual(QUIET);
    expect(await tell('submitted', '{}', { words: [shell, script, folder, '/no/tmux', world.socketPath] })).toEqual(QUIET);
    expect(await tell('submitted', 'x'.repeat(2_000_000))).toEqual(QUIET);
    expect(readFileSync(join(folder, 'submitted')).length).toBe(1_000_000);
  }); // prettier-ignore

  it('runs nothing of what another program has put into the options', async () => {
    const proof = join(world.folder, 'ran');
    for (const evil of [`#(touch ${proof})`, `#{E:#(touch ${proof})}`, `1,#(touch ${proof})`, "'; run-shell 'touch ran"]) {
      await world.tmux('set-option', '-p', '-t', pane, '@orc_turns', evil);
      await world.tmux('set-option', '-p', '-t', pane, '@orc_event', evil);
      expect(await tell('submitted', '{}')).toEqual(QUIET);
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(existsSync(proof)).toBe(false);
  }); // prettier-ignore
});

type Handler = (event: Record<string, unknown>, context: Record<string, unknown>) => void;

/** pi, as far as an extension of it sees. */
async function pi(events: string | undefined): Promise<(name: string, event?: Record<string, unknown>) => void> {
  const before = process.env.TMUX_ORC_EVENTS;
  if (events === undefined) delete process.env.TMUX_ORC_EVENTS;
  else process.env.TMUX_ORC_EVENTS = events;
  const handlers = new Map<string, Handler>();
  const module = (await import(pathToFileURL(join(HOOKS, 'pi.mjs')).href)) as { default: (pi: object) => void };
  module.default({ on: (name: string, handler: Handler) => handlers.set(name, handler) });
  if (before === undefined) delete process.env.TMUX_ORC_EVENTS;
  else process.env.TMUX_ORC_EVENTS = before;
  return (name, event = {}) => handlers.get(name)?.(event, { sessionManager: { getSessionId: () => 'a-session' } });
}

describe('the extension of pi', () => {
  const assistant = (text: string, more = {}): object => ({ role: 'assistant', content: [{ type: 'text', text }], ...more });
  const kept = (event: string): unknown => JSON.parse(readFileSync(join(folder, event), 'utf8'));

  it('tells of every turn in its order, with what was said', async () => {
    const [program = '', ...rest] = words();
    const wrapped = ['/usr/bin/env', `TMUX_PANE=${pane}`, program, ...rest];
    const happens = await pi(JSON.stringify(wrapped));
    happens('session_start');
    happens('before_agent_start', { prompt: 'hello' });
    happens('agent_start');
    happens('agent_end', { messages: [{ role: 'user', content: [] }, assistant('first'), assistant('last')] });
    happens('agent_start');
    happens('agent_end', { messages: [assistant('', { stopReason: 'error', errorMessage: 'overloaded' })] });
    await until('all events', async () => (await option('@orc_turns')) === '4');
    expect(readTold(await option('@orc_event'))).toMatchObject({ event: 'failed' });
    expect(['started', 'submitted', 'finished', 'failed'].map(kept)).toEqual([
      ...[{ session_id: 'a-session' }, { message: 'hello' }, { answer: 'last' }, { answer: '', error: 'overloaded' }],
    ]);
  });

  it('does nothing where nobody is to be told', async () => {
    for (const events of [undefined, '', 'no list', '[]']) {
      const happens = await pi(events);
      expect(() => {
        happens('agent_start');
        happens('agent_end');
      }).not.toThrow();
    }
    expect(await option('@orc_turns')).toBe('');
  });
}); // prettier-ignore
