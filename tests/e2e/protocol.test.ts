import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, legacyHost, modernHost } from '../support/program.js';
import {
  dataOf,
  type Frame,
  openedServer,
  rawServer,
  type RawServer,
  toolCall,
  UNLIMITED,
} from '../support/raw-server.js';
import { createWorld, until, type World } from '../support/world.js';

const MEGABYTE = 1024 * 1024;
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'tests', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
/** How the libraries below us word their refusals. */
const NOT_OURS = /zod|received|invalid_type|Invalid input|"path"|at .*\.js|node_modules/i;

const request = (id: unknown, method: unknown, params?: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });

function expectRefusal(frame: Frame, code: number, id: Frame['id']): void {
  expect(frame).toMatchObject({ jsonrpc: '2.0', id, error: { code } });
  expect(JSON.stringify(frame)).not.toMatch(NOT_OURS);
  expect(frame.error?.message.length).toBeGreaterThan(10);
}

describe('what is no proper message', () => {
  let world: World;
  let server: RawServer;
  beforeAll(async () => {
    world = createWorld(UNLIMITED);
    server = await openedServer(world);
  });
  afterAll(async () => {
    await server.stop();
    await world.close();
  });

  const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
  const cases: readonly [what: string, line: string | Buffer, code: number, id: Frame['id']][] = [
    ['half an object', '{"jsonrpc":"2.0",', -32700, null],
    ['words', 'hello', -32700, null],
    ['invalid UTF-8', bytes('{"jsonrpc":"2.0","id":1,"method":"\xff\xfe"}'), -32700, null],
    ['an overlong UTF-8 form', bytes('{"jsonrpc":"2.0","id":1,"method":"\xc0\xaf"}'), -32700, null],
    ['two objects on a line', `${request(1, 'ping')}${request(2, 'ping')}`, -32700, null],
    ['a NUL', '{"jsonrpc":"2.0","id":1,"method":"\u0000"}', -32700, null],
    ['a batch', `[${request(1, 'ping')}]`, -32600, null],
    ['an empty batch', '[]', -32600, null],
    ['a number', '5', -32600, null],
    ['null', 'null', -32600, null],
    ['an empty object', '{}', -32600, null],
    ['no jsonrpc', '{"id":1,"method":"ping"}', -32600, 1],
    ['jsonrpc 1.0', '{"jsonrpc":"1.0","id":"a","method":"ping"}', -32600, 'a'],
    ['an id of null', request(null, 'ping'), -32600, null],
    ['an id that is an object', request({}, 'ping'), -32600, null],
    ['an id that is true', request(true, 'ping'), -32600, null],
    ['a broken id', request(1.5, 'ping'), -32600, null],
    ['an id too large to come back', '{"jsonrpc":"2.0","id":12345678901234567890,"method":"ping"}', -32600, null],
    ['an id beyond numbers', '{"jsonrpc":"2.0","id":1e400,"method":"ping"}', -32600, null],
    ['a method that is a number', request(2, 5), -32600, 2],
    ['no method', '{"jsonrpc":"2.0","id":3}', -32600, 3],
    ['params that are a list', request(4, 'ping', []), -32602, 4],
    ['params that are text', request(5, 'tools/list', 'x'), -32602, 5],
    ['params that are null', request(6, 'ping', null), -32602, 6],
    ['_meta that is a number', request(7, 'ping', { _meta: 7 }), -32602, 7],
    ['a progress token that is an object', request(8, 'ping', { _meta: { progressToken: {} } }), -32602, 8],
    ['a cursor that is a number', request(9, 'tools/list', { cursor: 5 }), -32602, 9],
    ['a call without params', request(10, 'tools/call'), -32602, 10],
    ['a call without a name', request(11, 'tools/call', { arguments: {} }), -32602, 11],
    ['a call with name 5', request(12, 'tools/call', { name: 5 }), -32602, 12],
    ['arguments that are a list', request(13, 'tools/call', { name: 'list_sessions', arguments: [] }), -32602, 13],
    ['arguments that are text', request(14, 'tools/call', { name: 'list_sessions', arguments: 'x' }), -32602, 14],
    ['a call with a wrong task', request(15, 'tools/call', { name: 'list_sessions', task: 5 }), -32602, 15],
    ['a call with a wrong _meta', request(16, 'tools/call', { name: 'list_sessions', _meta: [] }), -32602, 16],
    ['initialize without params', request(17, 'initialize'), -32602, 17],
    ['initialize with a number as version', request(18, 'initialize', { protocolVersion: 5, capabilities: {}, clientInfo: { name: 'a', version: '1' } }), -32602, 18],
    ['initialize without a client', request(19, 'initialize', { protocolVersion: '2025-11-25', capabilities: {} }), -32602, 19],
    ['initialize with wrong capabilities', request(20, 'initialize', { protocolVersion: '2025-11-25', capabilities: { roots: 5 }, clientInfo: { name: 'a', version: '1' } }), -32602, 20],
    ['a method that is not known', request(21, 'nope'), -32601, 21],
    ['a method with a name of the language', request(22, 'constructor'), -32601, 22],
    ['a notification with params that are a number', '{"jsonrpc":"2.0","method":"notifications/cancelled","params":5}', -32600, null],
  ]; // prettier-ignore

  it.each(cases)('answers %s in our words and goes on', async (_what, line, code, id) => {
    expectRefusal(await server.reply(line), code, id);
    expect((await server.ask('ping')).result).toEqual({});
  });

  it('says nothing to empty lines, unknown notifications and answers that nobody waits for', async () => {
    const before = server.frames().length;
    for (const line of [
      '',
      '   ',
      '\r',
      '{"jsonrpc":"2.0","method":"notifications/nope"}',
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}',
      '{"jsonrpc":"2.0","id":7,"result":{}}',
      '{"jsonrpc":"2.0","id":8,"error":5}',
      '{"jsonrpc":"2.0","result":5}',
    ])
      server.write(`${line}\n`);
    expect((await server.ask('ping')).result).toEqual({});
    expect(server.frames()).toHaveLength(before + 1);
  });

  it('takes members that it does not know, a carriage return and a byte order mark', async () => {
    expect(await server.reply('{"jsonrpc":"2.0","id":"x","method":"ping","extra":{"a":1}}')).toMatchObject({ id: 'x', result: {} }); // prettier-ignore
    expect(await server.reply(`${request('', 'ping')}\r`)).toMatchObject({ id: '', result: {} });
    expect(await server.reply(`\ufeff${request('bom', 'ping', {})}`)).toMatchObject({ id: 'bom', result: {} });
  });

  it('refuses a tool that is not there with the nearest name, as a result', async () => {
    const near = await server.ask('tools/call', toolCall('list_sesions'));
    expect(near.result).toMatchObject({ isError: true, structuredContent: { error: { code: 'UNKNOWN_TOOL' } } });
    expect(near.result.structuredContent.error.message).toContain('"list_sessions"');
    for (const name of ['', 'constructor', '__proto__', 'x'.repeat(100_000), 'a\nb\u001b[31m']) {
      const { result } = await server.ask('tools/call', toolCall(name));
      expect(result.structuredContent.error.code).toBe('UNKNOWN_TOOL');
      expect(result.structuredContent.error.message).toMatch(/^[\x20-\x7e]{1,200}$/);
    }
  });

  it('refuses arguments in our words, without their values', async () => {
    const wrong = { detail: 'SECRET', limit: 'SECRET', cursor: 5, nope: 'SECRET' };
    const { result } = await server.ask('tools/call', toolCall('list_sessions', wrong));
    expect(result).toMatchObject({ isError: true, structuredContent: { error: { code: 'INVALID_INPUT' } } });
    expect(JSON.stringify(result)).not.toMatch(/SECRET/);
    expect(JSON.stringify(result)).not.toMatch(NOT_OURS);
    const polluted = await server.reply('{"jsonrpc":"2.0","id":"p","method":"tools/call","params":{"name":"list_sessions","arguments":{"__proto__":{"detail":"panes"}}}}'); // prettier-ignore
    expect(polluted.result.isError === true || Array.isArray(polluted.result.structuredContent.sessions)).toBe(true);
  });

  it('survives arguments nested without end', async () => {
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    const call = await server.reply(`{"jsonrpc":"2.0","id":"d","method":"tools/call","params":{"name":"list_sessions","arguments":${deep}}}`); // prettier-ignore
    expect(call.result.structuredContent.error.code).toBe('INVALID_INPUT');
    const meta = await server.reply(`{"jsonrpc":"2.0","id":"m","method":"ping","params":{"_meta":{"x":${deep}}}}`);
    expect(meta).toMatchObject({ id: 'm' });
  });

  it('answers a line of 9 MB', async () => {
    const call = toolCall('send_keys', { target: '%0', text: 'x'.repeat(9 * MEGABYTE) });
    const { result } = await server.ask('tools/call', call);
    expect(result.structuredContent.error.code).toBe('INVALID_INPUT');
  });

  it('reads many messages in one piece, and one in many', async () => {
    const before = server.frames().length;
    const ids = Array.from({ length: 200 }, (_, index) => `many-${String(index)}`);
    server.write(ids.map((id) => `${request(id, 'ping')}\n`).join(''));
    for (const id of ids) expect((await server.answer(id)).result).toEqual({});
    const text = Buffer.from(`${request('pieces', 'tools/call', toolCall('日本', {}))}\n`);
    for (const byte of text) {
      server.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { result } = await server.answer('pieces');
    expect(result.structuredContent.error.code).toBe('UNKNOWN_TOOL');
    expect(server.frames()).toHaveLength(before + ids.length + 1);
  });
});

describe('a line of more than 10 MB', () => {
  let world: World;
  beforeAll(() => {
    world = createWorld(UNLIMITED);
  });
  afterAll(() => world.close());

  it.each([
    ['with its end', true],
    ['without end', false],
  ])('ends the process, %s', async (_how, end) => {
    const server = await openedServer(world);
    const before = server.stdout();
    for (let n = 0; n < 11; n++) server.write(Buffer.alloc(MEGABYTE, 'x'));
    if (end) server.write('\n');
    const { code } = await server.exit();
    expect(code).not.toBe(0);
    expect(code).not.toBeNull();
    expect(server.stderr().trimEnd().split('\n')).toHaveLength(1);
    expect(server.stderr()).toContain('10 MB');
    expect(server.stdout()).toBe(before);
    await server.stop();
  });
});

describe('the opening', () => {
  let world: World;
  let server: RawServer;
  beforeAll(() => {
    world = createWorld(UNLIMITED);
  });
  afterAll(() => world.close());
  const opened = async (work: () => Promise<void>): Promise<void> => {
    server = rawServer(world);
    try {
      await work();
    } finally {
      await server.stop();
    }
  };

  it('answers requests that come before initialize, and initialize after them', async () => {
    await opened(async () => {
      for (const line of ['{', '[]', request(null, 'ping'), request(1, 'tools/call', { name: 5 })]) {
        const frame = await server.reply(line);
        expectRefusal(frame, frame.error?.code ?? 0, frame.id);
      }
      const early = await server.ask('tools/list');
      expect(JSON.stringify(early.error ?? early.result.tools)).not.toMatch(/zod|received/);
      const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } };
      expect((await server.ask('initialize', params)).result).toMatchObject({ protocolVersion: '2025-11-25' });
      expect((await server.ask('tools/list')).result.tools.length).toBeGreaterThan(5);
    });
  });

  it('takes initialize again after it was wrong, and offers its own revision for one that it does not know', async () => {
    await opened(async () => {
      for (const params of [undefined, {}, { protocolVersion: '2025-11-25' }, { protocolVersion: 5, capabilities: 7 }])
        expectRefusal(await server.reply(request(1, 'initialize', params)), -32602, 1);
      const params = { protocolVersion: '1999-01-01', capabilities: {}, clientInfo: { name: 'a', version: '1' } };
      expect((await server.ask('initialize', params)).result.protocolVersion).toMatch(/^2025-/);
    });
  });

  it('answers the 2026-07-28 revision, and refuses a wrong envelope in our words', async () => {
    await opened(async () => {
      const wrong = [
        { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
        { ...ENVELOPE, 'io.modelcontextprotocol/clientInfo': 5 },
        { ...ENVELOPE, 'io.modelcontextprotocol/protocolVersion': 7 },
      ];
      for (const _meta of wrong) expectRefusal(await server.reply(request(1, 'server/discover', { _meta })), -32602, 1);
      const future = { ...ENVELOPE, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' };
      const refused = await server.ask('server/discover', { _meta: future });
      expect(refused.error?.data).toMatchObject({ supported: ['2026-07-28'] });
      const discovered = await server.ask('server/discover', { _meta: ENVELOPE });
      expect(discovered.result).toMatchObject({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} } });
      const call = { _meta: ENVELOPE, ...toolCall('list_sessions') };
      expect((await server.ask('tools/call', call)).result.structuredContent).toEqual({ sessions: [] });
      for (const params of [
        toolCall('list_sessions'),
        { ...toolCall('list_sessions'), _meta: { ...ENVELOPE, progressToken: {} } },
        { ...toolCall('list_sessions'), _meta: { ...ENVELOPE, 'io.modelcontextprotocol/clientCapabilities': 5 } },
      ])
        expectRefusal(await server.reply(request(2, 'tools/call', params)), -32602, 2);
      const unknown = await server.ask('tools/call', { _meta: ENVELOPE, ...toolCall('list_sesions') });
      expect(unknown.result.structuredContent.error.code).toBe('UNKNOWN_TOOL');
    });
  });

  it('falls back to 2025-11-25 for a host that probes first', async () => {
    await opened(async () => {
      expect((await server.ask('server/discover', { _meta: ENVELOPE })).result).toBeDefined();
      const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } };
      expect((await server.ask('initialize', params)).result).toMatchObject({ protocolVersion: '2025-11-25' });
      expect((await server.ask('tools/call', toolCall('list_sessions'))).result.structuredContent).toEqual({
        sessions: [],
      });
    });
  });
});

describe('what stdout carries', () => {
  it('is nothing but protocol, whatever the log level', async () => {
    const world = createWorld(UNLIMITED);
    const server = await openedServer(world, { TMUX_ORC_LOG_LEVEL: 'debug', TMUX_ORC_NOT_A_VARIABLE: '1' });
    try {
      for (const line of ['{', '{"jsonrpc":"2.0","id":5,"result":{}}', '{"jsonrpc":"2.0","method":"nope"}'])
        server.write(`${line}\n`);
      await server.ask('tools/call', toolCall('create_session', { name: 'one', command: ['cat'] }));
      await server.ask('tools/call', toolCall('list_sessions', { detail: 'panes' }));
      await server.ask('tools/call', toolCall('kill_session', { session: 'one' }));
      expect(server.stdout().endsWith('\n')).toBe(true);
      for (const frame of server.frames()) expect(frame.jsonrpc).toBe('2.0');
      for (const line of server.stderr().trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('level');
      expect(server.stderr()).toContain('TMUX_ORC_NOT_A_VARIABLE');
    } finally {
      await server.stop();
      await world.close();
    }
  });

  it('is quiet on stderr when a host reads nothing for long, and nothing is lost', async () => {
    const world = createWorld(UNLIMITED);
    const server = await openedServer(world);
    try {
      server.child.stdout.pause();
      const ids = Array.from({ length: 400 }, (_, index) => `l${String(index)}`);
      for (const id of ids) server.write(`${request(id, 'tools/list')}\n`);
      await new Promise((resolve) => setTimeout(resolve, 500));
      server.child.stdout.resume();
      for (const id of ids) expect((await server.answer(id)).result.tools.length).toBeGreaterThan(5);
      expect(server.stderr()).toBe('');
    } finally {
      await server.stop();
      await world.close();
    }
  });
});

describe.each([
  ['legacy', legacyHost],
  ['modern', modernHost],
] as const)('the official client, %s', (_era, connect) => {
  let world: World;
  let host: Host;
  beforeAll(async () => {
    world = createWorld(UNLIMITED);
    host = await connect(world);
  });
  afterAll(async () => {
    await host.close();
    await world.close();
  });

  it('gets the tools in one page, always in the same order', async () => {
    const first = (await host.listTools()).map((tool) => tool.name);
    expect((await host.listTools()).map((tool) => tool.name)).toEqual(first);
    const other = await connect(world);
    expect((await other.listTools()).map((tool) => tool.name)).toEqual(first);
    await other.close();
    expect(new Set(first).size).toBe(first.length);
  });

  it('gets the error of every tool, past its own check of the results', async () => {
    for (const { name } of await host.listTools()) {
      const result = await host.call(name, { surely_not_a_parameter: 1 });
      expect(result.isError).toBe(true);
      expect(dataOf(result).error.code).toBe('INVALID_INPUT');
      expect(result.content[0]?.text).toMatch(/^INVALID_INPUT: .+\n.+/);
    }
  });

  it('cancels a call that hangs because tmux is stopped, and goes on', async () => {
    await host.call('create_session', { name: 'one', command: ['cat'] });
    const pid = Number(await world.tmux('display-message', '-p', '-t', 'one', '#{pid}'));
    process.kill(pid, 'SIGSTOP');
    try {
      const abort = new AbortController();
      const call = host.call('list_sessions', {}, { signal: abort.signal });
      setTimeout(() => {
        abort.abort();
      }, 200);
      await expect(call).rejects.toThrow();
      // More than there are places for calls: each must be given back.
      const many = Array.from({ length: 30 }, () => host.call('list_sessions', {}, { signal: AbortSignal.timeout(300) })); // prettier-ignore
      const settled = await Promise.allSettled(many);
      expect(settled.every((one) => one.status === 'rejected')).toBe(true);
      expect((await host.listTools()).length).toBeGreaterThan(5);
      const unknown = await host.call('list_sessions', { limit: 'x' });
      expect(dataOf(unknown).error.code).toBe('INVALID_INPUT');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const listed = await until('an answer', async () => {
      const result = await host.call('list_sessions');
      return result.isError === true ? undefined : result;
    });
    expect(dataOf(listed).sessions[0]?.name).toBe('one');
  });
});

describe('cancellation, frame by frame', () => {
  it('is not answered, frees the place, and ignores requests that are not there', async () => {
    const world = createWorld({ ...UNLIMITED, TMUX_ORC_SECURITY_MAX_CONCURRENT_EXECUTIONS: '1' });
    const server = await openedServer(world);
    const cancel = (requestId: unknown): void => {
      server.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId, reason: 'test' } });
    };
    try {
      await server.ask('tools/call', toolCall('create_session', { name: 'one', command: ['cat'] }));
      const pid = Number(await world.tmux('display-message', '-p', '-t', 'one', '#{pid}'));
      process.kill(pid, 'SIGSTOP');
      try {
        for (const id of ['working', 'queued'])
          server.send({ jsonrpc: '2.0', id, method: 'tools/call', params: toolCall('list_sessions') });
        cancel('none');
        cancel('queued');
        cancel('working');
        // The one place is free again: this answer needs it.
        const { result } = await server.ask('tools/call', toolCall('list_sessions', { limit: 'x' }), 4000);
        expect(result.structuredContent.error.code).toBe('INVALID_INPUT');
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await until('tmux', async () => {
        const { result } = await server.ask('tools/call', toolCall('list_sessions'));
        return result.isError !== true;
      });
      expect(server.frames().some((frame) => frame.id === 'working' || frame.id === 'queued')).toBe(false);
    } finally {
      await server.stop();
      await world.close();
    }
  });
});
