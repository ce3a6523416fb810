import { describe, expect, it } from 'vitest';
import { hosted } from '../support/hosted.js';
import { cli, cliJson } from '../support/program.js';
import { type Behaviour, behaviours, codeOf, expectAllRows, program } from './behaviours.js';

/** One call and no more comes through. */
const ONE = { 'security.rate_limit.burst_size': '1' };

const LIMITS: readonly Behaviour[] = [
  {
    row: 39,
    what: 'a call beyond the limit is an error of its own, with the wait, and counts for its caller only',
    differs: 'RATE_LIMITED with the true wait instead of 60 s for all; the caller is the client, never an argument',
    check: async () => {
      const { call } = await program(ONE);
      expect(codeOf(await call('list_sessions', {}, 'test_user'))).toBe('ok');
      const limited = await call('list_sessions', {}, 'test_user');
      expect(limited).toMatchObject({ ok: false, error: { code: 'RATE_LIMITED', retryable: true } });
      expect(limited.ok ? 0 : limited.error.retry_after_ms).toBeGreaterThan(0);
      expect(limited.ok ? 0 : limited.error.retry_after_ms).toBeLessThanOrEqual(600);
      expect(codeOf(await call('list_sessions', {}, 'another'))).toBe('ok');
    },
  },
  {
    row: 40,
    what: 'a call within the limit has no error',
    check: async () => {
      const result = await (await program()).call('list_sessions');
      expect(result).toMatchObject({ ok: true, data: { sessions: [] } });
      expect(result).not.toHaveProperty('error');
    },
  },
  {
    row: 41,
    what: 'a client without a name is one caller',
    check: async () => {
      const { call } = await program(ONE);
      const codes = [await call('list_sessions', {}, ''), await call('list_sessions', {}, '')].map(codeOf);
      expect(codes).toEqual(['ok', 'RATE_LIMITED']);
    },
  },
  {
    row: 52,
    what: 'what the limiter refuses does nothing',
    check: async () => {
      const { call, sessions, asked } = await program(ONE);
      await call('list_sessions');
      const before = asked();
      expect(codeOf(await call('create_session', { name: 'test-session' }))).toBe('RATE_LIMITED');
      expect(asked()).toBe(before);
      expect(await sessions()).toEqual([]);
    },
  },
  {
    row: 55,
    what: 'of 20 calls at once of one caller some are limited, and each is answered',
    check: async () => {
      const { call } = await program();
      const codes = (await Promise.all(Array.from({ length: 20 }, () => call('list_sessions')))).map(codeOf);
      expect(codes.filter((code) => code === 'ok')).toHaveLength(10);
      expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(10);
    },
  },
];

const CALLS: readonly Behaviour[] = [
  {
    row: 42,
    what: 'good arguments take effect as they were given',
    check: async () => {
      const { call, tmux, folder } = await program();
      const args = { name: 'test-session', cwd: folder, command: ['agent', '--role', 'developer'], env: { A: 'b c' } };
      expect(codeOf(await call('create_session', args))).toBe('ok');
      const [session] = (await tmux.list()).sessions;
      expect(session).toMatchObject({ name: 'test-session', cwd: folder });
      const started = await tmux.outside.started(session!.windows[0]!.panes[0]!);
      expect(started).toEqual({ argv: args.command, env: args.env });
    },
  },
  ...[
    { row: 43, what: 'a bad name of a session', tool: 'create_session', args: { name: 'invalid session name' } },
    {
      row: 45,
      what: 'a folder that leads away',
      tool: 'create_session',
      args: { name: 'x', cwd: '../../../etc/passwd' },
    },
    { row: 53, what: 'a bad session in a call', tool: 'create_window', args: { session: 'invalid\nsession' } },
  ].map(({ row, what, tool, args }): Behaviour => ({
    row,
    what: `${what} is refused, and nothing is done`,
    check: async () => {
      const { call, sessions } = await program();
      const result = await call(tool, args);
      expect(result).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT', retryable: false } });
      expect(await sessions()).toEqual([]);
    },
  })),
  {
    row: 44,
    what: 'a message with backticks is refused',
    differs: 'only where the policy is strict and a shell reads it; a program that reads text gets it as it is',
    check: async () => {
      const text = 'Run this: `rm -rf /`';
      for (const [policy, ofProgram, ofShell] of [
        ['permissive', 'ok', 'ok'],
        ['strict_for_shells', 'ok', 'INVALID_INPUT'],
        ['strict', 'INVALID_INPUT', 'INVALID_INPUT'],
      ] as const) {
        const { call, tmux } = await program({ 'security.sanitizer.message_policy': policy });
        await call('create_session', { name: 'p', command: ['receiver'] });
        await call('create_session', { name: 's' });
        expect([policy, codeOf(await call('send_keys', { target: 'p', text }))]).toEqual([policy, ofProgram]);
        expect([policy, codeOf(await call('send_keys', { target: 's', text }))]).toEqual([policy, ofShell]);
        const [first] = (await tmux.list()).sessions;
        const typed = (await tmux.outside.received(first!.windows[0]!.panes[0]!, 0)).toString();
        expect(typed).toBe(ofProgram === 'ok' ? text : '');
      }
    },
  },
  {
    row: 47,
    what: 'session:0 is a target, and what names nothing is refused',
    check: async () => {
      const { call, sessions } = await program();
      await call('create_session', { name: 'session' });
      for (const target of ['invalid-target', 'session:abc', 'bad$session:0', 'sess', 'session:00x'])
        expect([target, codeOf(await call('kill_pane', { target }))]).toEqual([target, 'NOT_FOUND']);
      for (const target of ['', 'session:', 'session:0\n'])
        expect([target, codeOf(await call('kill_pane', { target }))]).toEqual([target, 'INVALID_INPUT']);
      expect(await sessions()).toEqual(['session']);
      expect(codeOf(await call('capture_pane', { target: 'session:0' }))).toBe('ok');
    },
  },
  {
    row: 49,
    what: '_origin in the arguments changes nothing',
    differs: 'it is refused as an unknown parameter, so nobody believes that it was heard',
    check: async () => {
      const { call, sessions } = await program();
      const result = await call('create_session', { name: 'x', _origin: 'operator' });
      expect(codeOf(result)).toBe('INVALID_INPUT');
      expect(result.ok ? '' : result.error.message).toContain('_origin');
      expect(await sessions()).toEqual([]);
    },
  },
  {
    row: 50,
    what: 'a tool that nobody knows does nothing',
    differs: 'it is an error, and guessing goes into the audit log and is throttled',
    check: async () => {
      const { call, asked } = await program();
      expect(codeOf(await call('unknown_tool', { anything: 1 }))).toBe('UNKNOWN_TOOL');
      expect(asked()).toBe(0);
    },
  },
  {
    row: 51,
    what: 'a call passes everything once: counted once, done once',
    check: async () => {
      const { call, sessions } = await program({ 'security.rate_limit.burst_size': '2' });
      expect(await call('create_session', { name: 'test-session' })).toMatchObject({
        ok: true,
        data: { session: { name: 'test-session' }, window: { index: 0 } },
      });
      expect(await sessions()).toEqual(['test-session']);
      const codes = [await call('list_sessions'), await call('list_sessions')].map(codeOf);
      expect(codes).toEqual(['ok', 'RATE_LIMITED']);
    },
  },
  {
    row: 54,
    what: 'an error does not show the value',
    check: async () => {
      const { call } = await program();
      for (const name of ['/etc/passwd', 'S3CRET value']) {
        const result = await call('create_session', { name });
        expect(codeOf(result)).toBe('INVALID_INPUT');
        expect(JSON.stringify(result)).not.toContain(name);
      }
    },
  },
  {
    row: 'probe',
    what: 'origins that change, or are no text, are no other callers',
    check: async () => {
      const { call } = await program(ONE);
      await call('list_sessions');
      for (const _origin of ['a', 'b', 5, null, {}])
        expect(codeOf(await call('list_sessions', { _origin }))).toBe('RATE_LIMITED');
    },
  },
  {
    row: 'probe',
    what: 'a name never finds a session that only begins with it',
    check: async () => {
      const { call, sessions } = await program();
      await call('create_session', { name: 'work-old' });
      expect(codeOf(await call('kill_session', { session: 'work' }))).toBe('NOT_FOUND');
      expect(await sessions()).toEqual(['work-old']);
    },
  },
];

behaviours('limits of calls', LIMITS);
behaviours('calls', CALLS);

describe('the rows of the original about its server', () => {
  it('are all shown, or told apart', () => {
    expectAllRows([...LIMITS, ...CALLS], [39, 55], {
      46: 'roles of agents come with the tools for agents',
      48: 'teams come with the tools for teams',
    });
  });
});

describe('through the built program', () => {
  const here = hosted();

  it('row 65: words with characters of a shell are no programs, and nothing runs', async () => {
    for (const word of ['xterm; rm -rf /', 'a && b', '`id`', '$(id)', 'a | b', '../../../bin/sh', 'a\nb', 'a\0b']) {
      const result = await here.host.call('create_session', { name: 'x', command: [word] });
      expect([word, result.structuredContent.error?.code]).toEqual([word, 'INVALID_INPUT']);
    }
    expect((await here.host.call('list_sessions')).structuredContent.sessions).toEqual([]);
  });

  it('row 73: a profile with characters of a shell is refused', async () => {
    const { code, ...result } = await cliJson(here.world, ['--profile', 'test"; echo "pwned', 'session', 'list']);
    expect([code, result.ok ? '' : result.error.code]).toEqual([2, 'CONFIG_INVALID']);
  });

  it('probe: what is piped is one line of JSON, however long, and a failure has its exit code', async () => {
    const names = Array.from({ length: 5 }, (_, n) => `a-rather-long-name-of-a-session-${String(n)}`);
    for (const name of names) await here.world.tmux('new-session', '-d', '-s', name, 'exec sleep 1000');
    const listed = await cli({ ...here.world, env: { ...here.world.env, COLUMNS: '80' } }, ['--json', 'session', 'list', '--detail', 'panes']); // prettier-ignore
    expect(listed.stdout.split('\n')).toHaveLength(2);
    expect((JSON.parse(listed.stdout) as { data: { sessions: unknown[] } }).data.sessions).toHaveLength(5);
    const missing = await cli(here.world, ['--json', 'session', 'kill', 'none']);
    expect([missing.code, (JSON.parse(missing.stdout) as { ok: boolean }).ok]).toEqual([3, false]);
    expect((await cli(here.world, ['session', 'kill', 'none'])).code).toBe(3);
  });
});
