import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { loadConfig } from '../../src/config/load.js';
import { createRepetitions } from '../../src/security/limits/repetitions.js';
import { createSlots } from '../../src/security/outer/concurrency.js';
import { dataOf, openedServer, type RawServer, toolCall } from '../support/raw-server.js';
import { createWorld, until, type World } from '../support/world.js';
import { type Behaviour, behaviours, codeOf, expectAllRows, program } from './behaviours.js';

const cacheOf = (env: Readonly<Record<string, string>>): ReturnType<typeof loadConfig> =>
  loadConfig({ env: { HOME: '/nowhere', ...env }, flags: {}, cwd: '/nowhere' });

const CONFIG: readonly Behaviour[] = [
  {
    row: 61,
    what: 'the bounds of the cache have positive defaults',
    check: () => {
      const { monitoring } = configSchema.parse({});
      expect(monitoring).toMatchObject({ max_cache_entries: 100, max_cache_age_hours: 24, cleanup_interval_minutes: 60 }); // prettier-ignore
    },
  },
  {
    row: 62,
    what: 'its bounds can be set, by their old names too',
    check: async () => {
      const { config } = await cacheOf({ TMUX_ORC_MAX_CACHE_ENTRIES: '50', TMUX_ORC_MAX_CACHE_AGE_HOURS: '12' });
      expect(config.monitoring).toMatchObject({ max_cache_entries: 50, max_cache_age_hours: 12 });
    },
  },
  {
    row: 63,
    what: '0 and -1 are no bounds',
    differs: 'they are refused with the name of the key; a default in their place would hide the mistake',
    check: async () => {
      for (const env of [{ TMUX_ORC_MAX_CACHE_ENTRIES: '0' }, { TMUX_ORC_MAX_CACHE_AGE_HOURS: '-1' }])
        await expect(cacheOf(env)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    },
  },
];

const GROWTH: readonly Behaviour[] = [
  {
    row: 64,
    what: 'calls without end leave nothing that grows: what was long ago is forgotten',
    differs: 'the original only wrote down that it grew',
    check: () => {
      const repetitions = createRepetitions(() => 0);
      const limits = { max: 3, windowMs: 1000 };
      const same = { caller: 'a', key: 'the same', changes: false };
      for (let n = 0; n < 3; n++) repetitions.note(same, limits, { digest: 'x', ok: true });
      expect(repetitions.waitOf(same, limits)).toBeGreaterThan(0);
      for (let n = 0; n < 5000; n++)
        repetitions.note({ ...same, key: `call ${String(n)}` }, limits, { digest: 'x', ok: true });
      expect(repetitions.waitOf(same, limits)).toBe(0);
    },
  },
  {
    row: 'probe',
    what: 'calls at once, and those that wait for their turn, are bounded in order',
    check: async () => {
      const slots = createSlots(2, 3, 'a place');
      const signal = new AbortController().signal;
      const taken = await Promise.all([slots.take(signal), slots.take(signal)]);
      const waiting = [1, 2, 3].map((n) => slots.take(signal).then((release) => ({ n, release })));
      await expect(slots.take(signal)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
      taken[0]();
      expect((await waiting[0]!).n).toBe(1);
      taken[1]();
      expect((await waiting[1]!).n).toBe(2);
      (await waiting[0]!).release();
      expect((await waiting[2]!).n).toBe(3);
    },
  },
  {
    row: 'probe',
    what: 'changes of one caller are bounded, over all of its calls',
    check: async () => {
      const { call } = await program({
        'security.rate_limit.enabled': 'false',
        'security.budget.max_tool_calls_per_session': '3',
      });
      const codes: string[] = [];
      for (let n = 0; n < 5; n++) codes.push(codeOf(await call('create_session', { name: `s${String(n)}` })));
      expect(codes).toEqual(['ok', 'ok', 'ok', 'BUDGET_EXCEEDED', 'BUDGET_EXCEEDED']);
      expect(codeOf(await call('list_sessions'))).toBe('ok');
    },
  },
];

behaviours('bounds in the config', CONFIG);
behaviours('what could grow', GROWTH);

const CACHE = 'there is no cache of screens yet: each call looks at tmux';

describe('the rows of the original about resources', () => {
  it('are all shown, or told apart', () => {
    expectAllRows([...CONFIG, ...GROWTH], [56, 64], { 56: CACHE, 57: CACHE, 58: CACHE, 59: CACHE, 60: CACHE });
  });
});

describe('through the built program', () => {
  let world: World;
  let server: RawServer;
  beforeAll(async () => {
    world = createWorld({ TMUX_ORC_MCP_MAX_RESULT_BYTES: '20000' });
    server = await openedServer(world);
  });
  afterAll(async () => {
    await server.stop();
    await world.close();
  });

  it('a result has its largest size, and says what is left out', async () => {
    const print = ['sh', '-c', 'seq 1 5000; exec sleep 1000'];
    const made = await server.ask('tools/call', toolCall('create_session', { name: 'large', command: print }));
    const target = dataOf(made.result as never).pane.id;
    await until('the output', async () => (await world.tmux('capture-pane', '-p', '-t', target)).includes('5000'));
    const captured = await server.ask('tools/call', toolCall('capture_pane', { target, lines: 5000 }));
    expect(captured.result.structuredContent).toMatchObject({ truncated: true });
    expect(Buffer.byteLength(JSON.stringify(captured.result))).toBeLessThan(20_000);
  });

  it('a line that is too large ends the program, and only that', async () => {
    const other = await openedServer(world);
    try {
      other.write('x'.repeat(10 * 1024 * 1024 + 1));
      expect((await other.exit()).code).not.toBe(0);
      expect((await server.ask('ping')).error).toBeUndefined();
    } finally {
      await other.stop();
    }
  });
});
