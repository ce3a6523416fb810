import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { PROFILE_CHANGES } from '../../../src/config/profiles.js';
import { PROFILES } from '../../../src/config/schema.js';

const MB = 1_048_576;

/** The published table, one column a profile in this order; `off` is written as enabled: false. */
const ORDER = ['development', 'standard', 'staging', 'production', 'high-security'] as const;
const TABLE: Readonly<Record<string, readonly unknown[]>> = {
  'security.rate_limit.enabled': [false, true, true, true, true],
  'security.rate_limit.max_requests': [100, 100, 60, 30, 10],
  'security.rate_limit.window_seconds': [60, 60, 60, 60, 60],
  'security.rate_limit.burst_size': [10, 10, 10, 5, 2],
  'security.rate_limit.max_requests_per_hour': [null, null, null, 1000, 500],
  'security.budget.enabled': [false, true, true, true, true],
  'security.budget.max_tool_calls_per_session': [1000, 1000, 200, 50, 25],
  'security.budget.session_ttl_seconds': [3600, 3600, 3600, 1800, 900],
  'security.loop_detection.enabled': [false, true, true, true, true],
  'security.loop_detection.max_identical_calls': [3, 3, 3, 2, 1],
  'security.loop_detection.window_seconds': [300, 300, 300, 300, 300],
  'security.unknown_tools.enabled': [false, true, true, true, true],
  'security.unknown_tools.max_attempts': [5, 5, 5, 3, 1],
  'security.unknown_tools.window_seconds': [300, 300, 300, 300, 300],
  'security.timeouts.tool_seconds': [60, 60, 30, 30, 20],
  'security.timeouts.tmux_ms': [10_000, 5000, 5000, 5000, 3000],
  'http.max_request_bytes': [10 * MB, 10 * MB, 10 * MB, 5 * MB, MB],
  'http.max_header_bytes': [8192, 8192, 8192, 4096, 2048],
  'http.max_header_count': [50, 50, 50, 30, 20],
  'http.request_timeout_seconds': [60, 30, 30, 30, 20],
  'security.trust.default': ['trusted', 'trusted', 'trusted', 'untrusted', 'untrusted'],
  'security.trust.session_timeout_seconds': [3600, 3600, 3600, 1800, 1800],
  'security.trust.confirm_from_risk': ['critical', 'high', 'high', 'medium', 'medium'],
  'security.trust.block_from_risk': [null, null, null, 'critical', 'critical'],
  'security.max_concurrent_executions': [10, 10, 10, 5, 5],
  'security.sanitizer.message_policy': [
    'permissive',
    'permissive',
    'permissive',
    'strict_for_shells',
    'strict_for_shells',
  ],
  'security.injection.threshold': [0.7, 0.5, 0.5, 0.5, 0.5],
  'security.injection.action': ['flag', 'flag', 'flag', 'confirm', 'block'],
  'security.injection.block_threshold': [0.8, 0.8, 0.8, 0.8, 0.5],
  'security.redaction.secrets': [true, true, true, true, true],
  'security.redaction.pii': [false, false, false, false, true],
  'log.level': ['debug', 'info', 'info', 'info', 'info'],
};

const load = (profile: string): ReturnType<typeof loadConfig> =>
  loadConfig({ env: { HOME: '/nowhere' }, flags: { profile }, cwd: '/nowhere' });
const valueAt = (config: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((block, key) => (block as Record<string, unknown>)[key], config);

describe('the profiles', () => {
  it('are these five', () => {
    expect([...PROFILES]).toEqual(ORDER);
    expect(Object.keys(PROFILE_CHANGES).sort()).toEqual([...ORDER].sort());
  });

  it.each(Object.entries(TABLE))('set %s as the table says', async (path, row) => {
    const configs = await Promise.all(ORDER.map(load));
    expect(configs.map(({ config }) => valueAt(config, path))).toEqual(row);
  });

  it('change nothing that is not in the table, and say what came from them', async () => {
    for (const profile of ORDER) {
      const { config, origin } = await load(profile);
      const standard = (await load('standard')).config;
      for (const [path, from] of origin) {
        if (path === 'profile') continue;
        if (from === 'default') expect(valueAt(config, path), path).toEqual(valueAt(standard, path));
        else expect([from, path in TABLE], path).toEqual([`profile ${profile}`, true]);
      }
    }
  });
});
