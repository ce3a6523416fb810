import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { valueAt } from '../../../src/config/dotted.js';
import { configLeaves, type Leaf } from '../../../src/config/leaves.js';
import { loadConfig, type LoadedConfig } from '../../../src/config/load.js';
import { createProject } from './project.js';

const project = createProject();
afterAll(project.close);

type Texts = Readonly<Record<string, string>>;
const load = (env: Texts = {}, flags: Texts = {}): Promise<LoadedConfig> => loadConfig(project.sources({ env, flags }));
const failure = (env: Texts, flags: Texts = {}): Promise<unknown> => load(env, flags).catch((error: unknown) => error);

/** A value that a key takes, another than its default if there is one, as text and as it is read. */
function another(leaf: Leaf, now: unknown): [text: string, value: unknown] {
  switch (leaf.form) {
    case 'boolean':
      return [String(now !== true), now !== true];
    case 'number':
      return leaf.schema.safeParse(7).success ? ['7', 7] : ['0.25', 0.25];
    case 'numbers':
      return ['1, 2', [1, 2]];
    case 'list':
      if (leaf.path === 'mcp.toolsets') return ['tmux,work', ['tmux', 'work']];
      if (['security.sanitizer.allowed_paths', 'agents.trusted_folders'].includes(leaf.path))
        return ['/a, /b ,', ['/a', '/b']];
      return leaf.path === 'http.allowed_origins' ? ['http://a', ['http://a']] : ['a, b ,', ['a', 'b']];
    case 'json': {
      if (leaf.path === 'security.rate_limit.per_key')
        return ['{"max_requests":1,"window_seconds":2}', { max_requests: 1, window_seconds: 2 }];
      return Array.isArray(now) ? ['[]', []] : ['{}', {}];
    }
    case 'text': {
      const known = [
        'owned',
        'http://a',
        'https://a',
        '08:00-19:00',
        'strict',
        'untrusted',
        'medium',
        'block',
        'critical',
        'warn',
        'text',
        '/x',
        'x',
      ];
      const value =
        known.find((word) => word !== now && leaf.schema.safeParse(word).success) ??
        (leaf.path === 'profile' ? 'staging' : String(now));
      return [value, value];
    }
  }
}

describe('loadConfig', () => {
  it.each(configLeaves().map((leaf) => [leaf.path, leaf] as const))(
    'takes %s from environment and flag',
    async (path, leaf) => {
      const [text, value] = another(leaf, valueAt((await load()).config, path));
      // One half of a certificate is refused by itself.
      const other = path.startsWith('http.tls_')
        ? { TMUX_ORC_HTTP_TLS_CERT_FILE: 'x', TMUX_ORC_HTTP_TLS_KEY_FILE: 'x' }
        : {};
      const fromEnvironment = await load({ ...other, [leaf.env]: text });
      expect(valueAt(fromEnvironment.config, path)).toEqual(value);
      expect(fromEnvironment.origin.get(path)).toBe(`environment ${leaf.env}`);
      expect(fromEnvironment.warnings).toEqual([]);
      const fromFlag = await load(other, { [path]: text });
      expect(valueAt(fromFlag.config, path)).toEqual(value);
      expect(fromFlag.origin.get(path)).toBe('flag');
    },
  );

  it.each([
    ['TMUX_ORC_MAX_CACHE_ENTRIES', 'monitoring.max_cache_entries'],
    ['TMUX_ORC_MAX_CACHE_AGE_HOURS', 'monitoring.max_cache_age_hours'],
    ['TMUX_ORC_RATE_LIMIT_REQUESTS', 'security.rate_limit.max_requests'],
    ['TMUX_ORC_RATE_LIMIT_WINDOW', 'security.rate_limit.window_seconds'],
    ['TMUX_ORC_RATE_LIMIT_BURST', 'security.rate_limit.burst_size'],
  ])('takes the short name %s', async (name, path) => {
    const { config, origin, warnings } = await load({ [name]: '9' });
    expect([valueAt(config, path), origin.get(path), warnings]).toEqual([9, `environment ${name}`, []]);
  });

  it('lets the later layer win: profile, environment, flag', async () => {
    const path = 'security.rate_limit.max_requests';
    const name = 'TMUX_ORC_SECURITY_RATE_LIMIT_MAX_REQUESTS';
    const seen = async (env: Texts, flags: Texts = {}): Promise<unknown[]> => {
      const { config, origin } = await load(env, flags);
      return [valueAt(config, path), origin.get(path)];
    };
    expect(await seen({})).toEqual([100, 'default']);
    expect(await seen({ TMUX_ORC_PROFILE: 'production' })).toEqual([30, 'profile production']);
    expect(await seen({}, { profile: 'staging' })).toEqual([60, 'profile staging']);
    expect(await seen({ TMUX_ORC_PROFILE: 'production' }, { profile: 'staging' })).toEqual([60, 'profile staging']);
    expect(await seen({ TMUX_ORC_PROFILE: 'production', [name]: '5' })).toEqual([5, `environment ${name}`]);
    expect(await seen({ [name]: '5' }, { [path]: '6', profile: 'production' })).toEqual([6, 'flag']);
    expect((await load({}, { profile: 'staging' })).origin.get('profile')).toBe('flag');
  });

  it('changes nothing but what is named', async () => {
    const { config } = await load({ TMUX_ORC_SECURITY_BUDGET_ENABLED: 'false' });
    const { config: defaults } = await load();
    expect(config).toEqual({
      ...defaults,
      security: { ...defaults.security, budget: { ...defaults.security.budget, enabled: false } },
    });
  });

  it.each([
    ['TMUX_ORC_MCP_READ_ONLY', ['true', 'TRUE', '1'], true],
    ['TMUX_ORC_MONITORING_ENABLED', ['false', 'False', '0'], false],
    ['TMUX_ORC_AGENTS_MAX_AGENTS', ['12', ' 12 '], 12],
    ['TMUX_ORC_SECURITY_INJECTION_THRESHOLD', ['0.25'], 0.25],
    ['TMUX_ORC_AGENTS_MAX_MEMORY_MB', ['', 'null'], null],
    ['TMUX_ORC_AGENTS_ROLES', ['', ' , '], []],
    ['TMUX_ORC_AGENTS_ROLES', ['a, b c ,'], ['a', 'b c']],
    ['TMUX_ORC_MONITORING_IDLE_ALERT_MINUTES', ['1, 2'], [1, 2]],
    ['TMUX_ORC_SECURITY_RATE_LIMIT_PER_TOOL', ['{"a":"exempt"}'], { a: 'exempt' }],
    ['TMUX_ORC_TMUX_SOCKET_PATH', ['/tmp/x'], '/tmp/x'],
  ])('reads the text of %s', async (name, texts, value) => {
    const leaf = configLeaves().find(({ env }) => env === name);
    for (const text of texts) expect(valueAt((await load({ [name]: text })).config, leaf?.path ?? '')).toEqual(value);
  });

  it.each([
    ['PROFILE', 'SECRET', 'one of development, standard, staging, production, high-security'],
    ['MCP_READ_ONLY', 'SECRET', 'true or false'],
    ['MCP_READ_ONLY', '', 'true or false'],
    ['MCP_READ_ONLY', 'constructor', 'true or false'],
    ['MCP_TOOLSETS', 'tmux,SECRET', 'one of tmux, agents, teams, ops, work'],
    ['AGENTS_MAX_AGENTS', 'SECRET', 'a number'],
    ['AGENTS_MAX_AGENTS', '', 'a number'],
    ['AGENTS_MAX_AGENTS', '1e3', 'a number'],
    ['AGENTS_MAX_AGENTS', 'Infinity', 'a number'],
    ['AGENTS_MAX_AGENTS', '1.5', 'a whole number'],
    ['AGENTS_MAX_AGENTS', '0', 'at least 1'],
    ['AGENTS_MAX_AGENTS', '-5', 'at least 1'],
    ['AGENTS_MAX_AGENTS', '1001', 'at most 1000'],
    ['SECURITY_INJECTION_THRESHOLD', '1.1', 'at most 1'],
    ['MONITORING_IDLE_ALERT_MINUTES', '1,SECRET', 'a comma-separated list of numbers'],
    ['STATE_BACKEND', 'redis', 'sqlite; this version has nothing else'],
    ['STATE_BACKEND', 'memory', 'sqlite; this version has nothing else'],
    ['SECURITY_TRUST_DEFAULT', 'SECRET', 'one of trusted, untrusted'],
    ['SECURITY_PERMISSIONS', '{"worker": SECRET', 'JSON'],
    ['SECURITY_PERMISSIONS', '', 'JSON'],
    ['SECURITY_PERMISSIONS', '["SECRET"]', 'JSON'],
    ['SECURITY_PERMISSIONS', 'null', 'JSON'],
    ['SECURITY_PERMISSIONS', '{"worker":{"SECRET":1}}', 'only known keys'],
    ['SECURITY_RISK_RULES', '[{"risk":"SECRET"}]', 'one of low, medium, high, critical'],
    ['SECURITY_RATE_LIMIT_PER_KEY', '{"max_requests":1', 'JSON'],
    ['SECURITY_REDACTION_CUSTOM', 'SECRET', 'JSON'],
    ['AGENTS_PROVIDERS', 'SECRET', 'JSON'],
    ['TMUX_SOCKET_NAME', '../SECRET', 'up to 64 letters, digits'],
    ['TMUX_SOCKET_PATH', 'SECRET', 'a full path'],
  ])('refuses %s=%s, and says what was expected', async (name, text, expected) => {
    const variable = `TMUX_ORC_${name}`;
    const path = configLeaves().find(({ env }) => env === variable)?.path ?? '';
    const error = await failure({ [variable]: text });
    expect(error).toMatchObject({ name: 'OrcError', code: 'CONFIG_INVALID' });
    const { message, hint, details } = error as { message: string; hint: string; details: { key: string } };
    expect(details.key.startsWith(path)).toBe(true);
    expect(message).toContain(`environment ${variable}: ${details.key}: expected ${expected}`);
    if (name !== 'SECURITY_PERMISSIONS' || !text.includes('{"SECRET"'))
      expect(`${message}${hint}`).not.toContain('SECRET');
    expect(await failure({}, { [path]: text })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`flag: ${details.key}: expected`),
    });
  });

  it('refuses both ways of naming a server', async () => {
    const env = { TMUX_ORC_TMUX_SOCKET_NAME: 'a', TMUX_ORC_TMUX_SOCKET_PATH: '/b' };
    expect(await failure(env)).toMatchObject({ code: 'CONFIG_INVALID', details: { key: 'tmux.socket_path' } });
  });

  it('refuses flags that are no keys, with the nearest one', async () => {
    expect(await failure({}, { 'security.budget.enabld': 'SECRET' })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'flag: security.budget.enabld: not a known key. Did you mean "security.budget.enabled"?',
    });
    for (const path of ['', 'security', 'security.budget', '__proto__', '__proto__.x', 'constructor', 'x'.repeat(10_000), '\x1b[31m'])
      expect(await failure({}, { [path]: '1' })).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(/^flag: [\x20-\x7e]{0,68} not a known key/) }); // prettier-ignore
  });

  it('warns of unknown variables of ours, with the nearest name and without the value', async () => {
    const misspelt = 'TMUX_ORC_SECURITY_BUDGET_ENABLD';
    const { warnings, config } = await load({
      [misspelt]: 'hunter2',
      TMUX_ORC_: 'hunter2',
      TMUX_ORCHID: '1',
      HOME: '/x',
    });
    expect(warnings).toEqual([
      `environment: ${misspelt} is not a variable of tmux-orc. Did you mean "TMUX_ORC_SECURITY_BUDGET_ENABLED"?`,
      expect.stringMatching(/^environment: TMUX_ORC_ is not a variable of tmux-orc\./),
    ]);
    expect(warnings.join()).not.toContain('hunter2');
    expect(config).toEqual((await load()).config);
  });

  it('takes a value or refuses it, and never fails in another way or shows it', async () => {
    const leaves = configLeaves();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...leaves),
        fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })),
        async (leaf, text) => {
          const result = await failure({ [leaf.env]: `#VALUE#${text}` });
          if (!(result instanceof Error)) return;
          expect(result).toMatchObject({ name: 'OrcError', code: 'CONFIG_INVALID' });
          expect(JSON.stringify(Object.values(result)) + result.message).not.toContain('#VALUE#');
        },
      ),
    );
  });
});
