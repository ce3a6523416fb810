import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type AppCall,
  createDispatcher,
  type Dispatcher,
  type DispatchRequest,
  type DispatchResult,
} from '../../../src/app/dispatcher.js';
import { unmanagedCaller } from '../../../src/app/identity/identities.js';
import { createApp } from '../../../src/app/create-app.js';
import { OrcError } from '../../../src/kernel/errors.js';
import { createJsonLogger } from '../../../src/kernel/logger.js';
import { defineOperation, type Operation, type OperationContext } from '../../../src/operations/define-operation.js';
import { operations } from '../../../src/operations/index.js';
import type { Layer } from '../../../src/security/ring.js';
import type { Tmux } from '../../../src/tmux/tmux.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import { createFakeTmux } from '../../support/fake-tmux.js';

const HOST = { id: 'host:x', role: 'host' } as const;
const clock = { now: () => 1_700_000_000_000, mono: () => 5 };
let log: string[] = [];
beforeEach(() => {
  log = [];
});

function echo(handle: Operation['handle']): Operation {
  return defineOperation({
    ...{ name: 'echo', title: 'Echo', description: 'Gives back', toolset: 'tmux', effect: 'read' },
    cli: { path: ['x', 'echo'], positional: [] },
    input: z.object({ text: z.string().default('none') }),
    output: z.object({ text: z.string() }),
    handle: handle as never,
    view: ({ text }) => ({ summary: `It said ${text}.` }),
  });
}

function dispatcherOf(
  handle: Operation['handle'],
  outer: Layer<AppCall>[] = [],
  inner: Layer<AppCall>[] = [],
): Dispatcher {
  return createDispatcher({
    ...{ outer, inner, clock, permits: () => true },
    callerOf: async (request) => unmanagedCaller(request),
    operations: (surface) => (surface === 'mcp' ? [echo(handle)] : []),
    context: (call) => ({ signal: call.signal, progress: call.progress }) as OperationContext,
    logger: createJsonLogger((line) => log.push(line), 'debug'),
  });
}
const request = (more: Partial<DispatchRequest> = {}): DispatchRequest => ({
  name: 'echo',
  args: {},
  surface: 'mcp',
  ...more,
});

describe('createDispatcher', () => {
  it('gives data, its view and the facts of the call', async () => {
    const dispatcher = dispatcherOf(async (_, input) => ({ text: (input as { text: string }).text }));
    expect(await dispatcher.dispatch(request({ args: { text: 'hi' } }))).toEqual({
      ok: true,
      data: { text: 'hi' },
      view: { summary: 'It said hi.' },
      meta: { correlationId: expect.stringMatching(/^018bcfe5-6800-7/), durationMs: 0 },
    });
    expect(await dispatcher.dispatch(request())).toMatchObject({ data: { text: 'none' } });
    expect(log).toEqual([]);
  });

  it('lets the outer ring see every call as it came, and the inner ring only known ones that fit', async () => {
    const seen: unknown[] = [];
    const watch =
      (ring: string): Layer<AppCall> =>
      (call, next) => {
        seen.push([ring, call.name, call.args, call.operation?.name, call.malformed?.message]);
        return next(call);
      };
    const { dispatch } = dispatcherOf(async () => ({ text: 'x' }), [watch('outer')], [watch('inner')]);
    await dispatch(request({ args: { text: 'a' } }));
    await dispatch(request({ args: { text: 5 } }));
    await dispatch(request({ name: 'nothing', args: 'raw' }));
    await dispatch(request({ name: undefined, malformed: new OrcError('INVALID_INPUT', 'bad') }));
    await dispatch(request({ surface: 'cli' }));
    expect(seen).toEqual([
      ['outer', 'echo', { text: 'a' }, 'echo', undefined],
      ['inner', 'echo', { text: 'a' }, 'echo', undefined],
      ['outer', 'echo', { text: 5 }, 'echo', undefined],
      ['outer', 'nothing', 'raw', undefined, undefined],
      ['outer', undefined, {}, undefined, 'bad'],
      ['outer', 'echo', {}, undefined, undefined],
    ]);
  });

  it('refuses what it does not offer on that surface', async () => {
    const { dispatch, operations: offered } = dispatcherOf(async () => ({ text: 'x' }));
    for (const given of [
      { name: 'nothing' },
      { name: undefined },
      { surface: 'cli' as const },
      { name: '__proto__' },
      { name: 'constructor' },
    ])
      expect(await dispatch(request(given))).toMatchObject({ ok: false, error: { code: 'UNKNOWN_TOOL' } });
    expect([offered('mcp', HOST).map(({ name }) => name), offered('cli', HOST)]).toEqual([['echo'], []]);
  });

  it.each([
    ['a handler', [], []],
    ['an outer layer', [(): never => { throw new OrcError('CONFLICT', 'Taken.', { hint: 'Other.', retryAfterMs: 5 }); }], []],
    ['an inner layer', [], [(): never => { throw new OrcError('CONFLICT', 'Taken.', { hint: 'Other.', retryAfterMs: 5 }); }]],
  ] as [string, Layer<AppCall>[], Layer<AppCall>[]][])('gives the error of %s in its form', async (_, outer, inner) => {
    const failing = async (): Promise<never> => {
      throw new OrcError('CONFLICT', 'Taken.', { hint: 'Other.', retryAfterMs: 5 });
    };
    const result = await dispatcherOf(failing, outer, inner).dispatch(request());
    const error = { code: 'CONFLICT', message: 'Taken.', hint: 'Other.', retryable: false, retry_after_ms: 5 };
    expect(result).toEqual({ ok: false, error: { ...error, correlation_id: result.meta.correlationId }, meta: result.meta });
    expect(log).toEqual([]);
  }); // prettier-ignore

  it.each<Error>([new Error('secret text'), 'secret text' as never, undefined as never])(
    'tells nobody but the log of an unexpected %s',
    async (thrown) => {
      const result = await dispatcherOf(async () => Promise.reject(thrown)).dispatch(request());
      expect(result).toMatchObject({
        ok: false,
        error: { code: 'INTERNAL', correlation_id: result.meta.correlationId },
      });
      expect(JSON.stringify(result)).not.toContain('secret');
      expect(log).toHaveLength(1);
      expect(JSON.parse(log[0] ?? '')).toMatchObject({
        level: 'error',
        operation: 'echo',
        correlation_id: result.meta.correlationId,
      });
      if (thrown instanceof Error) expect(log[0]).toContain('secret text');
    },
  );

  it('hands signal and progress to the handler', async () => {
    const said: [number, string][] = [];
    const controller = new AbortController();
    const { dispatch } = dispatcherOf(async (context) => {
      context.progress(1, 'half');
      controller.abort();
      return { text: String(context.signal.aborted) };
    });
    const result = await dispatch(
      request({ signal: controller.signal, progress: (done, text) => said.push([done, text]) }),
    );
    expect([result, said]).toMatchObject([{ data: { text: 'true' } }, [[1, 'half']]]);
  });
});

describe('the whole program over a tmux in memory', () => {
  const open = (
    tmux: Tmux = createFakeTmux(),
    env: Record<string, string> = {},
  ): ((name: string, args?: unknown) => Promise<DispatchResult>) => {
    const cwd = process.env.TMUX_TMPDIR ?? '/tmp';
    const stateOfServer = createMemoryStore();
    const app = createApp({
      tmux,
      cwd,
      clock,
      flags: {},
      env: {
        ...{ HOME: cwd, TMUX_ORC_SECURITY_RATE_LIMIT_ENABLED: 'false', TMUX_ORC_SECURITY_AUDIT_ENABLED: 'false' },
        TMUX_ORC_MONITORING_ENABLED: 'false',
        ...env,
      },
      stores: { user: createMemoryStore(), server: () => stateOfServer, found: () => stateOfServer, all: () => [] },
      writeLog: (line) => log.push(line),
    });
    return async (name, args = {}) => (await app).dispatcher.dispatch({ name, args, surface: 'mcp' });
  };

  it('runs every operation there is', async () => {
    const call = open();
    const steps: [string, object, object][] = [
      ['list_sessions', {}, { data: { sessions: [] }, view: { summary: 'No sessions.' } }],
      [
        'create_session',
        { name: 'a.b', command: ['receiver'] },
        { data: { session: { id: '$0', name: 'a_b' }, pane: { id: '%0' } } },
      ],
      ['create_window', { session: 'a.b', name: 'w 1' }, { data: { window: { id: '@1', index: 1, name: 'w 1' } } }],
      ['split_pane', { target: '%0', direction: 'right' }, { data: { pane: { id: '%2' } } }],
      ['rename_session', { session: '$0', new_name: 'c' }, { data: { session: { id: '$0', name: 'c' } } }],
      ['rename_window', { window: 'c:1', new_name: 'd' }, { data: { window: { id: '@1', index: 1, name: 'd' } } }],
      [
        'send_keys',
        { target: '%0', text: 'a\x1b[31m\x07b', keys: ['enter'] },
        { data: { bytes_sent: 2, removed: { escapes: 1, controls: 1, hidden: 0 } } },
      ],
      ['capture_pane', { target: '%0' }, { data: { text: '', line_count: 0, truncated: false } }],
      [
        'list_sessions',
        { detail: 'panes', session: 'c' },
        { data: { sessions: [{ name: 'c', windows: [{ panes: [{ id: '%0' }, { id: '%2' }] }, {}] }] } },
      ],
      ['adopt_agent', { target: '%2', name: 'bob', provider: 'codex' }, { data: { agent: { state: 'exited' } } }],
      [
        'list_agents',
        {},
        {
          data: {
            agents: [{ name: 'bob', pane: '%2' }],
          },
        },
      ],
      [
        'get_agent_status',
        { agent: 'bob' },
        { data: { state: 'exited', evidence: [{ rule: 'shell_in_foreground' }] } },
      ],
      ['read_agent', { agent: 'bob' }, { data: { text: '', source: 'none', complete: false, state: 'exited' } }],
      [
        'send_message',
        { agent: 'bob', message: 'x' },
        { data: { receipt: { state: 'refused', reason: 'agent_ended' } } },
      ],
      [
        'broadcast_message',
        { agents: ['bob'], message: 'y' },
        { data: { receipts: [{ agent: 'bob', state: 'refused' }] } },
      ],
      ['read_inbox', { agent: 'bob' }, { data: { messages: [{ body: 'x', state: 'refused' }, { body: 'y' }] } }],
      ['wait_for_agents', { agents: ['bob'], until: 'exited' }, { data: { outcome: 'met', pending: [] } }],
      ['interrupt_agent', { agent: 'bob' }, { data: { pressed: [], agent: { state: 'exited' } } }],
      ['kill_agent', { agent: 'bob' }, { data: { agent: { name: 'bob', state: 'exited' } } }],
      ['kill_pane', { target: '%2' }, { data: { killed: { id: '%2' } }, view: { summary: 'Killed pane %2.' } }],
      ['kill_window', { window: 'c:d' }, { data: { killed: { id: '@1', index: 1, name: 'd' } } }],
      ['kill_session', { session: 'c' }, { data: { killed: { id: '$0', name: 'c' }, agents: [] } }],
    ];
    for (const [name, args, expected] of steps)
      expect(await call(name, args), name).toMatchObject({ ok: true, ...expected });
    // Streams and shells are beyond a fake.
    const status = ['get_system_status', 'get_security_status'];
    const agents = ['spawn_agent', 'answer_prompt', 'restart_agent'];
    const real = ['run_command', 'get_job', 'cancel_job', 'wait_for_output', 'search_panes', ...agents, ...status];
    const expected = operations.map(({ name }) => name).filter((name) => !real.includes(name));
    expect(new Set(steps.map(([name]) => name))).toEqual(new Set(expected));
  });

  it('suggests only what it offers', async () => {
    const message = async (env: Record<string, string>): Promise<unknown> => {
      const result = await open(createFakeTmux(), env)('kill_pan');
      return result.ok ? undefined : result.error.message;
    };
    expect(await message({})).toBe('There is no tool "kill_pan". Did you mean "kill_pane"?');
    expect(await message({ TMUX_ORC_MCP_READ_ONLY: 'true' })).toBe('There is no tool "kill_pan".');
  });

  it('types what was asked for into the pane', async () => {
    const tmux = createFakeTmux();
    const call = open(tmux);
    await call('create_session', { name: 's', command: ['receiver'] });
    await call('send_keys', { target: 's', text: 'echo hi;\r\nagain', keys: ['enter', 'C-c'] });
    const [row] = (await tmux.list()).sessions[0]!.windows[0]!.panes;
    expect((await tmux.outside.received(row!, 0)).toString()).toBe('echo hi;\nagain\r\x03');
  });

  it.each([
    ['list_session', {}, 'UNKNOWN_TOOL'],
    ['capture_pane', {}, 'INVALID_INPUT'],
    ['capture_pane', { target: '%7' }, 'NOT_FOUND'],
    ['capture_pane', { target: '=s' }, 'INVALID_INPUT'],
    ['create_session', { name: '#(id)' }, 'INVALID_INPUT'],
    ['create_session', { name: 'x', cwd: '/etc' }, 'INVALID_INPUT'],
    ['create_session', { name: 'x', env: { PATH: '/x' } }, 'INVALID_INPUT'],
    ['send_keys', { target: 's' }, 'INVALID_INPUT'],
    ['kill_window', { window: 's' }, 'INVALID_INPUT'],
    ['list_sessions', { cursor: 'zz' }, 'INVALID_INPUT'],
  ])('refuses %s %j with %s', async (name, args, code) => {
    const call = open();
    await call('create_session', { name: 's' });
    const result = await call(name, args);
    expect(result).toMatchObject({ ok: false, error: { code, correlation_id: result.meta.correlationId } });
  });

  it('filters what programs wrote, bounds it, and keeps colours only when asked to', async () => {
    const tmux = createFakeTmux();
    const lines = [
      '\x1b[31mred\x1b[0m\x1b]0;t\x07',
      ...Array.from({ length: 40 }, (_, index) => `${'x'.repeat(90)}${String(index)}`),
    ];
    const call = open(
      {
        ...tmux,
        capture: async (_id, { lines: count }) => ({
          lines: lines.slice(-count),
          truncated: false,
          cursor: '',
          cursorBelow: true,
          lineEnded: false,
          linesMissed: 0,
        }),
      },
      { TMUX_ORC_MCP_MAX_RESULT_BYTES: '3000' },
    );
    await call('create_session', { name: 's' });
    const cut = await call('capture_pane', { target: 's' });
    expect(cut).toMatchObject({ ok: true, data: { truncated: true, stripped_sequences: 0, line_count: 10 } });
    const whole = open({
      ...tmux,
      capture: async (_id, { lines: count }) => ({
        lines: lines.slice(-count),
        truncated: false,
        cursor: '',
        cursorBelow: true,
        lineEnded: false,
        linesMissed: 0,
      }),
    });
    expect(await whole('capture_pane', { target: 's' })).toMatchObject({
      data: { text: expect.stringMatching(/^red\nxxx/) },
    });
    expect(await whole('capture_pane', { target: 's', ansi: true })).toMatchObject({
      data: { text: expect.stringContaining('\x1b[31mred\x1b[0m\nxxx') },
    });
  });

  it('shows an unexpected failure of tmux to nobody', async () => {
    const call = open({ ...createFakeTmux(), list: () => Promise.reject(new Error('secret')) });
    const result = await call('list_sessions');
    expect(result).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
    expect(JSON.stringify(result)).not.toContain('secret');
  });

  it('offers only what the config lets it', async () => {
    const names = async (env: Record<string, string>): Promise<string[]> => {
      const app = await createApp({ tmux: createFakeTmux(), cwd: '/', flags: {}, env: { HOME: '/nowhere', ...env } });
      return app.dispatcher.operations('mcp', HOST).map(({ name }) => name);
    };
    const readers = await names({ TMUX_ORC_MCP_READ_ONLY: 'true' });
    expect(readers).toEqual(expect.arrayContaining(['list_sessions', 'capture_pane', 'wait_for_output']));
    expect(readers).not.toContain('send_keys');
    expect(await names({ TMUX_ORC_MCP_TOOLSETS: 'ops' })).toEqual(['get_system_status', 'get_security_status']);
    const readOnly = open(createFakeTmux(), { TMUX_ORC_MCP_READ_ONLY: 'true' });
    expect(await readOnly('create_session', { name: 's' })).toMatchObject({
      ok: false,
      error: { code: 'UNKNOWN_TOOL' },
    });
  });

  it('sees only its own sessions when told so', async () => {
    const tmux = createFakeTmux();
    const call = open(tmux, { TMUX_ORC_TMUX_SCOPE: 'owned' });
    await call('create_session', { name: 'ours' });
    await tmux.createSession({ name: 'theirs' as never, cwd: '/' as never });
    expect(await call('list_sessions')).toMatchObject({ data: { sessions: [{ name: 'ours' }] } });
    for (const target of ['theirs', '$1', '@1', '%1'])
      expect(await call('kill_pane', { target })).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });
});
