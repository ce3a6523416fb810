import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import { ERROR_CODES } from '../../src/kernel/errors.js';
import { cleanMessage } from '../../src/security/text/message.js';
import { createTmux } from '../../src/tmux/create-tmux.js';
import type { PaneRow } from '../../src/tmux/listing.js';
import { serverAddress } from '../../src/tmux/server-address.js';
import type { OpenOutcome } from '../../src/tmux/model.js';
import type { Tmux } from '../../src/tmux/tmux.js';
import { type Host, legacyHost, modernHost, type ToolResult } from '../support/program.js';
import { type Data, dataOf, UNLIMITED } from '../support/raw-server.js';
import { createWorld, until, type World } from '../support/world.js';

/** Longest answer of tmux (security.timeouts.tmux_ms) with room for a busy machine. */
const TMUX_DEADLINE_MS = 3 * 5000;
/** What a call may end with when the tmux server dies or stands still under it. */
const FAULTS = ['NOT_FOUND', 'TMUX_UNAVAILABLE', 'TMUX_FAILED', 'OUTCOME_UNKNOWN', 'CONFLICT'];

const serverPid = async (world: World): Promise<number> => Number(await world.tmux('display-message', '-p', '#{pid}'));

function expectContractError(result: ToolResult, codes: readonly string[]): void {
  const { error } = dataOf(result);
  expect(codes).toContain(error.code);
  expect(error.retryable).toBe(ERROR_CODES[error.code].retryable);
  expect(error.hint.length).toBeGreaterThan(5);
  expect(result.content[0]?.text).toBe(`${error.code}: ${error.message}\n${error.hint}`);
}

/** Settles with all results, and fails when one takes longer than tmux may. */
async function withinDeadline(calls: readonly Promise<ToolResult>[]): Promise<ToolResult[]> {
  const from = performance.now();
  const results = await Promise.all(calls);
  expect(performance.now() - from).toBeLessThan(TMUX_DEADLINE_MS);
  return results;
}

describe.each([
  ['legacy', legacyHost],
  ['modern', modernHost],
] as const)('the tmux server is killed (%s client)', (_era, connect) => {
  let world: World;
  let host: Host;
  const ok = async (name: string, args: Record<string, unknown> = {}): Promise<Data> => {
    const result = await host.call(name, args);
    if (result.isError === true) throw new Error(`${name}: ${JSON.stringify(dataOf(result).error)}`);
    return dataOf(result);
  };
  beforeAll(async () => {
    world = createWorld({ ...UNLIMITED, ...SOON_AGAIN });
    host = await connect(world);
  });
  afterAll(async () => {
    await host.close();
    await world.close();
  });

  it.each([1, 2, 3])('while calls are in flight, and started again by create_session, round %i', async (round) => {
    await ok('create_session', { name: 'one', command: ['sh', '-c', `echo round-${round}; exec cat`] });
    await until('the text', async () => (await ok('capture_pane', { target: 'one' })).text.includes('round-'));
    const pid = await serverPid(world);
    const calls: [string, Promise<ToolResult>][] = [];
    const start = (name: string, args: Record<string, unknown>): void => {
      calls.push([name, host.call(name, args)]);
    };
    for (let n = 0; n < 15; n++) {
      start('list_sessions', {});
      start('capture_pane', { target: 'one' });
      start('send_keys', { target: 'one', text: `text-${n}`, keys: ['Enter'] });
      start('create_window', { session: 'one', name: `w${n}` });
    }
    await Promise.race(calls.map(([, call]) => call));
    process.kill(pid, 'SIGKILL');
    const results = await withinDeadline(calls.map(([, call]) => call));
    for (const [index, result] of results.entries()) {
      if (result.isError === true) {
        expectContractError(result, FAULTS);
        continue;
      }
      const data = dataOf(result);
      switch (calls[index]?.[0]) {
        case 'list_sessions':
          expect(data.sessions.map(({ name }) => name).filter((name) => name !== 'one')).toEqual([]);
          break;
        case 'capture_pane':
          expect(data.text).toContain(`round-${round}`);
          break;
        default:
          expect(JSON.stringify(data)).toMatch(/%\d/);
      }
    }
    expect((await ok('list_sessions')).sessions).toEqual([]);
    expectContractError(await host.call('capture_pane', { target: 'one' }), ['NOT_FOUND']);
    // Ids begin anew with the new server.
    expect((await ok('create_session', { name: 'two', command: ['cat'] })).session).toEqual({ id: '$0', name: 'two' });
    await ok('send_keys', { target: 'two', text: 'alive', keys: ['Enter'] });
    await until('the text', async () => (await ok('capture_pane', { target: 'two' })).text.includes('alive'));
    await ok('kill_session', { session: 'two' });
    expect((await ok('list_sessions')).sessions).toEqual([]);
  });

  it('by its last session going, again and again, and created again at once', async () => {
    // A server that is just ending cuts off who connects to it, now and then: hence often, and without a command,
    // which would take time to look up.
    for (let n = 0; n < 40; n++) {
      await ok('create_session', { name: 'last' });
      await ok('kill_session', { session: 'last' });
    }
    expect((await ok('list_sessions')).sessions).toEqual([]);
  });

  it('by kill-server between two calls', async () => {
    await ok('create_session', { name: 'one', command: ['cat'] });
    await ok('list_sessions');
    await world.tmux('kill-server');
    expectContractError(await host.call('send_keys', { target: 'one', text: 'x' }), ['NOT_FOUND']);
    expect((await ok('list_sessions')).sessions).toEqual([]);
  });
});

/** A pane whose program writes all that it gets into a file: what arrived, and how often, can be counted. */
async function recorder(world: World, file: string): Promise<{ id: string; got: () => string }> {
  const id = await world.tmux('new-session', '-d', '-P', '-F', '#{pane_id}', '-s', file, '-x', '80', '-y', '24', `stty -echo; echo ready; exec cat > ${file}`); // prettier-ignore
  await until('the recorder', async () => (await world.tmux('capture-pane', '-p', '-t', id)).includes('ready'));
  return { id, got: () => readFileSync(join(world.folder, file), 'utf8') };
}

const countOf = (text: string, part: string): number => text.split(part).length - 1;

/** A server that was held up is asked again soon. */
const SOON_AGAIN = { TMUX_ORC_SECURITY_CIRCUIT_BREAKER_RECOVERY_SECONDS: '1' };

describe('the tmux server stands still (SIGSTOP)', () => {
  let world: World;
  let host: Host;
  let pid = 0;
  beforeAll(async () => {
    world = createWorld({ ...UNLIMITED, ...SOON_AGAIN });
    host = await legacyHost(world);
    await world.tmux('new-session', '-d', '-s', 'one', 'cat');
    pid = await serverPid(world);
  });
  afterEach(() => {
    process.kill(pid, 'SIGCONT');
  });
  afterAll(async () => {
    await host.close();
    await world.close();
  });
  const works = (): Promise<unknown> =>
    until('tmux to answer again', async () => (await host.call('list_sessions')).isError !== true);

  it('ends reads and writes by the deadline, leaves other work alone, and all works after SIGCONT', async () => {
    const { id, got } = await recorder(world, 'before');
    expect((await host.call('list_sessions')).isError).not.toBe(true);
    process.kill(pid, 'SIGSTOP');
    const from = performance.now();
    const reads = ['list_sessions', 'capture_pane', 'send_keys'].map((name) =>
      host.call(
        name,
        name === 'list_sessions' ? {} : { target: id, ...(name === 'send_keys' ? { text: 'lost' } : {}) },
      ),
    );
    const other = await Promise.all([host.listTools(), host.call('list_sessions', { limit: 'x' }), host.call('nope')]);
    const otherAfter = performance.now() - from;
    expect(other.slice(1).map((result) => dataOf(result as ToolResult).error.code)).toEqual(['INVALID_INPUT', 'UNKNOWN_TOOL']); // prettier-ignore
    // The write had not found its pane yet: certainly nothing was sent.
    for (const result of await withinDeadline(reads)) expectContractError(result, ['TMUX_UNAVAILABLE']);
    expect(otherAfter).toBeLessThan(performance.now() - from);
    expect(dataOf(await reads[0]!).error.retry_after_ms).toBeGreaterThan(0);
    process.kill(pid, 'SIGCONT');
    await works();
    const sent = await host.call('send_keys', { target: id, text: 'after', keys: ['Enter'] });
    expect(sent.isError).not.toBe(true);
    await until('the text', () => got() === 'after\n');
  });

  it('gives tmux no more time than the call has, and settles what was open when it is over', async () => {
    const hurried = await legacyHost({ ...world, env: { ...world.env, TMUX_ORC_SECURITY_TIMEOUTS_TOOL_SECONDS: '1' } });
    onTestFinished(() => hurried.close());
    expect((await hurried.call('list_sessions')).isError).not.toBe(true);
    process.kill(pid, 'SIGSTOP');
    const from = performance.now();
    const [read, change] = await Promise.all([
      hurried.call('list_sessions'),
      hurried.call('create_session', { name: 'late' }),
    ]);
    // The call has 1 s, tmux would have 5.
    expect(performance.now() - from).toBeLessThan(3000);
    expectContractError(read, ['TIMEOUT']);
    expectContractError(change, ['OUTCOME_UNKNOWN']);
    const id = dataOf(change).error.details?.outcome_id;
    expect(id).toEqual(expect.any(String));
    process.kill(pid, 'SIGCONT');
    await works();
    const settled = await until('the outcome', async () => {
      const { outcomes } = dataOf(await hurried.call('get_system_status')) as unknown as { outcomes: OpenOutcome[] };
      return outcomes.find((outcome) => outcome.id === id && outcome.state !== 'open');
    });
    const { sessions } = dataOf(await hurried.call('list_sessions'));
    expect(settled.state).toBe(sessions.some(({ name }) => name === 'late') ? 'executed' : 'not_executed');
  });

  it('says of sends in flight what is true: done, not done or unknown, and never does one twice', async () => {
    const { id, got } = await recorder(world, 'during');
    const impatient = await legacyHost({ ...world, env: { ...world.env, TMUX_ORC_SECURITY_TIMEOUTS_TMUX_MS: '1500' } });
    onTestFinished(() => impatient.close());
    // Long enough that the server is in the middle of them when it stops.
    const filler = `${'x'.repeat(999)}\n`.repeat(200);
    const text = (n: number): string => `begin-${n}-\n${filler}end-${n}-`;
    const calls = Array.from({ length: 10 }, (_, n) =>
      impatient.call('send_keys', { target: id, text: text(n), keys: ['Enter'] }),
    );
    await Promise.race(calls);
    process.kill(pid, 'SIGSTOP');
    const results = await withinDeadline(calls);
    process.kill(pid, 'SIGCONT');
    await works();
    for (const result of results)
      if (result.isError === true) expectContractError(result, ['OUTCOME_UNKNOWN', 'TMUX_UNAVAILABLE']);
    expect(results.filter((result) => result.isError === true).length).toBeGreaterThan(0);
    const settled = await until('the sends that are certain', () => {
      const now = got();
      return results.every((result, n) => result.isError === true || now.includes(`end-${n}-`)) ? now : undefined;
    });
    // Whatever may still come has come when this has.
    await host.call('send_keys', { target: id, text: 'last', keys: ['Enter'] });
    const all = await until('the last text', () => (got().endsWith('last\n') ? got() : undefined));
    expect(all.startsWith(settled)).toBe(true);
    for (const [n, result] of results.entries()) {
      const times = countOf(all, text(n));
      expect(countOf(all, `begin-${n}-`)).toBe(times);
      if (result.isError !== true) expect(times).toBe(1);
      else if (dataOf(result).error.code === 'TMUX_UNAVAILABLE') expect(times).toBe(0);
      else expect(times).toBeLessThanOrEqual(1);
    }
  });
});

describe('outcomes that were unknown', () => {
  let world: World;
  let tmux: Tmux;
  let pid = 0;
  beforeAll(async () => {
    world = createWorld();
    await world.tmux('new-session', '-d', '-s', 'one', 'cat');
    pid = await serverPid(world);
    const address = serverAddress({ socketName: world.socketName, socketPath: null, envPassthrough: [], env: world.env }); // prettier-ignore
    tmux = createTmux({ address, timeoutMs: 600, clock: systemClock, jobsFolder: join(world.home, 'jobs') });
  });
  afterEach(() => {
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // The last test kills it.
    }
  });
  afterAll(async () => {
    await tmux.close();
    await world.close();
  });

  const row = async (id: string): Promise<PaneRow> => {
    const { sessions } = await tmux.list();
    return sessions.flatMap(({ windows }) => windows.flatMap(({ panes }) => panes)).find((pane) => pane.id === id)!;
  };
  const connected = (): Promise<unknown> =>
    until('the control connection', async () => {
      await tmux.list();
      return tmux.status().connected;
    });
  const latest = (): OpenOutcome | undefined => tmux.status().outcomes.at(-1);
  const settled = (): Promise<OpenOutcome> =>
    until('the outcome to settle', () => (latest()?.state === 'open' ? undefined : latest()), 15_000);
  const unknown = async (work: () => Promise<unknown>): Promise<void> => {
    const before = tmux.status().outcomes.length;
    process.kill(pid, 'SIGSTOP');
    await expect(work()).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', details: { outcome_id: expect.any(String) } }); // prettier-ignore
    expect(tmux.status().outcomes).toHaveLength(before + 1);
  };

  it('settle after a send: it arrived at most once, and the outcome says whether', async () => {
    const { id, got } = await recorder(world, 'sent');
    await connected();
    const pane = await row(id);
    await unknown(() => tmux.send(pane, { text: cleanMessage('unknown', 1000).text, keys: [] }));
    expect(latest()).toMatchObject({ operation: 'send', target: id, state: 'open' });
    process.kill(pid, 'SIGCONT');
    const { state } = await settled();
    await world.tmux('send-keys', '-t', id, 'Enter');
    const all = await until('the end of the line', () => (got().endsWith('\n') ? got() : undefined));
    expect(all).toBe(state === 'executed' ? 'unknown\n' : '\n');
    expect(['executed', 'not_executed']).toContain(state);
  });

  it('settle after a rename and a kill', async () => {
    const renamed = await recorder(world, 'renamed');
    await connected();
    const { sessions } = await tmux.list();
    const session = sessions.find(({ name }) => name === 'renamed')!;
    await unknown(() => tmux.renameSession(session.id, 'other' as never));
    process.kill(pid, 'SIGCONT');
    const first = await settled();
    expect(first.operation).toBe('rename-session');
    const name = await world.tmux('display-message', '-p', '-t', renamed.id, '#{session_name}');
    expect(name).toBe(first.state === 'executed' ? 'other' : 'renamed');

    await unknown(() => tmux.killSession(session.id));
    process.kill(pid, 'SIGCONT');
    const second = await settled();
    const left = await world.tmux('list-sessions', '-F', '#{session_id}');
    expect(left.split('\n').includes(session.id)).toBe(second.state !== 'executed');
  });

  it('settle after a session was to be created', async () => {
    await connected();
    const spec = { name: 'made', cwd: world.folder, command: ['cat'] };
    await unknown(() => tmux.createSession(spec as never));
    process.kill(pid, 'SIGCONT');
    const { operation, state } = await settled();
    expect(operation).toBe('create_session');
    const names = await world.tmux('list-sessions', '-F', '#{session_name}');
    expect(names.split('\n').includes('made')).toBe(state === 'executed');
  });

  it('do not stay open when the server never answers again', async () => {
    const { id } = await recorder(world, 'never');
    await connected();
    const pane = await row(id);
    await unknown(() => tmux.send(pane, { text: cleanMessage('unknown', 1000).text, keys: [] }));
    process.kill(pid, 'SIGKILL');
    // What it left went with the server: nobody can tell any more.
    expect((await settled()).state).not.toBe('open');
    expect((await tmux.list()).sessions).toEqual([]);
  });
});
